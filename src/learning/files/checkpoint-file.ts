import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errorText, writeFileAtomic } from "../../core/index.ts";
import { firstIssue } from "../../schema.ts";
import { CheckpointFileError } from "../errors.ts";
import { historyHtml } from "../evaluation/page.ts";
import type { EpochReport } from "../models/history.ts";
import type { Checkpoints, TrainingState } from "../models/journal.ts";
import { network, parameterCount } from "../network/layers.ts";
import { problemOfTrees } from "../trees/trees.ts";
import { layersSchema } from "./layers-schema.ts";

/** Arrays that a training is made of, by the name under which their bytes stand in the file. */
const ARRAYS = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;
type Kind = keyof typeof ARRAYS;
const KINDS: readonly Kind[] = ["f64", "f32", "i32", "u32", "u8"];

/** Bytes in base64, so that every number comes back as it was; as on every machine that runs this, little-endian. */
function packed(_key: string, value: unknown): unknown {
  const kind = KINDS.find((name) => value instanceof ARRAYS[name]);
  if (kind === undefined || !ArrayBuffer.isView(value)) return value;
  return { [kind]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

function numbers<K extends Kind>(kind: K) {
  return z.strictObject({ [kind]: z.base64() }).transform((value, context): InstanceType<(typeof ARRAYS)[K]> => {
    const bytes = Uint8Array.from(Buffer.from(String(value[kind]), "base64"));
    const array = ARRAYS[kind];
    if (bytes.length % array.BYTES_PER_ELEMENT !== 0) {
      context.addIssue({ code: "custom", message: "holds a part of a number" });
      return z.NEVER;
    }
    // The door: the array of that name.
    return new array(bytes.buffer) as InstanceType<(typeof ARRAYS)[K]>;
  });
}

/** The door for a state. Made when a file is read, for making it takes longer than importing all of this. */
function createStateSchema() {
  const count = z.int().min(0);
  const networkSchema = z
    .strictObject({
      kind: z.literal("network"),
      network: z.strictObject({ inputs: count, outputs: count, layers: layersSchema }),
      parameters: numbers("f32"),
    })
    .transform(({ kind, network: { layers }, parameters }, context) => {
      const shape = network(layers);
      if (parameterCount(shape) === parameters.length) return { kind, network: shape, parameters };
      context.addIssue({ code: "custom", message: "has not as many parameters as its layers" });
      return z.NEVER;
    });
  const treesSchema = z.strictObject({
    kind: z.literal("trees"),
    trees: z
      .strictObject({
        columns: count,
        objective: z.enum(["logistic", "squared", "huber"]),
        baseScore: z.number(),
        ...{ offsets: numbers("i32"), feature: numbers("i32"), threshold: numbers("f32") },
        ...{ left: numbers("i32"), right: numbers("i32"), defaultLeft: numbers("u8") },
        ...{ value: numbers("f32"), gain: numbers("f32") },
      })
      .refine((trees) => problemOfTrees(trees) === null, "are no trees"),
  });
  const linearSchema = z.strictObject({ kind: z.literal("linear"), weights: numbers("f32"), bias: z.number() });
  const learnedSchema = z.strictObject({
    scorer: z.discriminatedUnion("kind", [linearSchema, networkSchema, treesSchema]),
    bestEpoch: count,
    stoppedEarly: z.boolean(),
    aborted: z.boolean(),
  });
  const figure = z.number().nullable();
  const reportSchema = z.strictObject({
    ...{ epoch: count, epochs: count, trainLoss: z.number(), valLoss: z.number(), valAuc: figure, valBrier: figure },
    rowsPerSecond: z.number(),
  });
  return z.strictObject({
    facts: z.record(z.string(), z.string()),
    learned: z.record(z.string(), learnedSchema),
    running: z
      .strictObject({
        label: z.string(),
        state: z.strictObject({
          ...{ epoch: count, bestEpoch: count, bestLoss: z.number(), best: numbers("f64") },
          memory: z.array(z.union([numbers("f64"), numbers("f32"), numbers("i32"), numbers("u32")])),
        }),
      })
      .nullable(),
    reports: z.array(reportSchema),
  });
}

/** Of what a training writes down; far beyond the largest that is sensible. */
const MAX_BYTES = 512 * 2 ** 20;

function parse(path: string, text: string): TrainingState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointFileError({ path, reason: "it is not JSON", cause });
  }
  const parsed = createStateSchema().safeParse(json, { jitless: true });
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw new CheckpointFileError({ path, reason: `it is invalid at ${field} (${problem})` });
}

const bestOf = (epochs: readonly EpochReport[]) =>
  epochs.reduce((best, { epoch, valLoss }) => (valLoss < best.valLoss ? { epoch, valLoss } : best), {
    epoch: 0,
    valLoss: Number.POSITIVE_INFINITY,
  }).epoch;

/**
 * Keeps a training in a folder:
 *
 * ```
 * DIR/last.json      where it is: taken up again by `resume`
 * DIR/history.json   what each epoch of its network came to
 * DIR/history.html   the same as a plot
 * ```
 *
 * @throws {CheckpointFileError} from `read`, with the reason.
 * @example
 * await fit(dataset, { kind: "network", checkpoints: fileCheckpoints("checkpoints"), resume: true });
 * existsSync("checkpoints/last.json"); // true
 */
export function fileCheckpoints(dir: string): Checkpoints {
  const path = join(dir, "last.json");
  let told = 0;
  return {
    async read() {
      const size = await stat(path).then(
        (found) => found.size,
        () => null,
      );
      if (size === null) return null;
      if (size > MAX_BYTES) throw new CheckpointFileError({ path, reason: `it has ${size} bytes, over the limit` });
      const text = await readFile(path, "utf8").catch((cause: unknown) => {
        throw new CheckpointFileError({ path, reason: `it cannot be read (${errorText(cause)})`, cause });
      });
      return parse(path, text);
    },
    async write(state) {
      await writeFileAtomic(path, JSON.stringify(state, packed));
      const epochs = state.reports;
      if (epochs.length === told) return;
      told = epochs.length;
      const history = { epochs, bestEpoch: bestOf(epochs), stoppedEarly: false, aborted: false };
      await writeFileAtomic(join(dir, "history.json"), `${JSON.stringify({ epochs, bestEpoch: history.bestEpoch })}\n`);
      await writeFileAtomic(join(dir, "history.html"), historyHtml(history));
    },
  };
}
