import { setImmediate } from "node:timers/promises";
import type { Clock, Random } from "../../core/index.ts";
import { INPUTS } from "../data/dataset.ts";
import type { ScaleRow } from "../data/scaler.ts";
import { LayerShapeError, LossNotFiniteError } from "../errors.ts";
import { createAdam } from "./adam.ts";
import { initialParameters, layerName, type Network } from "./layers.ts";
import type { Loss } from "./losses.ts";
import { createRunner } from "./runner.ts";

/** Rows with one target each. */
export interface TargetRows {
  readonly rows: number;
  /** Not standardised: `rows x 40`, NaN = unknown. */
  readonly X: Float64Array;
  readonly targets: Float64Array;
}

/** What an epoch came to. */
export interface NetworkEpoch {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  readonly rowsPerSecond: number;
  /** Outputs of the validation rows, overwritten by the next epoch. */
  readonly valOutputs: Float64Array;
}

/** One training: values, then the live things. */
export interface NetworkTraining {
  /** For errors: "classifier", "time model". */
  readonly what: string;
  readonly network: Network;
  readonly train: TargetRows;
  readonly validation: TargetRows;
  readonly scaleRow: ScaleRow;
  /** How many numbers `scaleRow` writes (default 40). */
  readonly inputs?: number | undefined;
  readonly loss: Loss;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Epochs without a better validation loss before it stops. */
  readonly patience: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** `parameters` are live: copy what you keep. */
  readonly onEpoch?: (epoch: NetworkEpoch, isBest: boolean, parameters: Float64Array) => Promise<void> | void;
  readonly onProgress?: ((rowsDone: number) => void) | undefined;
}

/** The parameters of the best epoch, rounded to f32. */
export interface NetworkResult {
  readonly parameters: Float32Array;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly stoppedEarly: boolean;
  readonly aborted: boolean;
}

/** A node answers questions meanwhile: training never holds the event loop for longer than about this. */
const YIELD_AFTER_MS = 40;

/**
 * Trains a network of one output with Adam, keeping the parameters of the best validation loss.
 *
 * @returns null when it was aborted before the first epoch ended.
 * @throws {LossNotFiniteError}; {@link LayerShapeError} for a network that is not `inputs` in, 1 out.
 */
export async function trainNetwork(training: NetworkTraining): Promise<NetworkResult | null> {
  const { network, train, validation, scaleRow, inputs = INPUTS, loss, batchSize, random, clock, signal } = training;
  checkEnds(network, inputs);
  const parameters = initialParameters(network, random.fork("weights"));
  const runner = createRunner(network, parameters, { maxRows: batchSize, random: random.fork("dropout") });
  const optimize = createAdam(network, training);
  const batch = new Float64Array(batchSize * inputs);
  const targets = new Float64Array(batchSize);
  const gradient = new Float64Array(batchSize);
  const valOutputs = new Float64Array(validation.rows);
  const best = new Float64Array(parameters.length);
  const order = Uint32Array.from({ length: train.rows }, (_, row) => row);
  const shuffles = random.fork("order");
  let bestLoss = Number.POSITIVE_INFINITY;
  let bestEpoch = 0;
  let epoch = 0;
  let yieldedAtMs = clock.monotonicMs();

  /** Gathers and standardises the rows `order[from..]`, or `from..` without an order. */
  const gather = (source: TargetRows, from: number, indices?: Uint32Array) => {
    const rows = Math.min(batchSize, source.rows - from);
    for (let i = 0; i < rows; i++) {
      const row = indices === undefined ? from + i : indices[from + i];
      scaleRow(source.X, row * INPUTS, batch, i * inputs);
      targets[i] = source.targets[row];
    }
    return rows;
  };
  const breathe = async (rowsDone: number) => {
    if (clock.monotonicMs() - yieldedAtMs < YIELD_AFTER_MS) return;
    training.onProgress?.(rowsDone);
    await setImmediate();
    yieldedAtMs = clock.monotonicMs();
  };
  const validate = async () => {
    let sum = 0;
    for (let from = 0; from < validation.rows; from += batchSize) {
      const rows = gather(validation, from);
      const outputs = runner.forward(batch, rows, false);
      sum += loss(outputs, targets, rows, gradient) * rows;
      for (let i = 0; i < rows; i++) valOutputs[from + i] = outputs[i];
      await breathe(epoch * train.rows);
    }
    return sum / validation.rows;
  };

  while (epoch < training.epochs && epoch - bestEpoch < training.patience && !signal?.aborted) {
    epoch += 1;
    const startedAtMs = clock.monotonicMs();
    shuffleInPlace(order, shuffles);
    let sum = 0;
    let from = 0;
    for (; from < train.rows && !signal?.aborted; from += batchSize) {
      const rows = gather(train, from, order);
      const value = loss(runner.forward(batch, rows, true), targets, rows, gradient);
      if (!Number.isFinite(value)) {
        throw new LossNotFiniteError({ what: training.what, epoch, batch: from / batchSize + 1 });
      }
      sum += value * rows;
      runner.backward(gradient, rows);
      optimize(parameters, runner.gradients);
      await breathe((epoch - 1) * train.rows + from + rows);
    }
    if (from < train.rows) break;
    const seconds = Math.max(1e-6, (clock.monotonicMs() - startedAtMs) / 1000);
    const valLoss = await validate();
    if (!Number.isFinite(valLoss)) {
      throw new LossNotFiniteError({ what: training.what, epoch, batch: Math.ceil(train.rows / batchSize) });
    }
    const isBest = valLoss < bestLoss;
    if (isBest) {
      bestLoss = valLoss;
      bestEpoch = epoch;
      best.set(parameters);
    }
    training.onProgress?.(epoch * train.rows);
    const report = { epoch, trainLoss: sum / train.rows, valLoss, rowsPerSecond: train.rows / seconds, valOutputs };
    await training.onEpoch?.(report, isBest, parameters);
  }
  const aborted = signal?.aborted === true;
  if (bestEpoch === 0) return null;
  return {
    parameters: Float32Array.from(best),
    bestEpoch,
    epochs: epoch,
    stoppedEarly: !aborted && epoch < training.epochs,
    aborted,
  };
}

function checkEnds({ inputs, outputs, layers }: Network, given: number): void {
  const last = layers.length - 1;
  if (inputs === given && outputs === 1) return;
  throw new LayerShapeError({
    layer: inputs === given ? `the loss after ${layerName(layers[last], last)}` : layerName(layers[0], 0),
    expected: inputs === given ? "rows x 1" : `rows x ${inputs}`,
    received: inputs === given ? `rows x ${outputs}` : `rows x ${given}`,
  });
}

function shuffleInPlace(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
}
