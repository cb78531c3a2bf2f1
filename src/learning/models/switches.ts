import type { KernelOptions } from "../kernels/network-kernels.ts";
import type { Network } from "../network/layers.ts";
import type { TreesOptions } from "../trees/options.ts";
import type { Calibration } from "./calibration.ts";
import type { PreparationOptions } from "./preparation.ts";

/** How parts become a model. */
export interface AssembleOptions {
  /** How an ensemble weighs its members: alike, or as rows that they have not seen tell (default "stacked"). */
  readonly combine?: "average" | "stacked" | undefined;
  /** Default "shrink": towards the base rate as far as unseen rows demand, so that noise does no harm. */
  readonly calibration?: Calibration["kind"] | undefined;
  /** The scoring mode whose expected reward chooses the class; default: the likelier one. */
  readonly scoring?: string | undefined;
  /** What says when (default "regression", of the classifier's kinds). */
  readonly time?: "median" | "regression" | "hazard" | undefined;
}

/** How much rows of class 0 and of class 1 count; "balanced": both classes together as much as each other. */
export type ClassWeights = "balanced" | readonly [zero: number, one: number];

/** What is chosen for boosted trees. */
export type TreesSwitches = Pick<
  TreesOptions,
  | "rounds"
  | "learningRate"
  | "maxLeaves"
  | "maxDepth"
  | "maxBins"
  | "minRowsPerLeaf"
  | "rowShare"
  | "columnShare"
  | "l2"
  | "patience"
>;

/** Kinds of models that {@link fit} makes; "auto" is the one that was measured to be best (docs/models.md): the ensemble. */
export const MODEL_KINDS = ["auto", "baseline", "logistic", "network", "trees", "ensemble"] as const;
/** What is trained; auto is the one that docs/models.md measured to be best. */
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
