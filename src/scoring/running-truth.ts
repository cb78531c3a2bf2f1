import type { Truth } from "../schema.ts";
import { median } from "./metrics.ts";
import { assertTruth, type Frozen } from "./mode.ts";

const WINDOW = 100;
const TIMES_KEPT = 1000;
/** Sources and landmarks remembered; the one not used for the longest time is forgotten first. */
const MAX_STRATA = 4096;
/** Class weights until 100 questions are settled. */
const FIRST_WEIGHTS = { 0: 0.625, 1: 0.375 } as const;

interface Pending {
  readonly key: string;
  truth: Truth | "void" | null;
}
interface Stratum {
  converted: number;
  settled: number;
  times: number[];
}

/** The base rates that scoring freezes; see {@link createRunningTruth}. */
export interface RunningTruth {
  /** A question is asked now; what it is judged against is returned and never changes. */
  ask(questionId: string, stratum: string): Frozen;
  /** Its truth is known; null = void, it counts for nothing. An unknown id is ignored. */
  settle(questionId: string, truth: Truth | null): void;
  /** Counts of questions from before: of what a restart finds, only as many as were pruned. Nothing of it is recent. */
  earlier(stratum: string, counts: { readonly settled: number; readonly converted: number }): void;
  /** Questions asked whose truth is still out, or stands behind one whose truth is. */
  readonly waiting: number;
}

/**
 * Class weights over the last 100 questions, and base rate and median time per stratum (source and landmark). Positives settle
 * sooner than negatives, so questions count in the order they were asked, and only up to the first one still open.
 *
 * @param horizonSeconds half of it is the median time before the first conversion.
 * @example
 * createRunningTruth({ horizonSeconds: 1800 }).ask("q1", "replay 4 messages").baseRate; // 0.5
 */
export function createRunningTruth({ horizonSeconds }: { horizonSeconds: number }): RunningTruth {
  const order: Pending[] = [];
  let head = 0;
  const byId = new Map<string, Pending>();
  const recent: (0 | 1)[] = [];
  const strata = new Map<string, Stratum>();

  const stratumOf = (key: string): Stratum => {
    const known = strata.get(key) ?? { converted: 0, settled: 0, times: [] };
    strata.delete(key);
    strata.set(key, known);
    if (strata.size > MAX_STRATA) strata.delete(strata.keys().next().value ?? "");
    return known;
  };
  const count = (key: string, truth: Truth) => {
    recent.push(truth.converted);
    if (recent.length > WINDOW) recent.shift();
    const stratum = stratumOf(key);
    stratum.settled += 1;
    stratum.converted += truth.converted;
    if (truth.timeSeconds === null) return;
    stratum.times.push(truth.timeSeconds);
    if (stratum.times.length > TIMES_KEPT) stratum.times.shift();
  };
  const classWeights = (): Frozen["classWeights"] => {
    if (recent.length < WINDOW) return FIRST_WEIGHTS;
    const positives = recent.reduce<number>((sum, y) => sum + y, 1) / (WINDOW + 2);
    return { 0: positives, 1: 1 - positives };
  };

  return {
    ask(questionId, key) {
      const pending: Pending = { key, truth: null };
      order.push(pending);
      byId.set(questionId, pending);
      const stratum = stratumOf(key);
      return {
        classWeights: classWeights(),
        baseRate: (stratum.converted + 1) / (stratum.settled + 2),
        medianTimeSeconds: median(stratum.times) ?? horizonSeconds / 2,
      };
    },
    settle(questionId, truth) {
      if (truth !== null) assertTruth(truth);
      const pending = byId.get(questionId);
      if (pending === undefined) return;
      byId.delete(questionId);
      pending.truth = truth ?? "void";
      for (let next = order[head]; next !== undefined && next.truth !== null; next = order[++head]) {
        if (next.truth !== "void") count(next.key, next.truth);
      }
      if (head > 1024) {
        order.splice(0, head);
        head = 0;
      }
    },
    earlier(key, { settled, converted }) {
      const stratum = stratumOf(key);
      stratum.settled += settled;
      stratum.converted += converted;
    },
    get waiting() {
      return order.length - head;
    },
  };
}
