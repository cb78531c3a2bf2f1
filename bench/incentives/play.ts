import { DEFAULT_HORIZON_SECONDS } from "../../src/schema.ts";
import {
  type Cluster,
  chainWeights,
  createOriginality,
  createRunningTruth,
  EMPTY_STANDING,
  type Frozen,
  type OriginalityTreatment,
  type Reply,
  type ScoringMode,
  type Standing,
  sharePay,
} from "../../src/scoring/index.ts";
import type { PlayedQuestion } from "./questions.ts";
import { answers, type Strategy } from "./strategies.ts";

/** A question with everybody's replies to it. */
export interface Played {
  readonly question: PlayedQuestion;
  readonly frozen: Frozen;
  readonly replies: ReadonlyMap<string, Reply>;
}
/** Questions with everybody's replies, and who was found to be one at each epoch: that is the same in every mode. */
export interface Game {
  readonly strategies: readonly Strategy[];
  readonly played: readonly Played[];
  /** By the number of questions before the epoch. */
  readonly epochs: ReadonlyMap<number, readonly Cluster[]>;
}
/** How a game went for one strategy. */
export interface Result {
  readonly name: string;
  /** Of all hotkeys together, mean over the epochs. */
  readonly share: number;
  /** The averages of its first hotkey at the end. */
  readonly average: number | null;
}

/** Questions before the first epoch that counts, and between two epochs. */
export const FIRST_EPOCH = 200;
const EPOCH = 25;
/** Questions whose truth is still out when one is asked. */
const OPEN = 10;

/** Everybody answers the same questions; what is frozen is that of a validator to whom truths come ten questions later. */
export function askAll(questions: readonly PlayedQuestion[], strategies: readonly Strategy[], seed: string): Game {
  const truths = createRunningTruth({ horizonSeconds: DEFAULT_HORIZON_SECONDS });
  const originality = createOriginality();
  const epochs = new Map<number, readonly Cluster[]>();
  let lastHonest: Reply | null = null;
  const played = questions.map((question, number): Played => {
    const settled = questions[number - OPEN];
    if (settled !== undefined) truths.settle(String(number - OPEN), settled.truth);
    const frozen = truths.ask(String(number), question.stratum);
    const replies = answers(strategies, { question, frozen, lastHonest }, `${seed}/${number}`);
    lastHonest = replies.get("honest") ?? null;
    originality.add(replies);
    const asked = number + 1;
    if (asked >= FIRST_EPOCH && (asked - FIRST_EPOCH) % EPOCH === 0) epochs.set(asked, originality.clusters());
    return { question, frozen, replies };
  });
  return { strategies, played, epochs };
}

/** Scores a game in one mode, and pays once an epoch as a validator does: originality, then whole numbers for the chain. */
export function play(
  { strategies, played, epochs }: Game,
  mode: ScoringMode,
  treatment: OriginalityTreatment = "split",
): Result[] {
  const hotkeys = strategies.flatMap((strategy) => strategy.hotkeys);
  const standings = new Map<string, Standing>(hotkeys.map((hotkey) => [hotkey, EMPTY_STANDING]));
  const shares = new Map<string, number>();
  let paidEpochs = 0;
  for (const [at, { question, frozen, replies }] of played.entries()) {
    const list = hotkeys.map((hotkey) => replies.get(hotkey) ?? MISSING);
    for (const [i, score] of mode.score({ frozen, replies: list }, question.truth).entries()) {
      const hotkey = hotkeys[i] ?? "";
      standings.set(hotkey, mode.average.add(standings.get(hotkey) ?? EMPTY_STANDING, score));
    }
    const clusters = epochs.get(at + 1);
    if (clusters === undefined) continue;
    const earned = new Map([...standings].map(([hotkey, standing]) => [hotkey, mode.average.pay(standing) ?? 0]));
    const paid = sharePay(earned, clusters, treatment);
    const pay = new Map(hotkeys.map((hotkey, uid) => [uid, paid.get(hotkey) ?? 0]));
    const row = chainWeights({ pay, allUids: [...pay.keys()], minAllowedWeights: 1, maxWeightLimit: 1 });
    if (row === null) continue;
    paidEpochs += 1;
    const all = row.weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, uid] of row.uids.entries()) {
      const hotkey = hotkeys[uid] ?? "";
      shares.set(hotkey, (shares.get(hotkey) ?? 0) + (row.weights[i] ?? 0) / all);
    }
  }
  return strategies.map(({ name, hotkeys: own }) => {
    const sum = own.reduce((total, hotkey) => total + (shares.get(hotkey) ?? 0), 0);
    const average = mode.average.value(standings.get(own[0] ?? "") ?? EMPTY_STANDING);
    return { name, share: paidEpochs === 0 ? 0 : sum / paidEpochs, average };
  });
}
const MISSING: Reply = { ok: false, reason: "missing", latencySeconds: null };
