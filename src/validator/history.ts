import type { Truth } from "../schema.ts";
import type { Frozen, Reply, Score } from "../scoring/index.ts";
import type { OpenQuestion } from "./desk.ts";

/** Everything about one question; `explain` needs nothing else. */
export interface QuestionRecord {
  readonly open: OpenQuestion;
  readonly frozen: Frozen;
  /** Scoring mode that judges it: name, version, constants. */
  readonly mode: {
    readonly name: string;
    readonly version: number;
    readonly constants: Readonly<Record<string, number>>;
  };
  /** Hotkeys asked, in order. */
  readonly asked: readonly string[];
  readonly askedAtMs: number;
  readonly replies: ReadonlyMap<string, Reply>;
  readonly settled: {
    readonly truth: Truth | null;
    readonly reason: string;
    readonly atSeconds: number;
    readonly scores: ReadonlyMap<string, Score>;
  } | null;
}

/**
 * Port: where questions, answers and scores are kept. A question is recorded before it is sent, each answer as it comes,
 * scores when the truth is known. Each promise settles when the record is safe.
 */
export interface HistoryStore {
  recordQuestion(question: Omit<QuestionRecord, "replies" | "settled">): Promise<void>;
  recordReply(questionNumber: number, hotkey: string, reply: Reply): Promise<void>;
  recordSettled(questionNumber: number, settled: NonNullable<QuestionRecord["settled"]>): Promise<void>;
  question(questionNumber: number): Promise<QuestionRecord | undefined>;
  /** Numbers of the latest questions, newest first. */
  latest(limit: number): Promise<number[]>;
}

/**
 * A history in memory, bounded: the oldest settled questions are forgotten first.
 *
 * @example
 * await createMemoryHistory({ maxQuestions: 10 }).latest(5); // []
 */
export function createMemoryHistory({ maxQuestions = 10_000 }: { maxQuestions?: number } = {}): HistoryStore {
  const records = new Map<
    number,
    { -readonly [K in keyof QuestionRecord]: QuestionRecord[K] } & { replies: Map<string, Reply> }
  >();
  const settledOrder: number[] = [];
  return {
    async recordQuestion(question) {
      records.set(question.open.number, { ...question, replies: new Map(), settled: null });
    },
    async recordReply(questionNumber, hotkey, reply) {
      records.get(questionNumber)?.replies.set(hotkey, reply);
    },
    async recordSettled(questionNumber, settled) {
      const record = records.get(questionNumber);
      if (record === undefined) return;
      record.settled = settled;
      settledOrder.push(questionNumber);
      if (settledOrder.length > maxQuestions) records.delete(settledOrder.shift() ?? -1);
    },
    question: async (questionNumber) => records.get(questionNumber),
    latest: async (limit) => [...records.keys()].sort((a, b) => b - a).slice(0, limit),
  };
}
