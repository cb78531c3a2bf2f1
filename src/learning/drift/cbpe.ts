import { InvalidArgumentError } from "../../core/index.ts";

/** What the estimates rest on, for whoever reads them. */
export const CBPE_ASSUMPTION =
  "Estimated as if the probabilities were still honest: of all that are given 0.7, 70 % come true. Where the meaning of the features has changed, the estimate does not see it; only outcomes do.";

/** Probabilities counted: the whole memory of an estimate, whatever their number. */
export interface ConfidenceCounts {
  rows: number;
  /** Sum of p (1 - p): the expected squared error. */
  brier: number;
  /** Sum of p (1 - p) (1 - 2 p)^2: its variance. */
  brierVariance: number;
  /** Sum of the chances that the named class is right, and of their variance. */
  right: number;
  rightVariance: number;
  entropy: number;
  /** By hundredths of p: how many are expected to convert, and not to. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Expected performance before any label has come. Null: there are no rows, or too little that could convert. */
export interface PerformanceEstimate {
  readonly rows: number;
  readonly brier: number | null;
  /** Standard error: what the outcomes themselves will scatter by, if the probabilities are honest. */
  readonly brierError: number | null;
  readonly accuracy: number | null;
  readonly accuracyError: number | null;
  readonly auc: number | null;
  readonly logLoss: number | null;
  /** Expected share of conversions. */
  readonly rate: number | null;
}

const BINS = 100;

/** Nothing counted yet. */
export function emptyConfidence(): ConfidenceCounts {
  return {
    ...{ rows: 0, brier: 0, brierVariance: 0, right: 0, rightVariance: 0, entropy: 0 },
    positives: new Float64Array(BINS),
    negatives: new Float64Array(BINS),
  };
}

const xlogx = (x: number) => (x > 0 ? x * Math.log(x) : 0);

/**
 * Counts one answer, in place.
 *
 * @param probability of a conversion.
 * @param named the class that the answer names.
 * @throws {InvalidArgumentError} for no probability: NaN ends here.
 */
export function countConfidence(into: ConfidenceCounts, probability: number, named: 0 | 1): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new InvalidArgumentError({ argument: "probability", problem: "must lie in [0, 1]", value: probability });
  }
  const [p, q] = [probability, 1 - probability];
  const right = named === 1 ? p : q;
  const bin = Math.min(BINS - 1, Math.floor(p * BINS));
  into.rows += 1;
  into.brier += p * q;
  into.brierVariance += p * q * (1 - 2 * p) ** 2;
  into.right += right;
  into.rightVariance += right * (1 - right);
  into.entropy -= xlogx(p) + xlogx(q);
  into.positives[bin] += p;
  into.negatives[bin] += q;
}

/** Both together. */
export function mergeConfidence(one: ConfidenceCounts, other: ConfidenceCounts): ConfidenceCounts {
  return {
    rows: one.rows + other.rows,
    brier: one.brier + other.brier,
    brierVariance: one.brierVariance + other.brierVariance,
    right: one.right + other.right,
    rightVariance: one.rightVariance + other.rightVariance,
    entropy: one.entropy + other.entropy,
    positives: one.positives.map((value, i) => value + other.positives[i]),
    negatives: one.negatives.map((value, i) => value + other.negatives[i]),
  };
}

/** Chance that one who converts is given more than one who does not; equals of a bin count half, none is paired with itself. */
function expectedAuc({ positives, negatives, brier }: ConfidenceCounts): number | null {
  let above = 0;
  let wins = 0;
  let allNegatives = 0;
  for (let bin = BINS - 1; bin >= 0; bin--) {
    wins += negatives[bin] * (above + positives[bin] / 2);
    above += positives[bin];
    allNegatives += negatives[bin];
  }
  const pairs = above * allNegatives - brier;
  return pairs > 1e-9 ? Math.min(1, Math.max(0, (wins - brier / 2) / pairs)) : null;
}

/**
 * Confidence-based performance estimation: what Brier score, accuracy and AUC may be expected of answers whose outcomes are still out,
 * from their probabilities alone. A probability says how often it will be wrong; {@link CBPE_ASSUMPTION}. After NannyML's CBPE.
 *
 * @example
 * const counts = emptyConfidence();
 * countConfidence(counts, 0.8, 1);
 * estimatePerformance(counts).accuracy; // 0.8
 */
export function estimatePerformance(counts: ConfidenceCounts): PerformanceEstimate {
  const { rows, brier, brierVariance, right, rightVariance, entropy, positives } = counts;
  const per = (sum: number) => (rows === 0 ? null : sum / rows);
  const error = (variance: number) => (rows === 0 ? null : Math.sqrt(variance) / rows);
  return {
    rows,
    brier: per(brier),
    brierError: error(brierVariance),
    accuracy: per(right),
    accuracyError: error(rightVariance),
    auc: expectedAuc(counts),
    logLoss: per(entropy),
    rate: per(positives.reduce((sum, value) => sum + value, 0)),
  };
}
