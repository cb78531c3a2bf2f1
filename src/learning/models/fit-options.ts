import type { Clock } from "../../core/index.ts";
import type { Dataset } from "../data/dataset.ts";
import type { EpochReport } from "./history.ts";
import type { Checkpoints } from "./journal.ts";
import type { Model } from "./model.ts";
import type { FitSwitches } from "./switches.ts";

/** How to {@link fit}: the switches, then the live things. */
export interface FitOptions extends FitSwitches {
  /** Rows for early stopping, calibration and decision, in place of rows of `dataset` that are held back in turn. */
  readonly validation?: Dataset | undefined;
  /** Where the training is written down as it goes, so that one that was killed can be taken up again. */
  readonly checkpoints?: Checkpoints | undefined;
  /** Go on from what is in `checkpoints`; where there is nothing, start. The result is that of an unbroken run. */
  readonly resume?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((report: EpochReport) => void) | undefined;
  /** Share of the work done, in [0, 1], some 25 times a second. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Told of every best network so far, not yet calibrated and without times: a checkpoint. */
  readonly onBest?: ((model: Model) => Promise<void> | void) | undefined;
  readonly clock?: Clock | undefined;
}

/** The plain part of options. */
export function switchesOf(options: FitOptions): FitSwitches {
  const { validation: _v, checkpoints: _c, resume: _r, signal: _s, clock: _k, ...rest } = options;
  const { onEpoch: _e, onProgress: _p, onBest: _b, ...switches } = rest;
  return switches;
}
