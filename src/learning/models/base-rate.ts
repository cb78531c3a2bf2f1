import { createHash } from "node:crypto";
import { median } from "../../scoring/index.ts";
import { countConverted, type Dataset, settledOnly } from "../data/dataset.ts";
import { UnusableDataError } from "../errors.ts";
import type { BaseRate, Model } from "./model.ts";
import { spreadOf } from "./spread.ts";

/** Half the default horizon: what scoring, too, takes for the median before it has seen a time. */
const UNKNOWN_TIME_SECONDS = 900;

/**
 * SHA-256 (hex) of the rows of a dataset, inputs, classes and times: what a model was trained on.
 *
 * @example
 * datasetHash(syntheticDataset({ rows: 1_000, seed: 1 })).slice(0, 8); // "b813aede"
 */
export function datasetHash({ X, y, timeSeconds }: Dataset): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of [X, y, timeSeconds]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

const SKETCH = 64;
const hashOf = (group: string) => createHash("sha256").update(group).digest("hex").slice(0, 16);

/** The smallest hashes of the conversations' names: a sample that any two datasets draw alike. */
export function conversationSketch({ groups }: Pick<Dataset, "groups">): string[] {
  return [...new Set(groups)].map(hashOf).sort().slice(0, SKETCH);
}

/**
 * About which share of the conversations that a model learned from is among these rows: above 0, its figures on them flatter it.
 *
 * @example
 * shareLearned(model, test); // 0
 */
export function shareLearned({ origin }: Pick<Model, "origin">, { groups }: Pick<Dataset, "groups">): number {
  if (origin.conversations.length === 0) return 0;
  const here = new Set([...new Set(groups)].map(hashOf));
  return origin.conversations.filter((hash) => here.has(hash)).length / origin.conversations.length;
}

/**
 * Share of conversions and median time of a dataset.
 *
 * @throws {UnusableDataError} when a class is missing.
 * @example
 * baseRateOf(syntheticDataset({ rows: 1_000, seed: 1 })).rate; // 0.421
 */
export function baseRateOf(dataset: Dataset): BaseRate {
  const settled = settledOnly(dataset);
  const converted = countConverted(settled);
  if (converted === 0 || converted === settled.rows) {
    const problem =
      settled.rows === 0 ? "there are none" : converted === 0 ? "none converted" : "all of them converted";
    throw new UnusableDataError({ problem, rows: settled.rows, converted });
  }
  const times = settled.timeSeconds.filter((time) => time > 0);
  const medianTimeSeconds = median(times) ?? UNKNOWN_TIME_SECONDS;
  const spread = spreadOf(times.map((time) => Math.log(time / medianTimeSeconds)));
  return { rate: converted / settled.rows, medianTimeSeconds, spread };
}
