import { z } from "zod";
import type { Layer } from "../network/layers.ts";

const units = z.int().min(1).max(65_536);
const plain = <const K extends Layer["kind"]>(kind: K) => z.strictObject({ kind: z.literal(kind) });
/** One schema a layer; a layer without one does not compile. */
const LAYER_SCHEMAS = {
  dense: z.strictObject({ kind: z.literal("dense"), inputs: units, outputs: units }),
  batchNorm: z.strictObject({ kind: z.literal("batchNorm"), size: units }),
  relu: plain("relu"),
  leakyRelu: z.strictObject({ kind: z.literal("leakyRelu"), slope: z.number().min(0).max(1) }),
  gelu: plain("gelu"),
  tanh: plain("tanh"),
  sigmoid: plain("sigmoid"),
  dropout: z.strictObject({ kind: z.literal("dropout"), rate: z.number().min(0).max(0.99) }),
} satisfies { [K in Layer["kind"]]: z.ZodType<Extract<Layer, { kind: K }>> };
const { dense, batchNorm, relu, leakyRelu, gelu, tanh, sigmoid, dropout } = LAYER_SCHEMAS;
const layerSchema = z.discriminatedUnion("kind", [dense, batchNorm, relu, leakyRelu, gelu, tanh, sigmoid, dropout]);
/** The door for the layers of a network: each is one that we know, its sizes within reason; whether they fit is told by `network`. */
export const layersSchema = z.array(layerSchema).min(1).max(100);
