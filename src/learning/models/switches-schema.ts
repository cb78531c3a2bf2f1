import { z } from "zod";
import { InvalidArgumentError } from "../../core/index.ts";
import { FEATURE_NAMES, type FeatureName, firstIssue } from "../../schema.ts";
import { SCORING_MODES } from "../../scoring/index.ts";
import { CALIBRATIONS } from "./calibration.ts";
import { type FitSwitches, MODEL_KINDS } from "./switches.ts";

const positive = z.number().positive();
const share = z.number().gt(0).max(1);
const whole = (least: number, most: number) => z.int().min(least).max(most);
const feature = z.custom<FeatureName>((name) => FEATURE_NAMES.some((own) => own === name), "is no feature");

/** The door for switches that come as JSON: those of `fit` that are not a network of one's own or about machines. */
const createSchema = () =>
  z
    .strictObject({
      kind: z.enum(MODEL_KINDS),
      combine: z.enum(["average", "stacked"]),
      calibration: z.enum(CALIBRATIONS),
      scoring: z.enum(SCORING_MODES),
      time: z.enum(["median", "regression", "hazard"]),
      preparation: z
        .strictObject({
          log: z.union([z.literal("auto"), z.array(feature)]),
          missing: z.boolean(),
          interactions: z.array(z.tuple([feature, feature])).max(1000),
          clip: positive,
        })
        .partial(),
      layerSizes: z.array(whole(1, 65_536)).min(1).max(50),
      folds: whole(0, 100),
      trees: z
        .strictObject({
          rounds: whole(1, 100_000),
          learningRate: positive,
          maxLeaves: whole(2, 65_536),
          maxDepth: whole(1, 64),
          maxBins: whole(2, 255),
          minRowsPerLeaf: whole(1, 1_000_000),
          rowShare: share,
          columnShare: share,
          l2: z.number().min(0),
          patience: whole(1, 100_000),
        })
        .partial(),
      epochs: whole(1, 100_000),
      batchSize: whole(1, 1_000_000),
      learningRate: positive,
      schedule: z.enum(["constant", "cosine"]),
      weightDecay: z.number().min(0),
      clipNorm: positive,
      classWeights: z.union([z.literal("balanced"), z.tuple([positive, positive])]),
      patience: whole(1, 100_000),
      horizonSeconds: positive,
    })
    .partial();
let schema: ReturnType<typeof createSchema> | null = null;

/**
 * Switches of `fit` from JSON.
 *
 * @throws {InvalidArgumentError} naming the switch.
 * @example
 * parseSwitches({ kind: "trees", trees: { maxLeaves: 16 } }).kind; // "trees"
 */
export function parseSwitches(json: unknown): FitSwitches {
  schema ??= createSchema();
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw new InvalidArgumentError({ argument: field === "" ? "switches" : field, problem: `is refused (${problem})` });
}
