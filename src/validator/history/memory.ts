import { FEATURES, type Features, fromVector, type Truth } from "../../schema.ts";
import { modeKey, type Reply, type StoredMode } from "../../scoring/index.ts";
import {
  type HistoryStore,
  KEPT_QUESTIONS,
  type KnownTruth,
  type OpenRecord,
  type QuestionRecord,
  type RecordsQuery,
  type StandingRecord,
  type StratumCounts,
  type WeightsRecord,
} from "./port.ts";

type Kept = { -readonly [K in keyof QuestionRecord]: QuestionRecord[K] };

/** Settings of weights that are remembered. */
const MAX_WEIGHTS = 1_000;
/** A question of which nothing is known any more. */
export const NO_FEATURES: Features = fromVector(new Array<number>(FEATURES.length).fill(Number.NaN));

/**
 * A history in memory, bounded: the questions that were settled first are pruned first.
 *
 * @example
 * await createMemoryHistory({ maxQuestions: 10 }).latest(5); // []
 */
export function createMemoryHistory({ maxQuestions = 10_000 }: { maxQuestions?: number } = {}): HistoryStore {
  const records = new Map<number, Kept>();
  const settledOrder: number[] = [];
  const known = new Map<number, KnownTruth>();
  const standings = new Map<string, Map<string, StandingRecord>>();
  const strata = new Map<string, StratumCounts>();
  const values = new Map<string, string>();
  const weights: WeightsRecord[] = [];
  let weightsSet = 0;
  let pruned = 0;
  let lastNumber = 0;

  const drop = (number: number): void => {
    const record = records.get(number);
    records.delete(number);
    if (record === undefined) return;
    pruned += 1;
    const truth = record.settled?.truth ?? null;
    if (truth === null) return;
    const { stratum } = record.open;
    const { settled, converted } = strata.get(stratum) ?? { settled: 0, converted: 0 };
    strata.set(stratum, { stratum, settled: settled + 1, converted: converted + truth.converted });
  };
  const setStandings = (mode: StoredMode, changed: readonly StandingRecord[]) => {
    const ofMode = standings.get(modeKey(mode)) ?? new Map<string, StandingRecord>();
    standings.set(modeKey(mode), ofMode);
    for (const standing of changed) ofMode.set(standing.hotkey, standing);
  };
  const chosen = ({ order = "settled", fromMs, toMs, mode, last }: RecordsQuery): number[] => {
    const all =
      order === "settled"
        ? settledOrder.filter((number) => !known.has(number))
        : [...records.keys()].sort((a, b) => a - b);
    const wanted = mode && modeKey(mode);
    const found = all.filter((number) => {
      const record = records.get(number);
      if (record === undefined || (wanted !== undefined && modeKey(record.mode) !== wanted)) return false;
      return record.askedAtMs >= (fromMs ?? -Infinity) && record.askedAtMs < (toMs ?? Infinity);
    });
    return last === undefined ? found : found.slice(Math.max(0, found.length - last));
  };

  return {
    async recordQuestion(question) {
      records.set(question.open.number, { ...question, replies: new Map(), settled: null });
      lastNumber = Math.max(lastNumber, question.open.number);
    },
    async recordReplies(questionNumber, replies: ReadonlyMap<string, Reply>) {
      const record = records.get(questionNumber);
      if (record !== undefined && record.settled === null) record.replies = new Map(replies);
    },
    async recordTruth(questionNumber, truth) {
      const record = records.get(questionNumber);
      if (record === undefined || record.settled !== null || known.has(questionNumber)) return;
      known.set(questionNumber, truth);
      settledOrder.push(questionNumber);
    },
    async recordSettled(questionNumber, settled, changed) {
      const record = records.get(questionNumber);
      if (record === undefined || record.settled !== null) return;
      record.settled = settled;
      if (!known.delete(questionNumber)) settledOrder.push(questionNumber);
      setStandings(record.mode, changed);
      while (settledOrder.length > maxQuestions && !known.has(settledOrder[0] ?? -1)) drop(settledOrder.shift() ?? -1);
    },
    async recordMode(questionNumber, mode) {
      const record = records.get(questionNumber);
      if (record !== undefined && record.settled === null) record.mode = mode;
    },
    async recordStandings(mode, changed) {
      setStandings(mode, changed);
    },
    async recordWeights(record) {
      weights.unshift(record);
      weightsSet += 1;
      if (weights.length > MAX_WEIGHTS) weights.pop();
    },
    async setValue(name, value) {
      if (value === null) values.delete(name);
      else values.set(name, value);
    },

    question: async (questionNumber) => records.get(questionNumber),
    latest: async (limit) => [...records.keys()].sort((a, b) => b - a).slice(0, limit),
    lastNumber: async () => lastNumber,
    async open() {
      const asked = [...records.values()].sort((a, b) => a.open.number - b.open.number);
      const [first, then] = [[...known.keys()], asked.filter(({ open }) => !known.has(open.number))];
      const all = [...first.flatMap((number) => records.get(number) ?? []), ...then];
      return all.flatMap((record): OpenRecord[] =>
        record.settled === null ? [{ ...record, settled: null, known: known.get(record.open.number) ?? null }] : [],
      );
    },
    async *records(query = {}) {
      for (const number of chosen(query)) {
        const record = records.get(number);
        if (record !== undefined) yield record;
      }
    },
    async *truths() {
      for (const number of chosen({ order: "asked" })) {
        const record = records.get(number);
        if (record === undefined) continue;
        const truth: Truth | null | undefined = (record.settled ?? known.get(number))?.truth;
        yield { number, stratum: record.open.stratum, truth };
      }
    },
    prunedStrata: async () => [...strata.values()],
    standings: async (mode) => [...(standings.get(modeKey(mode))?.values() ?? [])],
    weights: async (limit) => weights.slice(0, limit),
    value: async (name) => values.get(name) ?? null,
    async info() {
      const all = [...records.values()];
      const modes = new Map<string, Kept[]>();
      for (const record of all) modes.set(modeKey(record.mode), [...(modes.get(modeKey(record.mode)) ?? []), record]);
      const settled = all.filter(({ settled: end }) => end !== null && end.truth !== null).length;
      const open = all.filter(({ settled: end }) => end === null).length;
      const times = all.map(({ askedAtMs }) => askedAtMs);
      return {
        questions: all.length,
        open,
        settled,
        void: all.length - open - settled,
        answers: all.reduce((sum, { replies }) => sum + replies.size, 0),
        hotkeys: new Set(all.flatMap(({ asked }) => asked)).size,
        pruned,
        firstAskedAtMs: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
        lastAskedAtMs: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
        weightsSet,
        modes: [...modes.values()].flatMap(([first, ...rest]) =>
          first === undefined ? [] : [{ ...first.mode, questions: rest.length + 1 }],
        ),
      };
    },

    async prune({ beforeMs, keep = KEPT_QUESTIONS }) {
      const scored = settledOrder.filter((number) => !known.has(number));
      const oldest = scored.slice(0, Math.max(0, scored.length - keep));
      const gone = new Set(oldest.filter((number) => (records.get(number)?.askedAtMs ?? 0) < beforeMs));
      for (const number of gone) drop(number);
      settledOrder.splice(0, settledOrder.length, ...settledOrder.filter((number) => !gone.has(number)));
      return gone.size;
    },
    async forget(conversationId) {
      if (conversationId === "") return 0;
      const about = [...records.values()].filter(({ open }) => open.conversationId === conversationId);
      for (const record of about) {
        const question = { ...record.open.question, features: NO_FEATURES };
        record.open = { ...record.open, conversationId: "", question };
        const { toldBy: _forgotten, ...rest } = record.settled ?? { toldBy: undefined };
        if ("scores" in rest) record.settled = rest;
      }
      return about.length;
    },
  };
}
