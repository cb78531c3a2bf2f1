import type { Random } from "../../core/index.ts";
import { INPUTS } from "../data/dataset.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import type { Network } from "./layers.ts";
import type { Loss } from "./losses.ts";

/** Writes one prepared row: standardised, an unknown value at the mean, which is 0. */
export type ScaleRow = (from: Float64Array, fromOffset: number, to: Float64Array, toOffset: number) => void;

/** Rows with one target each. */
export interface TargetRows {
  readonly rows: number;
  /** Not standardised: `rows x 40`, NaN = unknown. */
  readonly X: Float64Array;
  readonly targets: Float64Array;
  /** What a row's loss is multiplied by, to weigh classes for instance; absent: 1. */
  readonly weights?: Float64Array | undefined;
}

/** What a {@link Trainer} is made of. */
export interface TrainerOptions {
  readonly network: Network;
  readonly train: TargetRows;
  readonly validation: TargetRows;
  readonly scaleRow: ScaleRow;
  /** How many numbers `scaleRow` writes (default 40). */
  readonly inputs?: number | undefined;
  readonly loss: Loss;
  readonly batchSize: number;
  readonly weightDecay: number;
  /** A gradient whose norm is larger is scaled down to it; absent: none is. */
  readonly clipNorm?: number | undefined;
  readonly random: Random;
  readonly kernels?: KernelOptions | undefined;
}

/** Numbers of which a {@link Trainer} is made. */
export type TrainerMemory = Float64Array | Float32Array | Int32Array | Uint32Array;

/** A network in training: its parameters, what Adam remembers, its rows. Plain and fast ones do the same. */
export interface Trainer {
  readonly kind: "plain" | "wasm";
  /** Row numbers of the training rows, to be shuffled in place. */
  readonly order: Uint32Array;
  /** Rows that one call had better do, a multiple of the batch size: some tenths of a millisecond of work. */
  readonly rowsPerCall: number;
  /**
   * Learns from the rows `order[from..from + rows]`, batch by batch. `rates` is the learning rate of each batch.
   *
   * @returns the sum of the losses of the rows, and the batch, from 0, where it was no finite number and the call stopped.
   */
  train(from: number, rows: number, rates: Float64Array): { readonly sum: number; readonly failed: number | null };
  /** Writes the outputs of the validation rows `from..from + rows`, as in serving, into `outputs` there; returns the sum of losses. */
  validate(from: number, rows: number, outputs: Float64Array): number;
  /**
   * Everything that the next batch depends on beside the rows and their order, live: the same numbers written back into a new
   * trainer of the same kind and shape make it go on as this one would have.
   */
  memory(): readonly TrainerMemory[];
  /** The parameters as they are, into a flat array. */
  save(into: Float64Array): void;
  /** Gives the memory back. */
  close(): void;
}

export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
/** Rows times parameters of one call: some 0.1 ms on the kernels. */
const WORK_PER_CALL = 600_000;

/** Whole batches that come to about {@link WORK_PER_CALL}. */
export function rowsPerCall(parameters: number, batchSize: number): number {
  return batchSize * Math.max(1, Math.floor(WORK_PER_CALL / parameters / batchSize));
}

/** `rows x inputs`, standardised, into any array of numbers. */
export function scaleInto(
  { rows, X }: TargetRows,
  scaleRow: ScaleRow,
  inputs: number,
  write: (row: number, scaled: Float64Array) => void,
): void {
  const scaled = new Float64Array(inputs);
  for (let row = 0; row < rows; row++) {
    scaleRow(X, row * INPUTS, scaled, 0);
    write(row, scaled);
  }
}
