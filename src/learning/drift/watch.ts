import { FEATURES, type Features, toVector } from "../../schema.ts";
import {
  CBPE_ASSUMPTION,
  countConfidence,
  emptyConfidence,
  estimatePerformance,
  mergeConfidence,
  type PerformanceEstimate,
} from "./cbpe.ts";
import { type BinCounts, countRow, emptyCounts, type Profile, profileOf } from "./profile.ts";
import { type FeatureDrift, featureDrift } from "./psi.ts";
import { countOutcome, emptyReliability, recalibrated } from "./reliability.ts";

/** Rows that a watch looks back on, when nothing is said: at least half of it, at most all. */
const WINDOW = 2_000;
/** Outcomes before claims are put right by them. */
const MIN_OUTCOMES = 100;

/** Two blocks in turn: what is counted goes into the newer, and the older is dropped when that is full. */
function createBlocks<T extends { rows: number }>(window: number, empty: () => T, merge: (a: T, b: T) => T) {
  const half = Math.max(1, Math.ceil(window / 2));
  let [older, newer] = [empty(), empty()];
  return {
    /** Where the next row is counted. */
    next(): T {
      if (newer.rows >= half) [older, newer] = [newer, empty()];
      return newer;
    },
    all: (): T => merge(older, newer),
  };
}

interface Realised {
  rows: number;
  squares: number;
  right: number;
  converted: number;
}

/** How answers do: what is expected of them, and what has come of those that are settled. */
export interface PerformanceReport {
  readonly estimated: PerformanceEstimate;
  /** Whether claims are put right by earlier outcomes before they are believed. */
  readonly recalibrated: boolean;
  readonly realised: {
    readonly rows: number;
    readonly brier: number | null;
    readonly accuracy: number | null;
    /** Share that converted. */
    readonly rate: number | null;
  };
  readonly assumption: string;
}

/** Estimates performance before labels arrive, and keeps it honest with those that do; bounded memory. */
export interface PerformanceWatch {
  answered(probability: number, named: 0 | 1): void;
  settled(probability: number, named: 0 | 1, converted: 0 | 1): void;
  report(): PerformanceReport;
}

/**
 * @param window answers looked back on.
 * @example
 * createPerformanceWatch().report().estimated.rows; // 0
 */
export function createPerformanceWatch({ window = WINDOW }: { window?: number | undefined } = {}): PerformanceWatch {
  const blocks = createBlocks(window, emptyConfidence, mergeConfidence);
  const outcomes = createBlocks<Realised>(
    window,
    () => ({ rows: 0, squares: 0, right: 0, converted: 0 }),
    (a, b) => ({
      rows: a.rows + b.rows,
      squares: a.squares + b.squares,
      right: a.right + b.right,
      converted: a.converted + b.converted,
    }),
  );
  const reliability = emptyReliability();
  let wasPutRight = false;
  return {
    answered(probability, named) {
      wasPutRight = reliability.rows >= MIN_OUTCOMES;
      countConfidence(blocks.next(), wasPutRight ? recalibrated(reliability, probability) : probability, named);
    },
    settled(probability, named, converted) {
      countOutcome(reliability, probability, converted);
      const into = outcomes.next();
      into.rows += 1;
      into.squares += (probability - converted) ** 2;
      into.right += named === converted ? 1 : 0;
      into.converted += converted;
    },
    report() {
      const { rows, squares, right, converted } = outcomes.all();
      const per = (sum: number) => (rows === 0 ? null : sum / rows);
      return {
        estimated: estimatePerformance(blocks.all()),
        recalibrated: wasPutRight,
        realised: { rows, brier: per(squares), accuracy: per(right), rate: per(converted) },
        assumption: CBPE_ASSUMPTION,
      };
    },
  };
}

/** How features have moved. */
export interface FeatureWatchReport {
  /** Rows looked at; 0 also while there is nothing to compare with. */
  readonly rows: number;
  /** Rows that they are compared with. */
  readonly expectedRows: number;
  /** The largest index first. */
  readonly features: readonly FeatureDrift[];
}

/** Counts questions into the bins of a profile; bounded memory. */
export interface FeatureWatch {
  question(features: Features): void;
  report(): FeatureWatchReport;
}

const mergeCounts = (a: BinCounts, b: BinCounts): BinCounts => ({
  rows: a.rows + b.rows,
  counts: a.counts.map((column, i) => column.map((count, bin) => count + b.counts[i][bin])),
});

/**
 * Compares questions with the rows that a model learned from; without a profile, with the first `learnRows` questions themselves.
 *
 * @example
 * createFeatureWatch({ profile: profileOf(train) }).report().rows; // 0
 */
export function createFeatureWatch({
  profile: given = null,
  window = WINDOW,
  learnRows = WINDOW,
}: {
  profile?: Profile | null | undefined;
  window?: number | undefined;
  learnRows?: number | undefined;
} = {}): FeatureWatch {
  const blocksOf = (profile: Profile) => createBlocks(window, () => emptyCounts(profile), mergeCounts);
  let against = given === null ? null : { profile: given, blocks: blocksOf(given) };
  let first: Float64Array[] = [];
  const row = new Float64Array(FEATURES.length);
  return {
    question(features) {
      if (against !== null) {
        countRow(against.profile, against.blocks.next(), toVector(features, row));
        return;
      }
      first.push(toVector(features));
      if (first.length < learnRows) return;
      const X = new Float64Array(first.length * row.length);
      first.forEach((values, i) => {
        X.set(values, i * row.length);
      });
      const profile = profileOf({ rows: first.length, X });
      against = { profile, blocks: blocksOf(profile) };
      first = [];
    },
    report() {
      if (against === null) return { rows: 0, expectedRows: 0, features: [] };
      const counts = against.blocks.all();
      return {
        rows: counts.rows,
        expectedRows: against.profile.rows,
        features: featureDrift(against.profile, counts),
      };
    },
  };
}
