import { setImmediate } from "node:timers/promises";
import { type Clock, InvalidArgumentError, type Random } from "../../core/index.ts";
import { INPUTS } from "../data/dataset.ts";
import { LayerShapeError, LossNotFiniteError } from "../errors.ts";
import { createTrainer } from "./create-trainer.ts";
import { initialParameters, layerName, type Network } from "./layers.ts";
import type { Trainer, TrainerMemory, TrainerOptions } from "./trainer.ts";

export type { TargetRows } from "./trainer.ts";

/** What an epoch came to. */
export interface NetworkEpoch {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  readonly rowsPerSecond: number;
  /** Outputs of the validation rows, overwritten by the next epoch. */
  readonly valOutputs: Float64Array;
}

/** A training between two epochs: with it, one that was killed goes on as if it had not been. */
export interface NetworkState {
  readonly epoch: number;
  readonly bestEpoch: number;
  readonly bestLoss: number;
  /** Parameters of the best epoch. */
  readonly best: Float64Array;
  /** See {@link Trainer.memory}. */
  readonly memory: readonly TrainerMemory[];
}

/** One training: values, then the live things. */
export interface NetworkTraining extends TrainerOptions {
  /** For errors: "classifier", "time model". */
  readonly what: string;
  readonly epochs: number;
  readonly learningRate: number;
  /** `"cosine"` brings the learning rate from its start to 0 over all epochs (Loshchilov and Hutter 2017); default constant. */
  readonly schedule?: "constant" | "cosine" | undefined;
  /** Epochs without a better validation loss before it stops. */
  readonly patience: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Where it is taken up again; rows, options and seed must be those of the training that gave it. */
  readonly resume?: NetworkState | null | undefined;
  /** Told after each epoch's `onEpoch`, with a function that copies the state. */
  readonly onState?: ((state: () => NetworkState) => Promise<void> | void) | undefined;
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
 * Trains a network of one output with Adam, keeping the parameters of the best validation loss. It runs on the kernels, in
 * single precision, where they can be had; same seed, same bytes there as here, but the two differ from each other by rounding.
 *
 * @returns null when it was aborted before the first epoch ended.
 * @throws {LossNotFiniteError}; {@link LayerShapeError} for a network that is not `inputs` in, 1 out.
 */
export async function trainNetwork(training: NetworkTraining): Promise<NetworkResult | null> {
  checkEnds(training.network, training.inputs ?? INPUTS);
  const parameters = initialParameters(training.network, training.random.fork("weights"));
  const trainer = createTrainer(training, parameters);
  try {
    return await runEpochs(training, trainer, parameters);
  } finally {
    trainer.close();
  }
}

async function runEpochs(
  training: NetworkTraining,
  trainer: Trainer,
  parameters: Float64Array,
): Promise<NetworkResult | null> {
  const { train, validation, batchSize, clock, signal, what } = training;
  const valOutputs = new Float64Array(validation.rows);
  const best = new Float64Array(parameters.length);
  const shuffles = training.random.fork("order");
  const ratesOf = createRates(training);
  const { resume } = training;
  if (resume) restore(resume, trainer, best, what);
  let bestLoss = resume?.bestLoss ?? Number.POSITIVE_INFINITY;
  let bestEpoch = resume?.bestEpoch ?? 0;
  let epoch = resume?.epoch ?? 0;
  // The order of an epoch is made of that of the one before.
  for (let i = 0; i < epoch; i++) shuffleInPlace(trainer.order, shuffles);
  const state = (): NetworkState => ({
    ...{ epoch, bestEpoch, bestLoss, best: best.slice() },
    memory: trainer.memory().map((numbers) => numbers.slice()),
  });
  let yieldedAtMs = clock.monotonicMs();

  const breathe = async (rowsDone: number) => {
    if (clock.monotonicMs() - yieldedAtMs < YIELD_AFTER_MS) return;
    training.onProgress?.(rowsDone);
    await setImmediate();
    yieldedAtMs = clock.monotonicMs();
  };
  /** The mean loss of the rows; null when the signal stopped it. */
  const trainEpoch = async () => {
    let sum = 0;
    for (let from = 0; from < train.rows; from += trainer.rowsPerCall) {
      if (signal?.aborted) return null;
      const rows = Math.min(trainer.rowsPerCall, train.rows - from);
      const part = trainer.train(from, rows, ratesOf(epoch, from, rows));
      if (part.failed !== null) {
        throw new LossNotFiniteError({ what, epoch, batch: from / batchSize + part.failed + 1 });
      }
      sum += part.sum;
      await breathe((epoch - 1) * train.rows + from + rows);
    }
    return sum / train.rows;
  };
  const validate = async () => {
    let sum = 0;
    for (let from = 0; from < validation.rows; from += trainer.rowsPerCall) {
      sum += trainer.validate(from, Math.min(trainer.rowsPerCall, validation.rows - from), valOutputs);
      await breathe(epoch * train.rows);
    }
    return sum / validation.rows;
  };

  while (epoch < training.epochs && epoch - bestEpoch < training.patience && !signal?.aborted) {
    epoch += 1;
    const startedAtMs = clock.monotonicMs();
    shuffleInPlace(trainer.order, shuffles);
    const trainLoss = await trainEpoch();
    if (trainLoss === null) break;
    const seconds = Math.max(1e-6, (clock.monotonicMs() - startedAtMs) / 1000);
    const valLoss = await validate();
    if (!Number.isFinite(valLoss)) {
      throw new LossNotFiniteError({ what, epoch, batch: Math.ceil(train.rows / batchSize) });
    }
    trainer.save(parameters);
    const isBest = valLoss < bestLoss;
    if (isBest) {
      bestLoss = valLoss;
      bestEpoch = epoch;
      best.set(parameters);
    }
    training.onProgress?.(epoch * train.rows);
    const report = { epoch, trainLoss, valLoss, rowsPerSecond: train.rows / seconds, valOutputs };
    await training.onEpoch?.(report, isBest, parameters);
    await training.onState?.(state);
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

/** @throws {InvalidArgumentError} for a state of another network, or of other kernels. */
function restore(state: NetworkState, trainer: Trainer, best: Float64Array, what: string): void {
  const memory = trainer.memory();
  const fits = memory.every(
    (numbers, i) => state.memory[i]?.constructor === numbers.constructor && state.memory[i].length === numbers.length,
  );
  if (!fits || memory.length !== state.memory.length || best.length !== state.best.length) {
    throw new InvalidArgumentError({
      argument: "resume",
      problem: `holds the state of another network than the ${what}`,
    });
  }
  memory.forEach((numbers, i) => {
    numbers.set(state.memory[i]);
  });
  best.set(state.best);
}

/** Learning rates of the batches of one call. */
function createRates({ learningRate, schedule, epochs, batchSize, train }: NetworkTraining) {
  const perEpoch = Math.ceil(train.rows / batchSize);
  return (epoch: number, from: number, rows: number): Float64Array => {
    const rates = new Float64Array(Math.ceil(rows / batchSize)).fill(learningRate);
    if (schedule !== "cosine") return rates;
    const done = (epoch - 1) * perEpoch + from / batchSize;
    return rates.map((rate, i) => (rate * (1 + Math.cos((Math.PI * (done + i)) / (epochs * perEpoch)))) / 2);
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

/** Fisher and Yates. */
export function shuffleInPlace(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
}
