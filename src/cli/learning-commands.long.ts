import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { createRandom } from "../core/index.ts";
import { CALIBRATIONS, MODEL_KINDS, readModelFile } from "../learning/index.ts";
import { SCORING_MODES } from "../scoring/index.ts";
import { createSimulator, transcriptToJson } from "../sources/index.ts";
import { createProgram } from "./program.ts";

let folder = "";
let chats = "";
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "learning-commands-"));
  chats = at("chats.jsonl");
  const made = [...createSimulator({}, { random: createRandom("learning commands") }).transcripts(300)];
  // A day apart, so that there is an earlier and a later.
  const dated = made.map((one, i) => ({ ...one, startedAt: new Date(Date.UTC(2026, 0, 1) + i * 864e5).toISOString() }));
  await writeFile(chats, dated.map((one) => JSON.stringify(transcriptToJson(one))).join("\n"));
  await run("train", chats, "--out", at("model"), "--model-kind", "logistic", "--report", at("report.html"));
  trained = heard.stdout;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let trained = "";
const { heard, run } = commandLine();
const MODEL = () => at("model.safetensors");

describe("train", () => {
  it("writes the model and the page, and says how it compares with the base rate", async () => {
    expect((await readModelFile(MODEL())).classifier.kind).toBe("logistic");
    expect(trained).toMatch(/model\.safetensors: logistic 40 weights on \d+ rows/);
    expect(trained).toMatch(/rows held back, beside the base rate:\n.*model +95 % interval +baseline\n +log loss/);
    expect(await readFile(at("report.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("measures out of fold with --cv, and learns from all rows", async () => {
    await run("train", chats, "--out", at("cv"), "--model-kind", "logistic", "--cv", "2", "--json");
    const { model, report, test } = JSON.parse(heard.stdout);
    expect(model.rows).toBe(report.slices[0].rows);
    expect(test).toBeNull();
    await expect(run("train", chats, "--out", "x", "--cv", "2", "--test-share", "0.3")).rejects.toThrow();
  });

  it("promotes over a baseline, and writes nothing where it is not better", async () => {
    await run("train", chats, "--out", at("floor"), "--model-kind", "baseline");
    const judged = ["--model-kind", "logistic", "--test-share", "0.4", "--json"];
    await run("train", chats, "--out", at("better"), "--promote", at("floor.safetensors"), ...judged);
    expect(JSON.parse(heard.stdout)).toMatchObject({ file: at("better.safetensors"), promotion: { promote: true } });
    await run("train", chats, "--out", at("same"), "--promote", at("better.safetensors"), ...judged);
    expect(JSON.parse(heard.stdout)).toMatchObject({ file: null, promotion: { promote: false, difference: 0 } });
    await expect(stat(at("same.safetensors"))).rejects.toThrow("ENOENT");
  });

  it("says that an old model is flattered which has seen the rows that both are compared on", async () => {
    const out = ["--out", at("new"), "--promote", MODEL(), "--model-kind", "logistic"];
    await run("train", chats, ...out);
    expect(heard.stderr).toMatch(/About \d+ % of the conversations that .*model\.safetensors learned from are among/);
    expect(heard.stdout).toMatch(/on \d+ later conversations/);
  });

  it("refuses endings before it works", async () => {
    await expect(run("train", chats, "--out", "m.pt")).rejects.toThrow(/must end in .safetensors/);
    await expect(run("train", chats, "--out", "m", "--report", "r.pdf")).rejects.toThrow(/must end in .html/);
  });
});

describe("evaluate", () => {
  it("gives every figure per landmark beside the baseline", async () => {
    await run("evaluate", MODEL(), chats);
    expect(heard.stdout).toMatch(/All rows: \d+ rows of \d+ conversations/);
    expect(heard.stderr).toMatch(/About 100 % of the conversations that the model learned from are among these rows/);
    expect(heard.stdout).toContain("landmark 4 messages");
    expect(heard.stdout).toContain("reward, proper-v1");
    expect(heard.stdout).toMatch(/One answer: [\d.]+ us/);
  });

  it("prints one object with --json", async () => {
    await run("evaluate", MODEL(), chats, "--json", "--landmarks", "6");
    const report = JSON.parse(heard.stdout);
    expect(report.slices[0].figures.auc.baseline).toBe(0.5);
    expect(report.importance).toHaveLength(40);
  });
});

describe("backtest", () => {
  it("learns from earlier conversations only with --by time", async () => {
    await run("backtest", chats, "--by", "time", "--folds", "2", "--model-kind", "logistic", "--json");
    const { slices, folds, title } = JSON.parse(heard.stdout);
    expect(folds).toHaveLength(1);
    expect(Math.abs(slices[0].conversations - 150)).toBeLessThan(20);
    expect(title).toBe("Backtest of logistic: 1 rounds by time");
  });

  it("compares every kind as a table for documents", async () => {
    await run("backtest", chats, "--compare", "--folds", "2", "--epochs", "1");
    const lines = heard.stdout.trim().split("\n");
    expect(lines[0]).toBe("| model | log loss | Brier score | AUC | time, mean error (s) |");
    expect(lines.slice(2).map((line) => line.split(" ")[1])).toEqual([
      "baseline",
      "logistic",
      "network",
      "trees",
      "ensemble",
    ]);
  });
});

describe("predict", () => {
  it("answers every row as CSV: a class, a time with a yes only, an interval around the time", async () => {
    await run("predict", MODEL(), chats);
    const [header, ...lines] = heard.stdout.trim().split("\n");
    expect(header).toMatch(/^session_id,landmark,conversion_happened,.*time_high_seconds$/);
    for (const line of lines) {
      const [, landmark, happened, time, confidence, tc, low, high] = line.split(",");
      expect(landmark).toMatch(/^[48] messages$/);
      expect([happened, Number(time) > 0]).toEqual(Number(confidence) >= 0.5 ? ["1", true] : ["0", false]);
      expect(Number(low) <= Number(tc) && Number(tc) <= Number(high)).toBe(true);
    }
    await run("predict", MODEL(), chats, "--json");
    expect(JSON.parse(heard.stdout).predictions).toHaveLength(lines.length);
  });
});

describe("inspect", () => {
  it("says what is in the file", async () => {
    await run("inspect", MODEL());
    expect(heard.stdout).toContain("logistic weights");
    expect(heard.stdout).toContain("classifier.weights  40");
    await run("inspect", MODEL(), "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({ file: MODEL(), model: { kind: "logistic" } });
    await expect(run("inspect", chats)).rejects.toThrow(/The model file is refused/);
  });
});

it("the choices of flags are those of the program", () => {
  const commands = createProgram().commands.filter((command) => ["train", "backtest"].includes(command.name()));
  for (const command of commands) {
    const choices = (flag: string) => command.options.find(({ long }) => long === flag)?.argChoices;
    expect(choices("--model-kind")).toEqual([...MODEL_KINDS]);
    expect(choices("--calibration")).toEqual([...CALIBRATIONS]);
    expect(choices("--scoring")).toEqual([...SCORING_MODES]);
  }
  expect(heard.stderr).toBe("");
});
