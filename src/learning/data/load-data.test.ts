import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { FEATURE_NAMES, type Message, type Transcript } from "../../schema.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { fit as fitModel } from "../models/fit.ts";
import { INPUTS, toDataset } from "./dataset.ts";
import { loadData, readDataset } from "./load-data.ts";
import { syntheticDataset } from "./synthetic.ts";

const random = createRandom("transcripts");
/**
 * Chats whose first messages say nothing. Winners stop at the deal and losers run on, so anything taken after the landmark would
 * give the outcome away.
 */
const transcripts = Array.from({ length: 300 }, (_, i): Transcript => {
  const converted = i % 2 === 0;
  const count = converted ? 10 : 30;
  let atSeconds = 0;
  const messages = Array.from({ length: count }, (__, m): Message => {
    const text = "word ".repeat(1 + random.integer(8)) + (random.next() < 0.3 ? "?" : "");
    const message: Message = { role: m % 2 === 0 ? "user" : "agent", text, atSeconds };
    atSeconds += 1 + random.integer(20);
    return message;
  });
  const outcome = { converted, atSeconds: converted ? atSeconds : null, afterMessages: null };
  return { id: `t${i}`, source: "test", startedAt: null, messages, outcome };
});

describe("loadData", () => {
  it("splits a dataset into the guide's four parts", async () => {
    const { XTrain, XTest, yTrain, yTest, warnings } = await loadData(syntheticDataset({ rows: 500 }));
    expect([XTrain.rows, XTest.rows, XTrain.columns]).toEqual([400, 100, 40]);
    expect([yTrain.converted.length, yTest.timeSeconds.length]).toEqual([400, 100]);
    expect(warnings).toEqual([]);
  });

  it("reads transcripts at landmarks through the reader it is given", async () => {
    const { XTrain, XTest } = await loadData("chats.jsonl", { transcripts: () => transcripts });
    expect(XTrain.rows + XTest.rows).toBe(600);
    await expect(loadData("chats.jsonl")).rejects.toThrow(/transcripts must be given/);
    await expect(loadData("chats.xlsx")).rejects.toThrow(/must end in .csv, .parquet or .jsonl/);
  });

  it("names a few of the columns that it ignores, and says when no row tells its conversation", async () => {
    const folder = await mkdtemp(join(tmpdir(), "load-data-"));
    const { X, y } = syntheticDataset({ rows: 2, missingShare: 0 });
    const more = ["a", "b", "c", "d", "e".repeat(99), "f", "g"];
    const header = [...FEATURE_NAMES, "conversion_happened", "time_to_conversion_seconds", ...more];
    const line = (row: number) => [
      ...X.subarray(row * INPUTS, (row + 1) * INPUTS),
      y[row],
      y[row] === 1 ? 9 : -1,
      ...more,
    ];
    const path = join(folder, "rows.csv");
    try {
      await writeFile(path, [header, line(0), line(1)].map((cells) => cells.join(",")).join("\n"));
      expect((await readDataset(path)).warnings).toEqual([
        `Columns that are not features were ignored: a, b, c, d, ${"e".repeat(40)}... and 2 more.`,
        "No session_id: each row counts as a conversation of its own: rows of one chat may fall on both sides of a split.",
      ]);
      expect((await readDataset(path, { labels: false })).warnings).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("leaks nothing of what comes after the landmark: a model on chats without signal stays at chance", async () => {
    const { XTrain, XTest, yTrain, yTest, warnings } = await loadData("chats.jsonl", {
      transcripts: () => transcripts,
      testShare: 0.5,
    });
    expect(warnings.map((warning) => warning.replace(/:.*/, ""))).toEqual([
      "Columns that never change tell nothing",
      "Columns that are blank in every row",
    ]);
    const { model } = await fitModel(toDataset(XTrain, yTrain), { epochs: 5 });
    const { auc, brier, baseRateBrier } = evaluate(model, toDataset(XTest, yTest));
    expect(Math.abs((auc ?? 1) - 0.5)).toBeLessThan(0.1);
    expect(brier ?? 1).toBeLessThan((baseRateBrier ?? 0) + 0.01);
  });

  it("warns of a column that tells the outcome by itself, and of few conversions", async () => {
    const { X, y, ...rest } = syntheticDataset({ rows: 200, missingShare: 0 });
    const leaking = X.map((value, i) => (i % INPUTS === 0 ? y[Math.floor(i / INPUTS)] * 100 : value));
    const { warnings } = await loadData({ ...rest, X: leaking, y });
    expect(warnings).toEqual([
      "conversation_duration_seconds alone separates the classes (AUC 1.000): check that it was taken before the outcome.",
    ]);
    const few = await loadData(syntheticDataset({ rows: 60 }));
    expect(few.warnings[0]).toMatch(/^Only \d+ of 60 rows converted/);
  });
});
