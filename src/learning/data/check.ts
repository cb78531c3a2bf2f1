import { InvalidArgumentError } from "../../core/index.ts";
import { FEATURE_NAMES } from "../../schema.ts";
import { auc } from "../../scoring/index.ts";
import { TargetAmongInputsError } from "../errors.ts";
import { countConverted, type Dataset, INPUTS } from "./dataset.ts";

/** Fewer rows of a class than this, and a model learns little more than how rare it is. */
const FEW_ROWS = 50;
/** A single input that tells the classes apart this well has usually seen the outcome. */
const SUSPICIOUS_AUC = 0.95;
/** Rows looked at for that: the error of an AUC is below .01 then. */
const ENOUGH_ROWS = 20_000;
const TOTAL_MESSAGES = FEATURE_NAMES.indexOf("total_messages");

/** What one pass over a column finds. */
interface Column {
  readonly known: number;
  readonly lowest: number;
  readonly highest: number;
  /** The target of which every known cell is a copy. */
  readonly copyOf: string | null;
}

function lookAt({ rows, X, y, timeSeconds }: Dataset, column: number): Column {
  let known = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let timed = 0;
  let classes = 0;
  let seconds = 0;
  let minutes = 0;
  for (let row = 0; row < rows; row++) {
    const value = X[row * INPUTS + column];
    if (Number.isNaN(value)) continue;
    known += 1;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    if (value === y[row]) classes += 1;
    const time = timeSeconds[row];
    if (Number.isNaN(time)) continue;
    timed += 1;
    if (value === time) seconds += 1;
    if (value === time / 60) minutes += 1;
  }
  const varied = highest > lowest;
  const copyOf =
    varied && known >= FEW_ROWS && classes === known
      ? "conversion_happened"
      : varied && timed >= FEW_ROWS && (seconds === timed || minutes === timed)
        ? `time_to_conversion_${seconds === timed ? "seconds" : "minutes"}`
        : null;
  return { known, lowest, highest, copyOf };
}

function aucAlone({ rows, X, y }: Dataset, column: number): number {
  const step = Math.max(1, Math.floor(rows / ENOUGH_ROWS));
  const known: number[] = [];
  const labels: number[] = [];
  for (let row = 0; row < rows; row += step) {
    const value = X[row * INPUTS + column];
    if (Number.isNaN(value)) continue;
    known.push(value);
    labels.push(y[row]);
  }
  const area = known.length < FEW_ROWS ? null : auc(known, labels);
  return area === null ? 0.5 : Math.max(area, 1 - area);
}

/** Rows that stand under the same id at the same landmark as one before. Several landmarks of one id are one conversation. */
function repeatedIds({ rows, X, groups, landmarks }: Dataset): string | null {
  const seen = new Map<string, Set<string | number>>();
  let repeated = 0;
  let first = "";
  for (let row = 0; row < rows; row++) {
    const landmark = landmarks?.[row] ?? X[row * INPUTS + TOTAL_MESSAGES];
    const there = seen.get(groups[row]);
    if (there === undefined) seen.set(groups[row], new Set([landmark]));
    else if (there.has(landmark)) {
      if (repeated === 0) first = `${groups[row]} at ${landmarks?.[row] ?? `${landmark} messages`}`;
      repeated += 1;
    } else there.add(landmark);
  }
  if (repeated === 0) return null;
  const rowsSay = repeated === 1 ? "1 row repeats" : `${repeated} rows repeat`;
  return `${rowsSay} a session_id at the same landmark (${first}): one conversation twice, or two under one id.`;
}

function fewOfAClass(dataset: Dataset): string | null {
  const converted = countConverted(dataset);
  const rare = Math.min(converted, dataset.rows - converted);
  if (rare >= FEW_ROWS) return null;
  const what = rare === converted ? "converted" : "did not convert";
  return `Only ${rare} of ${dataset.rows} rows ${what}: expect a model close to the base rate.`;
}

/**
 * Looks for what makes rows useless or suspicious.
 *
 * @returns sentences for people, each naming what it is about.
 * @throws {TargetAmongInputsError} when an input is a copy of the answer; {@link InvalidArgumentError} for an infinite input.
 * @example
 * checkDataset(takeRows(dataset, [0, 1, 2, 3]))[0];
 * // "Only 1 of 4 rows converted: expect a model close to the base rate."
 */
export function checkDataset(dataset: Dataset): string[] {
  const warnings = [fewOfAClass(dataset), repeatedIds(dataset)];
  const constant: string[] = [];
  const blank: string[] = [];
  const telling: string[] = [];
  FEATURE_NAMES.forEach((name, place) => {
    const { known, lowest, highest, copyOf } = lookAt(dataset, place);
    if (copyOf !== null) throw new TargetAmongInputsError({ column: name, target: copyOf });
    if (known > 0 && !Number.isFinite(highest - lowest)) {
      const problem = "holds an infinite number: NaN means unknown";
      throw new InvalidArgumentError({ argument: name, problem, value: Number.isFinite(lowest) ? highest : lowest });
    }
    if (known === 0) blank.push(name);
    else if (lowest === highest) constant.push(`${name} (${lowest})`);
    else {
      const area = aucAlone(dataset, place);
      if (area < SUSPICIOUS_AUC) return;
      const shown = area.toFixed(3);
      telling.push(`${name} alone separates the classes (AUC ${shown}): check that it was taken before the outcome.`);
    }
  });
  if (constant.length > 0) warnings.push(`Columns that never change tell nothing: ${constant.join(", ")}.`);
  if (blank.length > 0) warnings.push(`Columns that are blank in every row: ${blank.join(", ")}.`);
  return [...warnings.filter((warning) => warning !== null), ...telling];
}
