import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODE, newQuestion, REPLIES, SETTLED, testHistoryStore } from "../../../test/support/history-store.ts";
import { openStore, type Store } from "../../store/index.ts";
import { HISTORY_SCHEMA } from "./schema.ts";
import { createSqliteHistory } from "./sqlite.ts";

const open = (path: string) => openStore(path, { schemas: [HISTORY_SCHEMA] });

testHistoryStore("in SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "history-"));
  const path = join(folder, "history.db");
  let store: Store = await open(path);
  return {
    history: createSqliteHistory(store),
    async reopen() {
      await store.close();
      store = await open(path);
      return createSqliteHistory(store);
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe("a history in SQLite", () => {
  it("takes one transaction for a question, one for its round, one for its scores", async () => {
    const store = await open(":memory:");
    const history = createSqliteHistory(store);
    await history.recordQuestion(newQuestion(1));
    const before = store.counts.commits;
    await history.recordQuestion(newQuestion(2));
    await history.recordReplies(2, REPLIES);
    const standing = { hotkey: "hk-a", asked: 1, answered: 1, weighted: 0, total: 0, prediction: 0 };
    await history.recordSettled(2, SETTLED, [standing]);
    expect(store.counts.commits - before).toBe(3);
    await store.close();
  });

  it("refuses a score that is no number, and keeps nothing of that settlement", async () => {
    const store = await open(":memory:");
    const history = createSqliteHistory(store);
    await history.recordQuestion(newQuestion(1));
    const score = SETTLED.scores.get("hk-a");
    if (score === undefined) throw new Error("There is such a score.");
    const scores = new Map([...SETTLED.scores, ["hk-a", { ...score, total: Number.NaN }]] as const);
    await expect(history.recordSettled(1, { ...SETTLED, scores }, [])).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect((await history.question(1))?.settled).toBeNull();
    expect(await history.records()[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    await store.close();
  });

  it("keeps counts by day, stratum and hotkey of what is pruned", async () => {
    const store = await open(":memory:");
    const history = createSqliteHistory(store);
    for (const number of [1, 2, 3]) {
      await history.recordQuestion(newQuestion(number));
      await history.recordReplies(number, REPLIES);
      await history.recordSettled(number, SETTLED, []);
    }
    await history.prune({ beforeMs: newQuestion(3).askedAtMs, keep: 0 });
    expect(store.sql.all("SELECT * FROM history_days")).toEqual([
      { day: "2023-11-14", mode: 1, stratum: "shop, 4 messages", questions: 2, void: 0, converted: 2 },
    ]);
    expect(
      store.sql.all(
        "SELECT h.hotkey, d.asked, d.answered, d.total FROM history_hotkey_days d JOIN history_hotkeys h ON h.id = d.hotkey",
      ),
    ).toEqual([
      { hotkey: "hk-b", asked: 2, answered: 2, total: 1.4 },
      { hotkey: "hk-a", asked: 2, answered: 2, total: 0.2 },
      { hotkey: "hk-c", asked: 2, answered: 0, total: 0 },
    ]);
    expect(store.sql.get("SELECT count(*) AS n FROM history_scores")).toEqual({ n: 1 });
    await store.close();
  });

  it("brings a file with a row for each answer to cells, to the last bit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "history-"));
    const path = join(folder, "history.db");
    const before = { ...HISTORY_SCHEMA, migrations: HISTORY_SCHEMA.migrations.slice(0, 2) };
    let store = await openStore(path, { schemas: [before] });
    const history = createSqliteHistory(store);
    for (const number of [1, 2]) await history.recordQuestion(newQuestion(number));
    const { total, prediction, best, components } = SETTLED.scores.get("hk-b") ?? { components: {} };
    store.transaction((sql) => {
      const answer = "INSERT INTO history_answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
      const yes = [1, null, 0.1 + 0.2, 1, 62.5, 0.7, 61] as const;
      sql.run(answer, 1, 0, 1, ...yes, total ?? 0, prediction ?? 0, best ?? 0, null, 0.3, JSON.stringify(components));
      sql.run(
        answer,
        1,
        1,
        2,
        1,
        null,
        0.5,
        0,
        -1,
        null,
        null,
        ...[0.1, 0.1 / 3, 0, null, 0.3],
        '{"classification":0.1}',
      );
      sql.run(answer, 1, 2, 3, 0, null, null, null, null, null, null, 0, 0, 0, "timeout", null, "{}");
      sql.run(
        "UPDATE history_questions SET scored = 1, settled_order = 1, settled_at_seconds = 1, converted = 0, reason = 'closed' WHERE number = 1",
      );
      sql.run("INSERT INTO history_rounds VALUES (2, ?)", '[[2,0.25,[1,60,0.5,null]],[3,null,"busy"]]');
    });
    await store.close();
    store = await open(path);
    const now = createSqliteHistory(store);
    const [one, two] = [await now.question(1), await now.question(2)];
    expect(one?.replies.get("hk-b")).toEqual(REPLIES.get("hk-b"));
    expect(one?.replies.get("hk-a")).toEqual(REPLIES.get("hk-a"));
    expect(one?.replies.has("hk-c")).toBe(false);
    expect(one?.settled?.scores.get("hk-b")).toEqual(SETTLED.scores.get("hk-b"));
    expect(one?.settled?.scores.get("hk-a")?.components).toEqual({ classification: 0.1 });
    expect(one?.settled?.scores.get("hk-c")).toMatchObject({ total: 0, invalid: "timeout", components: {} });
    const answer = {
      conversionHappened: 1,
      timeToConversionSeconds: 60,
      confidence: 0.5,
      timeIfConvertedSeconds: null,
    };
    expect(two?.replies).toEqual(
      new Map<string, unknown>([
        ["hk-a", { ok: true, latencySeconds: 0.25, answer }],
        ["hk-c", { ok: false, reason: "busy", latencySeconds: null }],
      ]),
    );
    expect(await now.info()).toMatchObject({ answers: 4, settled: 1, open: 1 });
    expect(store.sql.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'history_answers'")).toEqual({ n: 0 });
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it("says what is damaged", async () => {
    const store = await open(":memory:");
    const history = createSqliteHistory(store);
    await history.recordQuestion(newQuestion(1));
    store.transaction((sql) => sql.run("UPDATE history_questions SET features = '[1,2]'"));
    await expect(history.question(1)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect(await history.standings(MODE)).toEqual([]);
    await history.recordQuestion(newQuestion(2));
    await history.recordReplies(2, REPLIES);
    await history.recordSettled(2, SETTLED, []);
    store.transaction((sql) => sql.run("UPDATE history_replies SET numbers = substr(numbers, 2)"));
    await expect(history.question(2)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    store.transaction((sql) => sql.run("UPDATE history_replies SET numbers = x''"));
    store.transaction((sql) => sql.run("UPDATE history_scores SET words = '[[0]]'"));
    await expect(history.question(2)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await store.close();
  });
});
