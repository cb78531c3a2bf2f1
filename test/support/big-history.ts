import { createRandom } from "../../src/core/index.ts";
import { FEATURES, fromVector, type Landmark, landmarkName, type Truth } from "../../src/schema.ts";
import { type Frozen, type Reply, type Score, scoringMode } from "../../src/scoring/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import {
  createSqliteHistory,
  createStandings,
  HISTORY_SCHEMA,
  type HistoryStore,
  type OpenQuestion,
} from "../../src/validator/index.ts";
import { encodeAddress } from "../../src/wallet/index.ts";

/** What {@link makeBigHistory} makes; by default 256 miners and 100,096 scores. */
export interface BigHistoryOptions {
  readonly miners?: number;
  /** Settled ones; besides there are a few that are void, and three that are open. */
  readonly questions?: number;
  readonly seed?: number;
  /** When the last question was asked, ms since 1970; the others are a minute apart before it. */
  readonly endMs?: number;
}
/** A history with much in it. */
export interface BigHistory {
  readonly store: Store;
  readonly history: HistoryStore;
  readonly hotkeys: readonly string[];
  /** Numbers of settled, void and open questions. */
  readonly settled: readonly number[];
  readonly void: readonly number[];
  readonly open: readonly number[];
}

const LANDMARKS: readonly Landmark[] = [{ messages: 4 }, { messages: 8 }];
const CHUNK = 50;

/**
 * Fills a history as a validator does, through the real store and by the real scoring, so that every explanation holds: for tests of
 * whatever reads histories, the page's too. Miners are good at it by their place (the first knows most), every 16th is silent half of
 * the time, the second copies the first. The same seed gives the same history. Some 3 s for the default size.
 *
 * @param path a file, or `:memory:`. Close `store` when done.
 * @example
 * const { store, hotkeys } = await makeBigHistory(":memory:", { miners: 8, questions: 20 });
 * hotkeys.length; // 8
 * await store.close();
 */
export async function makeBigHistory(
  path: string,
  { miners = 256, questions = 391, seed = 7, endMs = 1_795_000_000_000 }: BigHistoryOptions = {},
): Promise<BigHistory> {
  const random = createRandom(`big-history/${seed}`);
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA] });
  const history = createSqliteHistory(store);
  const mode = scoringMode("seed-v1");
  const standings = createStandings(mode);
  const hotkeys = Array.from({ length: miners }, () => encodeAddress(random.bytes(32)));
  const features = fromVector(FEATURES.map(() => Math.round(random.next() * 100) / 100));
  const stored = { name: mode.name, version: mode.version, constants: mode.constants };
  const made: Record<"settled" | "void" | "open", number[]> = { settled: [], void: [], open: [] };

  const repliesTo = (chance: number, seconds: number): Map<string, Reply> => {
    const replies = new Map<string, Reply>();
    for (const [i, hotkey] of hotkeys.entries()) {
      const first = replies.get(hotkeys[0] ?? "");
      if (i === 1 && first !== undefined) replies.set(hotkey, first);
      else if (i % 16 === 15 && random.next() < 0.5)
        replies.set(hotkey, { ok: false, reason: "timeout", latencySeconds: 12 });
      else {
        const skill = 1 - i / miners;
        const confidence = Math.min(1, Math.max(0, chance * skill + random.next() * (1 - skill * 0.9)));
        const converts = confidence >= 0.5;
        const time = Math.max(1, seconds + (random.next() - 0.5) * 200 * (1.1 - skill));
        const answer = {
          conversionHappened: converts ? (1 as const) : (0 as const),
          timeToConversionSeconds: converts ? time : -1,
          confidence,
          timeIfConvertedSeconds: time,
        };
        replies.set(hotkey, { ok: true, answer, latencySeconds: 0.01 + random.next() ** 4 });
      }
    }
    return replies;
  };

  const total = questions + Math.ceil(questions / 40) + 3;
  for (let from = 1; from <= total; from += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, total + 1 - from) }, (_, i) => {
      const number = from + i;
      const landmark = LANDMARKS[number % 2] ?? { messages: 4 };
      const open: OpenQuestion = {
        number,
        conversationId: `big/c-${number}`,
        stratum: `shop, ${landmarkName(landmark)}`,
        landmark,
        askedAtSeconds: number * 60,
        question: { sessionId: `q-${number}`, features, landmark, horizonSeconds: 1_800 },
      };
      const [chance, timeSeconds] = [random.next(), 60 + random.integer(600)];
      const truth: Truth = random.next() < chance ? { converted: 1, timeSeconds } : { converted: 0, timeSeconds: null };
      const frozen: Frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 300 };
      const state =
        number > total - 3
          ? "open"
          : number % 40 === 0 && made.void.length < Math.ceil(questions / 40)
            ? "void"
            : "settled";
      made[state].push(number);
      return { number, open, frozen, truth, state, replies: repliesTo(chance, timeSeconds) } as const;
    });
    const last = chunk.findLast(({ state }) => state === "settled")?.number;
    await Promise.all(
      chunk.map(({ open, frozen, number }) =>
        history.recordQuestion({
          open,
          frozen,
          mode: stored,
          asked: hotkeys,
          askedAtMs: endMs - (total - number) * 60_000,
        }),
      ),
    );
    await Promise.all(chunk.map(({ number, replies }) => history.recordReplies(number, replies)));
    await Promise.all(
      chunk.map(({ number, open, frozen, truth, state, replies }) => {
        if (state === "open") return undefined;
        const atSeconds = open.askedAtSeconds + (truth.timeSeconds ?? 1_800);
        if (state === "void")
          return history.recordSettled(number, { truth: null, reason: "void: lost", atSeconds, scores: new Map() }, []);
        const asked = [...replies];
        const scores = new Map<string, Score>();
        for (const [i, score] of mode.score({ frozen, replies: asked.map(([, reply]) => reply) }, truth).entries()) {
          const [hotkey, reply] = asked[i] ?? [];
          if (hotkey === undefined || reply === undefined) continue;
          scores.set(hotkey, score);
          standings.add(hotkey, reply, score, truth);
        }
        const reason = truth.converted === 1 ? "converted" : "horizon";
        // Sums are those of the last: once in a while is enough, and half the time.
        const moved = number === last ? standings.records() : [];
        return history.recordSettled(number, { truth, reason, atSeconds, scores }, moved);
      }),
    );
  }
  for (let i = 9; i >= 0; i--) {
    const pays = hotkeys.map((hotkey) => [hotkey, standings.payOf(hotkey) ?? 0] as const);
    const sum = pays.reduce((all, [, pay]) => all + pay, 0) || 1;
    const shares = new Map(pays.map(([hotkey, pay]) => [hotkey, pay / sum]));
    await history.recordWeights({ setAtMs: endMs - i * 3_600_000, block: 1_000 - i * 100, shares });
  }
  return { store, history, hotkeys, ...made };
}
