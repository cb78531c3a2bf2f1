import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { readTranscripts } from "../sources/index.ts";

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

const { heard, run: runCommand } = commandLine();
const run = (...args: string[]) => runCommand("import-transcripts", ...args);

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
    expect(JSON.parse(heard.stdout)).toEqual({ file: out, conversations: 1, converted: 1, bad: 1, leftOut });
    expect(heard.stderr).toContain("3.json was left out: Events.0.Agent");
    const ids: string[] = [];
    for await (const { id, outcome } of readTranscripts(out)) ids.push(`${id} ${outcome.atSeconds}`);
    expect(ids).toEqual(["star-00001 9"]);
    await run("star", folder, "--out", out, "--skip-bad");
    expect(heard.stdout.replace(out, "star.jsonl")).toMatchInlineSnapshot(`
      "star.jsonl: 1 conversations, 1 converted
        left out: 1 (a task with no outcome)
        left out: 1 (not in the collection's form)
      "
    `);
  });
});
