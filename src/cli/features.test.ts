import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { createRandom } from "../core/index.ts";
import { landmarkRows } from "../features/index.ts";
import { datasetFromRows, readDataset } from "../learning/index.ts";
import type { Landmark, Transcript } from "../schema.ts";
import { createSimulator, transcriptToJson } from "../sources/index.ts";

let folder = "";
let chats = "";
let transcripts: Transcript[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "features-"));
  transcripts = [...createSimulator({}, { random: createRandom("features test") }).transcripts(60)];
  // An id that needs quotes, and a conversation that converts at an unknown moment.
  transcripts = transcripts.map((one, i): Transcript => {
    const outcome = { converted: true, atSeconds: null, afterMessages: one.messages.length };
    return i === 0 ? { ...one, id: 'a,"b"', outcome } : one;
  });
  chats = join(folder, "chats.jsonl");
  await writeFile(chats, transcripts.map((one) => `${JSON.stringify(transcriptToJson(one))}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { heard, run: runCommand } = commandLine();
const run = (...args: string[]) => runCommand("features", ...args);
/** The rows that a validator would have asked about. */
function asked(landmarks: readonly Landmark[], options: { timeZone?: string; horizonSeconds?: number } = {}) {
  const rows = transcripts.flatMap((one) => landmarkRows(one, { landmarks, horizonSeconds: 1_800, ...options }));
  const { landmarks: _, ...dataset } = datasetFromRows(rows);
  return dataset;
}

describe("conversion-subnet features", () => {
  it("writes the validator's own numbers", async () => {
    const out = join(folder, "rows.csv");
    await run(chats, "--out", out, "--json");
    const expected = asked([{ messages: 4 }, { messages: 8 }]);
    expect((await readDataset(out)).dataset).toEqual(expected);
    const converted = expected.y.reduce((sum, label) => sum + label, 0);
    expect(JSON.parse(heard.stdout)).toEqual({
      file: out,
      conversations: 60,
      rows: expected.rows,
      converted,
      badLines: 0,
    });
    expect(expected.timeSeconds[0]).toBeNaN();
    expect((await readdir(folder)).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("cuts where, how far and in which time zone it is told", async () => {
    const out = join(folder, "cut.csv");
    const [timeZone, horizonSeconds] = ["Asia/Kolkata", 120];
    await run(
      chats,
      "--out",
      out,
      "--landmark-seconds",
      "30,60.5",
      "--time-zone",
      timeZone,
      "--horizon-seconds",
      "120",
    );
    const expected = asked([{ seconds: 30 }, { seconds: 60.5 }], { timeZone, horizonSeconds });
    expect((await readDataset(out)).dataset).toEqual(expected);
    expect(heard.stdout).toContain(`${expected.rows} rows of 60 conversations`);
  });

  it("leaves bad lines out when told to, and otherwise writes nothing", async () => {
    const bad = join(folder, "bad.jsonl");
    const out = join(folder, "partly.csv");
    await writeFile(bad, `${await readFile(chats, "utf8")}{"id": 1}\n`);
    await expect(run(bad, "--out", out)).rejects.toMatchObject({ code: "BAD_TRANSCRIPT", line: 61, field: "id" });
    expect(await readdir(folder)).not.toContain("partly.csv");
    await run(bad, "--out", out, "--skip-bad-lines");
    expect(heard.stdout).toContain("; 1 bad line left out");
    expect(heard.stderr).toContain("Line 61 was left out: id");
  });

  it("makes the folder, and says why there is no row", async () => {
    const out = join(folder, "new", "er", "none.csv");
    await run(chats, "--out", out, "--landmarks", "9999");
    expect((await readDataset(out)).dataset.rows).toBe(0);
    expect(heard.stderr).toContain("No row was written: no conversation is as long as the first landmark.");
  });

  it.each([
    ["another ending", ["--out", "rows.xlsx"], "neither in .csv nor in .parquet"],
    ["an unknown time zone", ["--out", "rows.csv", "--time-zone", "Mars/Olympus"], "timeZone is not a known time zone"],
  ])("refuses %s before it reads", async (_, args, text) => {
    await expect(run("nowhere.jsonl", ...args)).rejects.toThrow(text);
  });

  it("takes counts of messages or seconds, not both", async () => {
    const both = run(chats, "--out", "x.csv", "--landmarks", "4", "--landmark-seconds", "60");
    await expect(both).rejects.toMatchObject({ code: "commander.conflictingOption" });
  });
});
