/** Histories in PostgreSQL that are closed with their test, and what is played in them. */
import { randomUUID } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import { silentLogger } from "../../src/core/index.ts";
import { createPostgresHistory, type PostgresHistory, type PostgresHistoryOptions } from "../../src/postgres/index.ts";
import type { QuestionRecord, StandingRecord } from "../../src/validator/index.ts";
import { MODE, newQuestion, REPLIES, SETTLED } from "./history-records.ts";

export const open = async (options: Partial<PostgresHistoryOptions> & { url: string }) => {
  const history = await createPostgresHistory({ validator: randomUUID(), ...options }, { logger: silentLogger });
  onTestFinished(() => history.close());
  return history;
};
export const standing = (asked: number): StandingRecord => ({ ...SUMS, hotkey: "hk-a", asked });
const SUMS = { answered: 1, weighted: 0.1, total: 0.2, prediction: 0.3 };
export const shares = new Map([["hk-a", 1]]);

/** A question from its asking to its scores, and weights. */
export async function play(history: PostgresHistory, number: number): Promise<void> {
  await history.recordQuestion(newQuestion(number));
  await history.recordReplies(number, REPLIES);
  await Promise.all([
    history.recordTruth(number, SETTLED),
    history.recordSettled(number, SETTLED, [standing(number)]),
    history.recordWeights({ setAtMs: number, block: number, shares }),
  ]);
}
/** What a history holds of questions that were played up to this one: all of it, once. */
export async function expectPlayed(history: PostgresHistory, last: number): Promise<void> {
  const records: QuestionRecord[] = [];
  for await (const record of history.records()) records.push(record);
  const wanted = Array.from({ length: last }, (_, i) => i + 1);
  expect(records.map(({ open: { number } }) => number)).toEqual(wanted);
  for (const record of records) expect(record).toMatchObject({ replies: REPLIES, settled: SETTLED });
  expect(await history.standings(MODE)).toEqual([standing(last)]);
  expect((await history.weights(last + 9)).map(({ block }) => block)).toEqual(wanted.reverse());
}
