import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readTranscripts } from "../sources/index.ts";
import { createProgram } from "./program.ts";

let folder = "";
const dialogue = (id: number, task: string, agent = "User") => ({
  DialogueID: id,
  Scenario: { MultiTask: false, WizardCapabilities: [{ Task: task }] },
  Events: [
    { Agent: agent, Action: "utter", Text: "A ride, please", UnixTime: 1_600_000_000 },
    { Agent: "Wizard", Action: "query", UnixTime: 1_600_000_009 },
    { Agent: "KnowledgeBase", Action: "return_item", Item: { Message: "Ride booked." } },
  ],
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-"));
  await mkdir(join(folder, "dialogues"));
  const files = [dialogue(1, "ride_book"), dialogue(2, "weather"), dialogue(3, "ride_book", "Robot")];
  for (const file of files) await writeFile(join(folder, "dialogues", `${file.DialogueID}.json`), JSON.stringify(file));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let stdout = "";
let stderr = "";
beforeEach(() => {
  [stdout, stderr] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());
const run = (...args: string[]) =>
  createProgram().parseAsync(["node", "conversion-subnet", "import-transcripts", ...args]);

describe("conversion-subnet import-transcripts", () => {
  it("refuses what does not fit, and leaves no file", async () => {
    const out = join(folder, "refused.jsonl");
    await expect(run("star", folder, "--out", out)).rejects.toMatchObject({
      code: "FOREIGN_TRANSCRIPT",
      field: "Events.0.Agent",
    });
    await expect(readFile(out)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(run("star", folder, "--out", "star.csv")).rejects.toThrow("does not end in .jsonl");
    await expect(run("multiwoz", folder, "--out", out)).rejects.toThrow("must be one of star, redial, p4g");
  });

  it("goes on without it when told to, writes what readTranscripts reads, and counts", async () => {
    const out = join(folder, "star.jsonl");
    await run("star", folder, "--out", out, "--skip-bad", "--json");
    const leftOut = { "a task with no outcome": 1 };
    expect(JSON.parse(stdout)).toEqual({ file: out, conversations: 1, converted: 1, bad: 1, leftOut });
    expect(stderr).toContain("3.json was left out: Events.0.Agent");
    const ids: string[] = [];
    for await (const { id, outcome } of readTranscripts(out)) ids.push(`${id} ${outcome.atSeconds}`);
    expect(ids).toEqual(["star-00001 9"]);
    stdout = "";
    await run("star", folder, "--out", out, "--skip-bad");
    expect(stdout.replace(out, "star.jsonl")).toMatchInlineSnapshot(`
      "star.jsonl: 1 conversations, 1 converted
        left out: 1 (a task with no outcome)
        left out: 1 (not in the collection's form)
      "
    `);
  });
});
