import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { newQuestion } from "../../test/support/history-store.ts";
import type { Truth } from "../schema.ts";
import { properV1, type Reply, type Score, type ScoringMode, seedV1 } from "../scoring/index.ts";
import { openStore } from "../store/index.ts";
import { createSqliteHistory, HISTORY_SCHEMA } from "../validator/index.ts";

let folder = "";
let history = "";
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse("2026-11-01");
const frozen = { classWeights: { 0: 0.6, 1: 0.4 }, baseRate: 0.4, medianTimeSeconds: 100 };
const says = (confidence: number): Reply => ({
  ok: true,
  answer: {
    conversionHappened: confidence >= 0.5 ? 1 : 0,
    timeToConversionSeconds: confidence >= 0.5 ? 80 : -1,
    confidence,
    timeIfConvertedSeconds: 80,
  },
  latencySeconds: 0.1 + 0.2,
});

/** A question a day, each with the truth that ann foretold and loud did not. */
async function fill(path: string, mode: ScoringMode, days: number): Promise<void> {
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA] });
  const kept = createSqliteHistory(store);
  const stored = { name: mode.name, version: mode.version, constants: mode.constants };
  for (let number = 1; number <= days; number++) {
    const converted = number % 3 === 0 ? 0 : 1;
    const truth: Truth = { converted, timeSeconds: converted === 1 ? 82 : null };
    const replies = new Map([
      ["ann", says(converted === 1 ? 0.8 : 0.1)],
      ["loud", says(1)],
    ]);
    const asked = [...replies.keys()];
    await kept.recordQuestion(
      newQuestion(number, { ...{ frozen, asked, mode: stored }, askedAtMs: FIRST_DAY + number * DAY_MS }),
    );
    await kept.recordReplies(number, replies);
    const scores = new Map<string, Score>();
    for (const [i, score] of mode.score({ frozen, replies: [...replies.values()] }, truth).entries())
      scores.set(asked[i] ?? "", score);
    await kept.recordSettled(number, { truth, reason: "converted", atSeconds: 90, scores }, []);
  }
  await store.close();
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "explain-"));
  history = join(folder, "history.db");
  await fill(history, seedV1(), 20);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = undefined;
});

const { heard, run } = commandLine();

describe("conversion-subnet explain", () => {
  it("prints the components, the truth, where it came from, and that the number comes out again", async () => {
    await run("explain", "4", "ann", "--history", history);
    expect(heard.stdout).toContain("Question 4 (shop, 4 messages), hotkey ann");
    expect(heard.stdout).toContain("converted after 82 s; from: converted");
    expect(heard.stdout).toContain("recomputed  the same, from the stored record");
  });

  it("gives the same as JSON", async () => {
    await run("explain", "4", "ann", "--history", history, "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({
      question: 4,
      hotkey: "ann",
      agrees: true,
      mode: { name: "seed-v1" },
    });
  });

  it("says what is not there", async () => {
    await expect(run("explain", "99", "ann", "--history", history)).rejects.toThrow(
      "The history holds no question 99.",
    );
    await expect(run("explain", "4", "eve", "--history", history)).rejects.toThrow("Question 4 was not asked of eve.");
    await expect(run("explain", "4", "ann", "--history", "absent.db")).rejects.toThrow(
      /There is no history at .*absent\.db/,
    );
  });
});

describe("conversion-subnet check-explanation", () => {
  it("tells whoever has the file alone who signed it and that its number holds", async () => {
    const wallet = ["--wallet.name", "validator", "--wallet.path", join(folder, "wallets")];
    await run("wallet", "create", ...wallet, "--no-password", "--json");
    await run("explain", "4", "ann", "--history", history, "--sign", ...wallet);
    const signed = JSON.parse(heard.stdout);
    const file = join(folder, "signed.json");
    await writeFile(file, JSON.stringify(signed));
    await run("check-explanation", file);
    expect(heard.stdout).toContain(`signed      by ${signed.validator}`);
    expect(heard.stdout).toContain("number      holds: made again from the explanation alone");
    expect(process.exitCode).toBeUndefined();
    await writeFile(file, JSON.stringify({ ...signed, explanation: { ...signed.explanation, hotkey: "eve" } }));
    await run("check-explanation", file, "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({ signed: false, holds: true });
    expect(process.exitCode).toBe(1);
    await expect(run("check-explanation", history)).rejects.toThrow("cannot be read as JSON");
  });
});

describe("conversion-subnet rescore", () => {
  const json = async (...args: string[]) => {
    await run("rescore", "--history", history, "--json", ...args);
    return JSON.parse(heard.stdout);
  };

  it("makes the stored scores again, and changes nothing", async () => {
    expect(await json()).toMatchObject({ settled: 20, compared: 40, differing: 0, mode: null });
  });

  it("scores a period in another mode", async () => {
    expect(await json("--scoring", "proper-v1", "--from", "2026-11-06", "--to", "2026-11-11")).toMatchObject({
      ...{ settled: 5, compared: 0, mode: { name: "proper-v1", version: properV1().version } },
      miners: [{ asked: 5 }, { asked: 5 }],
    });
  });

  it("prints a table of new averages", async () => {
    await run("rescore", "--history", history, "--scoring", "readme-v1");
    expect(heard.stdout).toMatch(
      /^20 settled, 0 void, scored in readme-v1, version 1\n# {2}hotkey {2}answered {3}score {5}pay {2}share\n1 {2}ann {8}20\/20/,
    );
  });

  it("takes modes of one's own from a file", async () => {
    const file = join(folder, "mine.mjs");
    await writeFile(
      file,
      `export const mine = { name: "mine", version: 1, constants: {}, average: { add: (s, { total }) => ({ ...s, asked: s.asked + 1, weighted: total }),
        value: (s) => s.weighted, pay: (s) => s.weighted },
        score: ({ replies }) => replies.map((r) => ({ total: 1, prediction: 1, components: {}, invalid: null, best: 1, latencySeconds: r.latencySeconds })) };`,
    );
    expect(await json("--scoring", "mine", "--scoring.module", file)).toMatchObject({
      mode: { name: "mine" },
      settled: 20,
    });
    await expect(run("rescore", "--history", history, "--scoring", "theirs")).rejects.toThrow(
      'There is no scoring mode "theirs".',
    );
    const empty = join(folder, "empty.mjs");
    await writeFile(empty, "export const nothing = 1;");
    await expect(run("rescore", "--history", history, "--scoring.module", empty)).rejects.toThrow(
      "exports no scoring mode",
    );
  });

  it("refuses what is no moment", async () => {
    await expect(run("rescore", "--history", history, "--from", "yesterday")).rejects.toThrow(
      "must be a day or a moment",
    );
  });
});
