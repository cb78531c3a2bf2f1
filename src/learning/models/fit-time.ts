import { type Dataset, INPUTS, takeRows } from "../data/dataset.ts";
import { createScaleRow, type Scaler } from "../data/scaler.ts";
import { mlp } from "../network/layers.ts";
import { huber } from "../network/losses.ts";
import { type NetworkTraining, trainNetwork } from "../network/train-network.ts";
import type { TimeHead } from "./model.ts";
import { outputsOf } from "./predict.ts";
import { shrinkWeight } from "./shrink.ts";

const TIME_LAYER_SIZES = [32, 16];
/** With fewer conversions at a known moment than this (a fifth of it on the validation side), the median is given instead. */
const MIN_TIMED = 100;
/** In standard deviations of log time: small, so that the fit is near the median, which is what is asked for. */
const HUBER_DELTA = 0.3;

/** Rows that converted at a known moment. */
export function timedRows(dataset: Dataset): Dataset {
  return takeRows(
    dataset,
    dataset.groups.flatMap((_, row) => (dataset.timeSeconds[row] > 0 ? [row] : [])),
  );
}

/** What the time model's training takes over from the classifier's. */
export type SharedTraining = Pick<
  NetworkTraining,
  "epochs" | "batchSize" | "learningRate" | "weightDecay" | "patience" | "random" | "clock" | "signal" | "onProgress"
>;

/**
 * A network for the log of the time, on {@link timedRows} only, shrunk towards the median by its validation rows.
 *
 * @returns null when there are too few rows, or it was aborted at once.
 */
export async function fitTime(
  train: Dataset,
  validation: Dataset,
  { medianTimeSeconds, scaler, ...shared }: SharedTraining & { medianTimeSeconds: number; scaler: Scaler },
): Promise<TimeHead | null> {
  if (train.rows < MIN_TIMED || validation.rows < MIN_TIMED / 5) return null;
  const logs = train.timeSeconds.map(Math.log);
  const centre = logs.reduce((sum, value) => sum + value, 0) / train.rows;
  const spread = Math.sqrt(logs.reduce((sum, value) => sum + (value - centre) ** 2, 0) / train.rows);
  const scale = spread > 0 ? spread : 1;
  const rowsOf = ({ rows, X, timeSeconds }: Dataset) => ({
    rows,
    X,
    targets: timeSeconds.map((time) => (Math.log(time) - centre) / scale),
  });
  const network = mlp(INPUTS, TIME_LAYER_SIZES);
  const result = await trainNetwork({
    ...shared,
    what: "time model",
    network,
    train: rowsOf(train),
    validation: rowsOf(validation),
    scaleRow: createScaleRow(scaler),
    loss: huber(HUBER_DELTA),
  });
  if (result === null) return null;
  const { parameters } = result;
  const weight = shrinkWeight({
    forecasts: outputsOf({ network, parameters }, scaler, validation).map((output) => centre + scale * output),
    truths: validation.timeSeconds.map(Math.log),
    base: Math.log(medianTimeSeconds),
    groups: validation.groups,
  });
  return { network, parameters, centre, scale, weight };
}
