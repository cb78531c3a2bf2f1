import { readFile } from "node:fs/promises";
import { errorText, UserError } from "../core/index.ts";
import { CALIBRATIONS, type FitSwitches, MODEL_KINDS, parseSwitches } from "../learning/index.ts";
import { FEATURE_NAMES, type FeatureName } from "../schema.ts";
import type { Flags } from "./flags.ts";

const TIMES = ["median", "regression", "hazard"] as const;
const SCHEDULES = ["constant", "cosine"] as const;
const pick = <T extends string>(value: unknown, from: readonly T[]) => from.find((one) => one === value);
const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** A JSON file of a person's. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON.`, { details: { Reason: errorText(error) } });
  }
}

function featureOf(name: unknown): FeatureName {
  const found = pick(name, FEATURE_NAMES);
  if (found !== undefined) return found;
  throw new UserError(`There is no feature ${String(name)}.`, { hint: "docs/features.md lists all 40." });
}

function preparationOf({ log, missing, interactions, clip }: Flags): FitSwitches["preparation"] {
  const pairs = Array.isArray(interactions) ? interactions : [];
  return {
    log: log === "auto" ? "auto" : Array.isArray(log) ? log.map(featureOf) : undefined,
    missing: missing === true ? true : undefined,
    interactions: pairs.length === 0 ? undefined : pairs.map(([one, other]) => [featureOf(one), featureOf(other)]),
    clip: numberOf(clip),
  };
}

function classWeightsOf(value: unknown): FitSwitches["classWeights"] {
  if (value === "balanced") return value;
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : undefined;
}

/** Without what is not said, so that nothing stands over what a file says. */
function said<T extends object>(values: T): T {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // The same type: whatever is left out may be left out.
  return Object.fromEntries(entries) as T;
}

/** The switches of `--switches`, if it is given, and what a sweep says of the rows that they were chosen on. */
export interface SwitchesFile {
  readonly switches: FitSwitches;
  readonly dataHash: string | null;
}

/** @throws {UserError}; {@link InvalidArgumentError} naming the switch. */
export async function readSwitches(flags: Flags): Promise<SwitchesFile | null> {
  if (typeof flags.switches !== "string") return null;
  const json = await readJson(flags.switches);
  const isSweep = typeof json === "object" && json !== null && "best" in json;
  const dataHash = isSweep && "dataHash" in json ? String(json.dataHash) : null;
  return { switches: parseSwitches(isSweep ? json.best : json), dataHash };
}

/** What `train`, `backtest` and `sweep` take over from their flags: with a file, only those that were typed stand over it. */
export function switchesOf(flags: Flags, file: SwitchesFile | null): FitSwitches {
  const given = Array.isArray(flags.given) ? flags.given : [];
  const counted =
    file === null ? flags : Object.fromEntries(Object.entries(flags).filter(([name]) => given.includes(name)));
  const { modelKind, calibration, time, scoring, layers, epochs, batchSize, learningRate } = counted;
  const preparation = said(preparationOf(counted) ?? {});
  return {
    kind: "auto",
    ...file?.switches,
    ...said<FitSwitches>({
      kind: pick(modelKind, MODEL_KINDS),
      calibration: pick(calibration, CALIBRATIONS),
      time: pick(time, TIMES),
      scoring: typeof scoring === "string" ? scoring : undefined,
      layerSizes: Array.isArray(layers) ? layers.map(Number) : undefined,
      epochs: numberOf(epochs),
      batchSize: numberOf(batchSize),
      learningRate: numberOf(learningRate),
      schedule: pick(counted.schedule, SCHEDULES),
      weightDecay: numberOf(counted.weightDecay),
      clipNorm: numberOf(counted.clipNorm),
      patience: numberOf(counted.patience),
      classWeights: classWeightsOf(counted.classWeights),
      kernels: flags.deterministic === true ? { deterministic: true } : undefined,
    }),
    ...((file === null || Object.keys(preparation).length > 0) && {
      preparation: { ...file?.switches.preparation, ...preparation },
    }),
    seed: Number(flags.seed),
  };
}
