import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { MODE, newQuestion, REPLIES, SETTLED } from "../../test/support/history-store.ts";
import { openStore, type Schema, type Store } from "../store/index.ts";
import { createSqliteHistory, DEFAULT_RETENTION, HISTORY_SCHEMA } from "../validator/index.ts";
import { KEPT_DAYS, KEPT_TEXT_DAYS } from "./history-flags.ts";

/** What another room keeps in the same file: these commands know it from the file alone. */
const CHATS: Schema = {
  name: "chats",
  migrations: [
    { version: 1, why: "chats", sql: "CREATE TABLE chats (said TEXT NOT NULL, who TEXT, at INTEGER NOT NULL) STRICT" },
  ],
  tables: [{ table: "chats", kind: "text", timeColumn: "at", conversationColumn: "who" }],
};
const { run, heard } = commandLine();
let folder: string;
let path: string;
let owner: Store;
const printed = () => JSON.parse(heard.stdout);
const command = (...args: string[]) => run("history", ...args, "--history", path);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  path = join(folder, "history.db");
  // A validator runs meanwhile.
  owner = await openStore(path, { schemas: [HISTORY_SCHEMA, CHATS] });
  const history = createSqliteHistory(owner);
  for (const number of [1, 2, 3]) {
    await history.recordQuestion(newQuestion(number, { conversationId: number === 2 ? 'a,"b' : `c${number}` }));
    await history.recordReplies(number, REPLIES);
    if (number < 3) await history.recordSettled(number, SETTLED, []);
  }
  owner.transaction((sql) => {
    for (let i = 0; i < 9; i++)
      sql.run("INSERT INTO chats VALUES (?, ?, ?)", `words ${i}`, `c${i % 3}`, Date.now() - i * 1e9);
  });
});
afterEach(async () => {
  await owner.close();
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

describe("history", () => {
  it("keeps as long as the validator room says, unless it is told", () => {
    expect([KEPT_DAYS, KEPT_TEXT_DAYS]).toEqual([DEFAULT_RETENTION.days, DEFAULT_RETENTION.textDays]);
  });

  it("info says how much there is, and whether it is sound", async () => {
    await command("info", "--check", "--json");
    expect(printed()).toMatchObject({
      ...{ path, questions: 3, settled: 2, open: 1, answers: 9, hotkeys: 3, problems: [] },
      modes: [{ ...MODE, questions: 3 }],
      tables: expect.arrayContaining([
        { table: "chats", kind: "text", rows: 9 },
        { table: "history_weights", kind: "detail", rows: 0 },
      ]),
    });
    await command("info");
    expect(heard.stdout.replace(/.*file .*\n/, "")).toMatchInlineSnapshot(`
      "questions  3: 2 settled, 0 void, 1 open; 0 more pruned
      asked      2023-11-14T22:13:20.001Z to 2023-11-14T22:13:20.003Z
      answers    9 of 3 hotkeys
      weights    set 0 times
      mode       seed-v1, version 1: 3 questions
      table      chats (text): 9 rows
      table      history_weights (detail): 0 rows
      "
    `);
  });

  it("names a file that is not there, and what makes it", async () => {
    await expect(run("history", "info", "--history", join(folder, "none.db"))).rejects.toThrow(
      "There is no history at",
    );
    await expect(
      run(
        "history",
        "info",
        "--logging.logging_dir",
        folder,
        "--wallet.name",
        "w",
        "--wallet.hotkey",
        "h",
        "--netuid",
        "7",
      ),
    ).rejects.toThrow(join(folder, "w", "h", "netuid7", "validator", "history.db"));
  });

  it("backup makes one whole copy and replaces nothing", async () => {
    const copy = join(folder, "copies", "one.db");
    await command("backup", copy, "--json");
    expect(printed()).toMatchObject({ file: copy });
    await run("history", "info", "--history", copy, "--check", "--json");
    expect(printed()).toMatchObject({ questions: 3, problems: [] });
    await expect(command("backup", copy)).rejects.toThrow("is there already");
  });

  it("export writes a row for each hotkey, or whole questions", async () => {
    const csv = join(folder, "answers.csv");
    await command("export", "--out", csv, "--json");
    expect(printed()).toEqual({ file: csv, rows: 9 });
    const lines = readFileSync(csv, "utf8").trim().split("\n");
    expect(lines.slice(0, 2)).toMatchInlineSnapshot(`
      [
        "question,asked_at_ms,conversation,stratum,base_rate,median_time_seconds,class_weight_0,class_weight_1,mode,mode_version,settled_at_seconds,converted,time_seconds,reason,told_by,hotkey,failure,latency_seconds,conversion_happened,time_to_conversion_seconds,confidence,time_if_converted_seconds,total,prediction,best,invalid,components",
        "1,1700000000001,c1,"shop, 4 messages",0.3333333333333333,60.1,0.4,0.6,seed-v1,1,70.5,1,62.25,converted,"shop, event e-17",hk-b,,0.30000000000000004,1,62.5,0.7,61,0.7,0.2333333333333333,0,,"{""classification"":0.09999999999999999,""regression"":0}"",
      ]
    `);
    expect(lines[4]).toContain(',"a,""b",');
    const jsonl = join(folder, "questions.jsonl");
    await command("export", "--out", jsonl, "--from", new Date(newQuestion(2).askedAtMs).toISOString());
    const questions = readFileSync(jsonl, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(questions.map(({ open }) => open.number)).toEqual([2, 3]);
    expect(questions[0].settled.scores["hk-b"]).toEqual(SETTLED.scores.get("hk-b"));
    await expect(command("export", "--out", "x.xlsx")).rejects.toThrow("ends in none of");
  });

  it("export writes Parquet where DuckDB is", async ({ skip }) => {
    const duckdb = await import("@duckdb/node-api" as string).catch(() => null);
    if (duckdb === null) return skip("@duckdb/node-api is not installed");
    const out = join(folder, "answers.parquet");
    await command("export", "--out", out);
    const connection = await (await duckdb.DuckDBInstance.create(":memory:")).connect();
    const read = await connection.runAndReadAll(
      `SELECT question, hotkey, confidence, total, conversation FROM read_parquet('${out}') ORDER BY question, hotkey LIMIT 2`,
    );
    expect(read.getRowsJson()).toEqual([
      ["1", "hk-a", null, 0.1, "c1"],
      ["1", "hk-b", 0.7, 0.7, "c1"],
    ]);
    connection.closeSync();
  });

  it("forget takes a conversation out of every part of the file", async () => {
    await command("forget", "c1", "--json");
    expect(printed()).toEqual({ conversation: "c1", rows: { chats: 3, questions: 1 }, tidy: true });
    const bytes = ["", "-wal"]
      .map((end) => (existsSync(path + end) ? readFileSync(path + end, "latin1") : ""))
      .join("");
    expect([bytes.includes("words 1c1"), bytes.includes("words 2c2")]).toEqual([false, true]);
    await command("forget", "c1");
    expect(heard.stdout).toBe("Nothing is known of c1.\n");
  });

  it("prune lets go of old texts before old scores", async () => {
    await command("prune", "--text-days", "40", "--json");
    expect(printed()).toEqual({ rows: { chats: 5, history_weights: 0, questions: 0 } });
    await command("prune", "--keep", "0");
    expect(heard.stdout).toBe("Pruned: 1 of chats, 0 of history_weights, 2 of questions\n");
    await command("info", "--json");
    expect(printed()).toMatchObject({ questions: 1, open: 1, pruned: 2 });
  });
});
