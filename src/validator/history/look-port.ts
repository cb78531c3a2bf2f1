import { landmarkName } from "../../schema.ts";
import { type AnswerLook, answerLook, type HistoryLook, type QuestionLook } from "./look.ts";
import type { HistoryStore, QuestionRecord } from "./port.ts";

function questionOf(record: QuestionRecord): QuestionLook {
  const { open, settled, replies } = record;
  const scores = settled?.scores;
  const good = [...replies].flatMap(([hotkey, reply]) =>
    reply.ok && (scores?.get(hotkey)?.invalid ?? null) === null ? [reply.answer.confidence ?? 0.5] : [],
  );
  const totals = [...(scores?.values() ?? [])].map(({ total }) => total);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  const over = replies.size > 0 || totals.length > 0;
  return {
    number: open.number,
    askedAtMs: record.askedAtMs,
    askedAtSeconds: open.askedAtSeconds,
    stratum: open.stratum,
    baseRate: record.frozen.baseRate,
    asked: record.asked.length,
    answered: good.length,
    failed: over ? record.asked.length - good.length : 0,
    meanProbability: mean(good),
    state: settled === null ? "open" : settled.truth === null ? "void" : "settled",
    converted: settled?.truth?.converted ?? null,
    timeSeconds: settled?.truth?.timeSeconds ?? null,
    reason: settled?.reason ?? null,
    meanTotal: mean(totals),
  };
}

function answerOf({ open, askedAtMs, replies, settled }: QuestionRecord, hotkey: string): AnswerLook | null {
  const [reply, score] = [replies.get(hotkey), settled?.scores.get(hotkey)];
  if (reply === undefined && score === undefined) return null;
  const truth = settled?.truth ?? null;
  const question = { number: open.number, askedAtMs, landmark: landmarkName(open.landmark) };
  const outcome = { converted: truth?.converted ?? null, timeSeconds: truth?.timeSeconds ?? null };
  return answerLook({ ...question, ...outcome }, reply, score);
}

/** Numbers that a look walks back over. */
const MAX_NUMBERS = 100_000;
const TURN = 16;

/**
 * A look at any history through its port: for one in memory. `createHistoryLook` reads a file with far less.
 *
 * @example
 * await lookThroughPort(createMemoryHistory()).questions({ before: 100, limit: 50 }); // []
 */
export function lookThroughPort(history: Pick<HistoryStore, "latest" | "question">): HistoryLook {
  async function* records(before: number, most: number): AsyncGenerator<QuestionRecord> {
    const numbers = (await history.latest(MAX_NUMBERS)).filter((number) => number < before).slice(0, most);
    for (const [i, number] of numbers.entries()) {
      const record = await history.question(number);
      if (record !== undefined) yield record;
      if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return {
    async questions({ before, limit }) {
      const found: QuestionLook[] = [];
      for await (const record of records(before, limit)) found.push(questionOf(record));
      return found;
    },
    async *answers({ hotkey, before, questions }) {
      for await (const record of records(before, questions)) {
        const answer = record.settled === null ? null : answerOf(record, hotkey);
        if (answer !== null) yield answer;
      }
    },
  };
}
