import type { Clock } from "../../core/index.ts";
import type { Dataset } from "../data/dataset.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import type { Network } from "../network/layers.ts";
import type { AssembleOptions } from "./assemble.ts";
import type { Checkpoints } from "./journal.ts";
import type { ClassWeights, TreesSwitches } from "./learn.ts";
import type { Model } from "./model.ts";
import type { PreparationOptions } from "./preparation.ts";

/** What the classifier came to after an epoch: enough for a progress bar and for a plot. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  /** Null when the validation rows hold one class only. */
  readonly valAuc: number | null;
  readonly valBrier: number | null;
  readonly rowsPerSecond: number;
}

/** How a training went. Only networks have epochs. */
export interface History {
  readonly epochs: readonly EpochReport[];
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** The signal stopped it; the model is the best so far. */
  readonly aborted: boolean;
}

/** Kinds of models that {@link fit} makes; "auto" is the one that was measured to be best (docs/models.md): the ensemble. */
export const MODEL_KINDS = ["auto", "baseline", "logistic", "network", "trees", "ensemble"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What tells a model beside its rows: plain data, so that it can be written down, drawn by a sweep, or sent to another thread. */
export interface FitSwitches extends AssembleOptions {
  /** Default "auto", or "network" where `network` or `layerSizes` is given. */
  readonly kind?: ModelKind | undefined;
  /** How features become inputs. */
  readonly preparation?: PreparationOptions | undefined;
  /** Hidden sizes of the default network (default 64, 32). */
  readonly layerSizes?: readonly number[] | undefined;
  /** A network of your own that takes the prepared columns (40 by default) and gives 1 output. */
  readonly network?: Network | undefined;
  /** Rounds of out-of-fold predictions (default 5); 0 = one fifth is held back (a network's default, and with more than 5,000 rows). */
  readonly folds?: number | undefined;
  /** Switches of boosted trees; the defaults are shallow and slow. */
  readonly trees?: TreesSwitches | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly learningRate?: number | undefined;
  /** `"cosine"` brings the learning rate down to 0 over all epochs (default "constant"). */
  readonly schedule?: "constant" | "cosine" | undefined;
  /** Decoupled, on dense weights, as AdamW's. The default is a prior that fades with the data: 2000 / rows, at most 1. */
  readonly weightDecay?: number | undefined;
  /** A gradient of a network whose norm is larger is scaled down to it (default: none is). */
  readonly clipNorm?: number | undefined;
  /** How much rows of class 0 and 1 count in learning (default: alike); probabilities are brought back to the true rate. */
  readonly classWeights?: ClassWeights | undefined;
  /** What networks are trained on: WebAssembly by default; `deterministic` for the same bytes on every machine and Node. */
  readonly kernels?: KernelOptions | undefined;
  /** Epochs without a better validation loss before it stops (default 5). */
  readonly patience?: number | undefined;
  readonly horizonSeconds?: number | undefined;
  readonly seed?: number | undefined;
}

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
