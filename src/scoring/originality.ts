import { InvalidArgumentError } from "../core/index.ts";
import { type Reply, refusal } from "./mode.ts";
import { type Answered, agreement, consensusOf, groupsOf, type Pairing, residualCorrelation } from "./similarity.ts";

/** When miners count as one: the numbers of ../docs/scoring.md, and what a further hotkey of a cluster costs. */
export const ORIGINALITY_V1_CONSTANTS = {
  /** Answers remembered of each hotkey, the latest. */
  windowAnswers: 1000,
  /** Questions that two must share before anything is said of them. */
  minShared: 50,
  agreeShare: 0.95,
  sameProbability: 1e-4,
  sameTimeSeconds: 0.1,
  /** Residuals p - consensus above it, while p itself is above `lookAlike`: one forecaster. */
  correlation: 0.999,
  lookAlike: 0.99,
  /** p above it: one vote together in the consensus, so that many hotkeys cannot pull it to themselves. */
  oneVote: 0.995,
  /** Share of its one reward that a cluster loses with each hotkey beyond the first, down to `leastShare`. */
  fee: 0.05,
  leastShare: 0.5,
} as const;
/** Numbers under the names of `ORIGINALITY_V1_CONSTANTS`. */
export type OriginalityConstants = { readonly [K in keyof typeof ORIGINALITY_V1_CONSTANTS]: number };

/** What happens to clusters: they are only shown, or they share one reward. */
export const ORIGINALITY_TREATMENTS = ["split", "report"] as const;
/** What becomes of hotkeys that answer as one: they share one reward, or are only shown. */
export type OriginalityTreatment = (typeof ORIGINALITY_TREATMENTS)[number];

/** Hotkeys that answer as one; sorted. `reasons` say which pairs were found, and by what. */
export interface Cluster {
  readonly hotkeys: readonly string[];
  readonly reasons: readonly Likeness[];
}
/** Why two hotkeys are one. Correlations are null where one of the two never varies. */
export interface Likeness {
  readonly pair: readonly [string, string];
  readonly shared: number;
  /** Share of the shared questions with the same answer. */
  readonly agreeing: number;
  /** Of p, and of p - consensus. */
  readonly correlation: number | null;
  readonly residualCorrelation: number | null;
}

/** Who answers like whom; see {@link createOriginality}. */
export interface Originality {
  /** The replies to one question, by hotkey. Silent and invalid ones say nothing. */
  add(replies: ReadonlyMap<string, Reply>): void;
  /** Clusters of two and more, largest first, then by hotkey. Computed when asked for, and kept until the next question. */
  clusters(): readonly Cluster[];
  /** The same in steps of some milliseconds: a subnet has many pairs, and other work has deadlines. */
  steps(): Generator<void, readonly Cluster[]>;
  /** Answers held now. */
  readonly held: number;
}

/** Hotkeys remembered: those that answered last. */
const MAX_HOTKEYS = 1024;

/**
 * Finds miners that are one: the same answers to 95 % of at least 50 shared questions (p within 1e-4, time within 0.1 s), or
 * residuals p - consensus that correlate above .999. The consensus of a pair is made of the others, a group of look-alikes
 * having one vote. It looks at each hotkey's last 1,000 answers; the order in which hotkeys are given changes nothing.
 *
 * @example
 * createOriginality().clusters(); // []
 */
export function createOriginality(constants: Partial<OriginalityConstants> = {}): Originality {
  const c = { ...ORIGINALITY_V1_CONSTANTS, ...constants };
  for (const [name, value] of Object.entries(c)) {
    if (!Number.isFinite(value)) throw new InvalidArgumentError({ argument: name, problem: "must be finite", value });
  }
  const miners = new Map<string, { readonly [K in keyof Answered]: number[] }>();
  let question = 0;
  let held = 0;
  let found: readonly Cluster[] | null = null;

  const forget = (hotkey: string) => {
    held -= miners.get(hotkey)?.questions.length ?? 0;
    miners.delete(hotkey);
  };
  function* steps(): Generator<void, readonly Cluster[]> {
    if (found !== null) return found;
    const asOf = question;
    const clusters = yield* findClusters(new Map([...miners].sort(([a], [b]) => (a < b ? -1 : 1))), c);
    if (question === asOf) found = clusters;
    return clusters;
  }
  return {
    add(replies) {
      question += 1;
      found = null;
      for (const hotkey of [...replies.keys()].sort()) {
        const reply = replies.get(hotkey);
        if (reply === undefined || !reply.ok || refusal(reply) !== null) continue;
        const { confidence, conversionHappened, timeToConversionSeconds, timeIfConvertedSeconds } = reply.answer;
        const mine = miners.get(hotkey) ?? { questions: [], p: [], times: [] };
        miners.delete(hotkey);
        miners.set(hotkey, mine);
        mine.questions.push(question);
        mine.p.push(confidence ?? 0.5);
        mine.times.push(timeIfConvertedSeconds ?? (conversionHappened === 1 ? timeToConversionSeconds : -1));
        held += 1;
        if (mine.questions.length > c.windowAnswers) {
          for (const list of [mine.questions, mine.p, mine.times]) list.shift();
          held -= 1;
        }
      }
      while (miners.size > MAX_HOTKEYS) forget(miners.keys().next().value ?? "");
    },
    clusters() {
      const all = steps();
      for (let step = all.next(); ; step = all.next()) if (step.done === true) return step.value;
    },
    steps,
    get held() {
      return held;
    },
  };
}

/** Answers that tell whether a pair is worth looking at: most of a subnet's pairs are not, and there are many. */
const LATELY = 150;

/** Whether the latest answers of two, where there are enough, are so different that all of them need not be looked at. */
function unlikeLately(a: Answered | undefined, b: Answered | undefined, c: OriginalityConstants): boolean {
  if (a === undefined || b === undefined) return true;
  const { shared, agreeing, correlation: r } = agreement(a, b, c);
  return shared >= c.minShared && agreeing < c.agreeShare / 2 && (r === null || r < c.lookAlike);
}

function* findClusters(miners: ReadonlyMap<string, Answered>, c: OriginalityConstants): Generator<void, Cluster[]> {
  const hotkeys = [...miners.keys()];
  const answered = [...miners.values()].map(
    ({ questions, p, times }): { readonly [K in keyof Answered]: Float64Array } => ({
      questions: Float64Array.from(questions),
      p: Float64Array.from(p),
      times: Float64Array.from(times),
    }),
  );
  const tails = answered.map(({ questions, p, times }) => ({
    questions: questions.subarray(-LATELY),
    p: p.subarray(-LATELY),
    times: times.subarray(-LATELY),
  }));
  const pairings: Pairing[] = [];
  for (const [i, a] of answered.entries()) {
    yield;
    for (let j = 0; j < i; j++) {
      const b = answered[j];
      if (b === undefined) continue;
      if (unlikeLately(tails[i], tails[j], c)) continue;
      const pairing = agreement(a, b, c);
      if (pairing.shared >= c.minShared) pairings.push({ ...pairing, i: j, j: i });
    }
  }
  const alike = pairings.filter(({ correlation: r }) => r !== null && r > c.oneVote);
  const group = groupsOf(hotkeys.length, alike);
  yield;
  const consensus = consensusOf(answered, group);
  const same: (Pairing & { readonly residual: number | null })[] = [];
  for (const pairing of pairings) {
    yield;
    const { i, j, agreeing, correlation: r } = pairing;
    const [a, b] = [answered[i], answered[j]];
    if (a === undefined || b === undefined) continue;
    const residual =
      r !== null && r > c.lookAlike ? residualCorrelation(a, b, consensus(group[i] ?? i, group[j] ?? j)) : null;
    if (agreeing >= c.agreeShare || (residual !== null && residual > c.correlation))
      same.push({ ...pairing, residual });
  }
  const cluster = groupsOf(hotkeys.length, same);
  const members = new Map<number, string[]>();
  for (const [i, hotkey] of hotkeys.entries()) {
    const key = cluster[i] ?? i;
    members.set(key, [...(members.get(key) ?? []), hotkey]);
  }
  return [...members]
    .filter(([, names]) => names.length > 1)
    .map(([key, names]) => ({
      hotkeys: names,
      reasons: same
        .filter(({ i }) => cluster[i] === key)
        .map(({ i, j, shared, agreeing, correlation: r, residual }): Likeness => {
          const pair = [hotkeys[i] ?? "", hotkeys[j] ?? ""] as const;
          return { pair, shared, agreeing, correlation: r, residualCorrelation: residual };
        }),
    }))
    .sort((a, b) => b.hotkeys.length - a.hotkeys.length || ((a.hotkeys[0] ?? "") < (b.hotkeys[0] ?? "") ? -1 : 1));
}

/**
 * What each hotkey is paid after originality. `split`: a cluster of n shares one reward, less `fee` for each hotkey beyond the first:
 * a member gets pay / n * max(leastShare, 1 - fee (n - 1)), so that copies always earn less than one. `report` changes nothing.
 *
 * @param pay by hotkey.
 * @example
 * sharePay(new Map([["a", 4], ["b", 4], ["c", 4]]), [{ hotkeys: ["a", "b"], reasons: [] }], "split").get("a"); // 1.9
 */
export function sharePay(
  pay: ReadonlyMap<string, number>,
  clusters: readonly Cluster[],
  treatment: OriginalityTreatment,
  constants: Partial<Pick<OriginalityConstants, "fee" | "leastShare">> = {},
): Map<string, number> {
  const { fee, leastShare } = { ...ORIGINALITY_V1_CONSTANTS, ...constants };
  const out = new Map(pay);
  if (treatment === "report") return out;
  for (const { hotkeys } of clusters) {
    // Only those that are on the subnet now, and paid, share.
    const paid = hotkeys.filter((hotkey) => (pay.get(hotkey) ?? 0) > 0);
    const factor = Math.max(leastShare, 1 - fee * (paid.length - 1)) / paid.length;
    for (const hotkey of paid) out.set(hotkey, (pay.get(hotkey) ?? 0) * factor);
  }
  return out;
}
