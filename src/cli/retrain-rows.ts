import type { Dataset } from "../learning/index.ts";
import type { StoredFeedback } from "../miner/index.ts";
import { landmarkName, toVector } from "../schema.ts";

const INPUTS = 40;

/**
 * Feedback as rows to learn from. Blinded ids hide which questions are about one conversation, but those settle at one moment: so whatever a
 * validator settled at the same moment is one group, and stands on one side of a split. Rows are dated by when they came.
 */
export function rowsOfFeedback(all: readonly StoredFeedback[]): Dataset {
  const X = new Float64Array(all.length * INPUTS);
  all.forEach(({ question }, row) => {
    toVector(question.features, X.subarray(row * INPUTS, (row + 1) * INPUTS));
  });
  return {
    rows: all.length,
    X,
    y: Uint8Array.from(all, ({ truth }) => truth.converted),
    timeSeconds: Float64Array.from(all, ({ truth }) =>
      truth.converted === 1 ? (truth.timeSeconds ?? Number.NaN) : Number.NaN,
    ),
    groups: all.map(({ validator, explanation }) => `feedback ${validator} ${explanation.truth?.atSeconds ?? 0}`),
    landmarks: all.map(({ question: { landmark } }) => (landmark === null ? "" : landmarkName(landmark))),
    startedAtMs: Float64Array.from(all, ({ receivedAtMs }) => receivedAtMs),
  };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Rows of both; what only one of them knows of its rows is dropped. */
export function joinRows(one: Dataset, other: Dataset): Dataset {
  const open = (rows: Dataset) => rows.openUntilSeconds ?? new Float64Array(rows.rows).fill(Number.NaN);
  return {
    rows: one.rows + other.rows,
    X: joined(one.X, other.X),
    y: Uint8Array.from([...one.y, ...other.y]),
    timeSeconds: joined(one.timeSeconds, other.timeSeconds),
    groups: [...one.groups, ...other.groups],
    ...(one.landmarks && other.landmarks && { landmarks: [...one.landmarks, ...other.landmarks] }),
    ...((one.openUntilSeconds || other.openUntilSeconds) && { openUntilSeconds: joined(open(one), open(other)) }),
  };
}

/** What one validator has said, beside the others. */
export interface ValidatorWord {
  readonly validator: string;
  readonly rows: number;
  readonly converted: number;
  /** Mean squared error of this miner's answers by its word. */
  readonly brier: number | null;
  /** Messages whose score cannot be made again from them: they are not learned from. */
  readonly disputed: number;
  /** Its word makes the same answers worse than the others' does, by more than noise: it may lie, or ask of other conversations. */
  readonly odd: boolean;
}

/** Three standard errors: one in seven hundred by chance. */
const ODD_Z = 3;

/** Who said how much, and whether one of them stands apart. */
export function wordsOf(all: readonly StoredFeedback[]): ValidatorWord[] {
  const losses = new Map<string, number[]>();
  for (const { validator, answer, truth } of all) {
    const own = losses.get(validator) ?? [];
    losses.set(validator, own);
    own.push(((answer.confidence ?? 0.5) - truth.converted) ** 2);
  }
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const errorOf = (values: readonly number[], mean: number) =>
    Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)) / values.length);
  const largest = [...losses].sort(([, a], [, b]) => b.length - a.length);
  return largest.map(([validator, own]) => {
    const others = [...losses].flatMap(([name, values]) => (name === validator ? [] : values));
    const mine = all.filter((one) => one.validator === validator);
    const brier = meanOf(own);
    const other = others.length === 0 ? brier : meanOf(others);
    const noise = Math.hypot(errorOf(own, brier), others.length === 0 ? 0 : errorOf(others, other));
    return {
      validator,
      rows: own.length,
      converted: mine.filter(({ truth }) => truth.converted === 1).length,
      brier,
      disputed: mine.filter(({ holds }) => holds === false).length,
      odd: own.length >= 30 && others.length >= 30 && brier - other > ODD_Z * noise,
    };
  });
}
