import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRandom } from "../core/index.ts";
import { createInlineJobs } from "../jobs/index.ts";
import { type BadTranscriptError, createSimulator, readTranscripts, transcriptToJson } from "../sources/index.ts";
import { sharedFeatures } from "./features-shared.ts";
import { type ConvertedLine, convert } from "./features-task.ts";

const OPTIONS = { landmarks: [{ messages: 4 }, { messages: 8 }], horizonSeconds: 1_800, timeZone: "UTC" };
const signal = new AbortController().signal;

/** A file of so many conversations, with what is wrong between them. */
function fileOf(count: number, more: (line: string, i: number) => readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "features-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const simulator = createSimulator({}, { random: createRandom(7) });
  const lines = [...simulator.transcripts(count)].map((transcript) => JSON.stringify(transcriptToJson(transcript)));
  const path = join(folder, "chats.jsonl");
  writeFileSync(path, lines.flatMap((line, i) => [line, ...more(line, i)]).join("\n"));
  return path;
}

async function alone(path: string, skipBadLines: boolean) {
  const [made, bad]: [ConvertedLine[], string[]] = [[], []];
  const onBadLine = ({ message }: BadTranscriptError) => bad.push(message);
  for await (const one of readTranscripts(path, { skipBadLines, onBadLine })) made.push(convert(one, OPTIONS));
  return { made, bad };
}
async function shared(path: string, skipBadLines: boolean) {
  const [made, bad]: [ConvertedLine[], string[]] = [[], []];
  const onBadLine = ({ message }: BadTranscriptError) => bad.push(message);
  const how = { options: OPTIONS, skipBadLines, onBadLine, onBytes: () => undefined, signal };
  for await (const one of sharedFeatures(path, createInlineJobs(), how)) made.push(one);
  return { made, bad };
}

describe("features made in pieces", () => {
  it("are those that one reader makes, bad lines and repeated ids among them", async () => {
    // More than one piece.
    const path = fileOf(600, (line, i) => (i % 97 === 5 ? ["{", "", line, `"${"x".repeat(5 * 2 ** 20)}"`] : []));
    const [ours, theirs] = [await shared(path, true), await alone(path, true)];
    expect(theirs.made).toHaveLength(600);
    expect(theirs.bad.length).toBeGreaterThan(10);
    expect(ours).toEqual(theirs);
  });

  it("end at the same bad line with the same words", async () => {
    const path = fileOf(5, (line, i) => (i === 3 ? [line] : []));
    const words = await alone(path, false).catch((error: Error) => error.message);
    expect(words).toContain("was there before");
    await expect(shared(path, false)).rejects.toThrow(String(words));
  });

  it("are none of an empty file", async () => {
    expect(
      await shared(
        fileOf(0, () => []),
        true,
      ),
    ).toEqual({ made: [], bad: [] });
  });
});
