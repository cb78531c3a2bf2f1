import { systemClock } from "../core/index.ts";
import { CALIBRATIONS, type FitOptions, MODEL_KINDS } from "../learning/index.ts";
import type { Flags } from "./flags.ts";

const TIMES = ["median", "regression", "hazard"] as const;
const pick = <T extends string>(value: unknown, from: readonly T[]) => from.find((one) => one === value);

/** What `train` and `backtest` take over from their flags. */
export function fitOptionsOf(flags: Flags, signal: AbortSignal): FitOptions {
  return {
    kind: pick(flags.modelKind, MODEL_KINDS),
    calibration: pick(flags.calibration, CALIBRATIONS),
    time: pick(flags.time, TIMES),
    scoring: typeof flags.scoring === "string" ? flags.scoring : undefined,
    layerSizes: Array.isArray(flags.layers) ? flags.layers.map(Number) : undefined,
    epochs: Number(flags.epochs),
    batchSize: Number(flags.batchSize),
    learningRate: Number(flags.learningRate),
    seed: Number(flags.seed),
    clock: systemClock,
    signal,
  };
}
