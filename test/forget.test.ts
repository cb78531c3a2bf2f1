import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createManualClock } from "../src/core/index.ts";
import { INGEST_SCHEMA } from "../src/sources/index.ts";
import { openStore, type Store } from "../src/store/index.ts";
import { createSqliteHistory, forgetConversation, HISTORY_SCHEMA } from "../src/validator/index.ts";
import { newQuestion } from "./support/history-records.ts";
import { converted, START_MS, say, world } from "./support/live-world.ts";

const SCHEMAS = [HISTORY_SCHEMA, INGEST_SCHEMA];
let folder = "";
let path = "";
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "forget-"));
  path = join(folder, "history.db");
  store = await openStore(path, { schemas: SCHEMAS });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As `history forget` does it, beside a validator that runs. */
async function forget(id: string) {
  const beside = await openStore(path, { schemas: SCHEMAS, access: "share" });
  try {
    return await forgetConversation({ store: beside, history: createSqliteHistory(beside) }, id);
  } finally {
    await beside.close();
  }
}
const rowsOf = (id: string) =>
  ["ingest_events", "ingest_cuts"]
    .map((table) => store.sql.get(`SELECT count(*) AS n FROM ${table} WHERE conversation = ?`, id)?.n)
    .concat(store.sql.get("SELECT count(*) AS n FROM ingest_conversations WHERE id = ?", id)?.n);

it("a conversation that goes on after it was forgotten is acknowledged, and nothing of it is written down", async () => {
  const clock = createManualClock(START_MS);
  const first = await world({}, clock, store);
  const { live } = first;
  await live.accept("shop", [
    say("e1", 0, "my name is Zebulon"),
    say("e2", 5, "Hello", "agent"),
    say("e3", 8, "Zebulon?"),
  ]);
  await live.accept("shop", [say("o1", 0, "another", "user", "c2")]);
  await first.runUntil(20);
  expect(first.asked().map(({ id }) => id)).toEqual(["shop/c1"]);
  expect((await forget("shop/c1")).rows).toMatchObject({ ingest_events: 3, ingest_conversations: 1 });
  expect(rowsOf("shop/c1")).toEqual([0, 0, 0]);

  // It goes on, and no landmark of it is asked about: neither the fourth message nor the minute.
  const more = [say("e4", 22, "Zebulon again"), converted(70)];
  expect(await live.accept("shop", more)).toEqual([{ status: "accepted" }, { status: "accepted" }]);
  expect(await live.accept("shop", more)).toEqual([{ status: "accepted" }, { status: "accepted" }]);
  await live.accept("shop", [say("o2", 22, "another still", "agent", "c2")]);
  await first.runUntil(2_000);
  expect(rowsOf("shop/c1")).toEqual([0, 0, 0]);
  expect(first.asked().filter(({ id }) => id === "shop/c1")).toHaveLength(1);
  expect(first.settled()[0]).toEqual({
    ...{ truth: null, reason: "void: the conversation was forgotten", landmark: { messages: 2 } },
  });
  // The other one is none the worse.
  expect(first.asked().filter(({ id }) => id === "shop/c2").length).toBeGreaterThan(0);
  expect(live.status()).toMatchObject({ open: 0, heldChars: 0, forgotten: 4 });

  // And after a restart.
  first.controller.abort();
  const second = await world({}, clock, store);
  expect(await second.live.accept("shop", [say("e5", 1_990, "Zebulon")])).toEqual([{ status: "accepted" }]);
  expect(second.live.status()).toMatchObject({ open: 0, forgotten: 1 });
  expect(rowsOf("shop/c1")).toEqual([0, 0, 0]);

  store.tidy();
  const bytes = readFileSync(path, "latin1");
  for (const word of ["Zebulon", "shop/c1"]) expect(bytes).not.toContain(word);
  expect(store.sql.get("SELECT count(*) AS n, max(length(mark)) AS bytes FROM store_forgotten")).toEqual({
    n: 1,
    bytes: 16,
  });
});

it("a question that was on its way when its conversation was forgotten keeps nothing of it", async () => {
  const history = createSqliteHistory(store);
  const question = newQuestion(1);
  await history.recordQuestion(question);
  await forget(question.open.conversationId);
  await history.recordQuestion({
    ...newQuestion(2),
    open: { ...newQuestion(2).open, conversationId: question.open.conversationId },
  });
  expect(store.sql.all("SELECT number, conversation, features FROM history_questions")).toEqual([
    { number: 1, conversation: null, features: null },
    { number: 2, conversation: null, features: null },
  ]);
});

it("an id that nothing was known of is not marked: a conversation may still come by it", async () => {
  expect((await forget("shop/c3")).rows).toMatchObject({ ingest_events: 0, questions: 0 });
  expect(store.sql.get("SELECT count(*) AS n FROM store_forgotten")).toEqual({ n: 0 });
  const { live } = await world({}, createManualClock(START_MS), store);
  await live.accept("shop", [say("e1", 0, "Hello", "user", "c3")]);
  expect(rowsOf("shop/c3")[0]).toBe(1);
  // Nor is a mark taken back by a second look.
  await forget("shop/c3");
  await forget("shop/c3");
  expect(store.sql.get("SELECT count(*) AS n FROM store_forgotten")).toEqual({ n: 1 });
});
