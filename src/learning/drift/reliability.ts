/** What came of probabilities, by tenths: bounded, and the oldest fade. */
export interface Reliability {
  rows: number;
  readonly counts: Float64Array;
  readonly claimed: Float64Array;
  readonly converted: Float64Array;
}

const BINS = 10;
/** Outcomes that a bin must have before half of what it shows is believed. */
const PRIOR = 20;
/** From here on everything is halved, so that the latest outcomes weigh most. */
const FADE_ROWS = 5_000;

const binOf = (probability: number) => Math.min(BINS - 1, Math.floor(probability * BINS));

/** Nothing has come out yet. */
export function emptyReliability(): Reliability {
  const zeros = () => new Float64Array(BINS);
  return { rows: 0, counts: zeros(), claimed: zeros(), converted: zeros() };
}

/** Takes an outcome, in place. */
export function countOutcome(into: Reliability, probability: number, converted: 0 | 1): void {
  const bin = binOf(probability);
  into.rows += 1;
  into.counts[bin] += 1;
  into.claimed[bin] += probability;
  into.converted[bin] += converted;
  if (into.rows < FADE_ROWS) return;
  into.rows /= 2;
  for (const column of [into.counts, into.claimed, into.converted])
    for (let i = 0; i < BINS; i++) column[i] = (column[i] ?? 0) / 2;
}

/**
 * What a claimed probability has been worth so far: moved by as much as its tenth was off, less where little has come out.
 *
 * @example
 * const reliability = emptyReliability();
 * for (let i = 0; i < 200; i++) countOutcome(reliability, 0.99, i % 2 === 0 ? 1 : 0);
 * recalibrated(reliability, 0.99); // 0.545
 */
export function recalibrated({ counts, claimed, converted }: Reliability, probability: number): number {
  const bin = binOf(probability);
  const [rows = 0, said = 0, came = 0] = [counts[bin], claimed[bin], converted[bin]];
  if (rows === 0) return probability;
  const moved = probability + ((rows / (rows + PRIOR)) * (came - said)) / rows;
  return Math.min(1, Math.max(0, moved));
}
