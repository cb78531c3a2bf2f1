import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Transcript } from "../schema.ts";
import { BadTranscriptError } from "./errors.ts";
import { type ReadTranscriptsOptions, readTranscripts } from "./read-transcripts.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "transcripts-"));
});
afterAll(() => rm(folder, { recursive: true }));

const line = (changes: object = {}) => ({
  id: "chat-1",
  source: "ours",
  started_at: "2024-05-06T09:30:00Z",
  messages: [
    { role: "agent", text: "May I have your e-mail?", at_seconds: 0 },
    { role: "user", text: "ann@example.com", at_seconds: 12 },
  ],
  outcome: { converted: 1, at_seconds: 40 },
  ...changes,
});

let files = 0;
async function fileOf(...lines: readonly (object | string | Uint8Array)[]): Promise<string> {
  const path = join(folder, `${files++}.jsonl`);
  const rows = lines.map((row) =>
    row instanceof Uint8Array ? row : Buffer.from(typeof row === "string" ? row : JSON.stringify(row)),
  );
  await writeFile(path, Buffer.concat(rows.flatMap((row) => [row, Buffer.from("\n")])));
  return path;
}

async function readAll(path: string, options: ReadTranscriptsOptions = {}) {
  const transcripts: Transcript[] = [];
  const reading = readTranscripts(path, options);
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { transcripts, counts: value };
    transcripts.push(value);
  }
}

async function refusal(...lines: readonly (object | string | Uint8Array)[]): Promise<BadTranscriptError> {
  const error: unknown = await readAll(await fileOf(...lines)).catch((thrown: unknown) => thrown);
  if (error instanceof BadTranscriptError) return error;
  throw new Error(`not refused: ${error}`);
}

test("names the field of a bad message deep in a line, and of a list that is too long", async () => {
  const good = { role: "user", text: "x" };
  const bad = { role: "user", text: "x", entities: [{ type: "email", value: "a@b.c" }, { type: "" }] };
  expect((await refusal(line({ messages: [good, bad] }))).field).toBe("messages.1.entities.1.type");
  expect((await refusal(line({ messages: Array(10_001).fill(good) }))).field).toBe("messages");
});

test("reads conversations, with CRLF, blank lines and a byte order mark", async () => {
  const path = await fileOf(`\ufeff${JSON.stringify(line())}\r`, "", "  \t\r", line({ id: "chat-2" }));
  const { transcripts, counts } = await readAll(path);
  expect(counts).toEqual({ transcripts: 2, badLines: 0 });
  expect(transcripts[0]).toEqual({
    id: "chat-1",
    source: "ours",
    startedAt: "2024-05-06T09:30:00Z",
    messages: [
      { role: "agent", text: "May I have your e-mail?", atSeconds: 0 },
      { role: "user", text: "ann@example.com", atSeconds: 12 },
    ],
    outcome: { converted: true, atSeconds: 40, afterMessages: null },
  });
});

test("drops notes and unknown keys, and keeps messages_before_outcome out of everything but the outcome", async () => {
  const telling = { notes: { deal: "won" }, real_timestamps: true, score: 1, messages_before_outcome: 1 };
  const path = await fileOf(line({ ...telling, outcome: { converted: 1, at_seconds: null, reason: "won" } }));
  const [transcript] = (await readAll(path)).transcripts;
  expect(Object.keys(transcript ?? {})).toEqual(["id", "source", "startedAt", "messages", "outcome"]);
  expect(transcript?.outcome).toEqual({ converted: true, atSeconds: null, afterMessages: 1 });
});

test("a conversation that did not convert says nothing of when it ended", async () => {
  const path = await fileOf(line({ outcome: { converted: 0, at_seconds: -1 }, messages_before_outcome: 2 }));
  const [transcript] = (await readAll(path)).transcripts;
  expect(transcript?.outcome).toEqual({ converted: false, atSeconds: null, afterMessages: null });
});

test("keeps entities that come with a message, an empty list too", async () => {
  const entities = [
    { type: "email", value: "ann@example.com", confidence: 0.9 },
    { type: "name", value: "Ann" },
  ];
  const messages = [
    { role: "user", text: "ann", at_seconds: null, entities },
    { role: "user", text: "ann@example.com", at_seconds: null, entities: [] },
    { role: "user", text: "hm" },
  ];
  const [transcript] = (await readAll(await fileOf(line({ messages, started_at: null })))).transcripts;
  expect(transcript?.messages.map((message) => message.entities)).toEqual([entities, [], undefined]);
});

const agent = { role: "agent", text: "hi", at_seconds: 0 };
const bad: readonly [string, object | string | Uint8Array, string][] = [
  ["no JSON", '{"id": ', "(line)"],
  ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "(line)"],
  ["an array", "[]", "(whole value)"],
  ["no id", line({ id: undefined }), "id"],
  ["an empty id", line({ id: "" }), "id"],
  ["no messages", line({ messages: undefined }), "messages"],
  [
    "a word for a time",
    line({ messages: [agent, agent, agent, { ...agent, at_seconds: "9" }] }),
    "messages.3.at_seconds",
  ],
  ["a time before the start", line({ messages: [{ ...agent, at_seconds: -3 }] }), "messages.0.at_seconds"],
  ["a date for a time", line({ messages: [{ ...agent, at_seconds: 1.7e12 }] }), "messages.0.at_seconds"],
  ["an unknown role", line({ messages: [{ ...agent, role: "bot" }] }), "messages.0.role"],
  ["no text", line({ messages: [{ ...agent, text: null }] }), "messages.0.text"],
  [
    "confidence above 1",
    line({ messages: [{ ...agent, entities: [{ type: "a", value: "b", confidence: 2 }] }] }),
    "messages.0.entities.0.confidence",
  ],
  ["a start that is no date", line({ started_at: "yesterday" }), "started_at"],
  ["a day that does not exist", line({ started_at: "2024-02-30T10:00:00Z" }), "started_at"],
  ["no outcome", line({ outcome: undefined }), "outcome"],
  ["an outcome that is not 0 or 1", line({ outcome: { converted: 0.5, at_seconds: -1 } }), "outcome.converted"],
  ["an outcome without time", line({ outcome: { converted: 1 } }), "outcome.at_seconds"],
  ["not converted at a time", line({ outcome: { converted: 0, at_seconds: 7 } }), "outcome.at_seconds"],
  ["not converted at 0", line({ outcome: { converted: 0, at_seconds: 0 } }), "outcome.at_seconds"],
  ["converted at -1", line({ outcome: { converted: 1, at_seconds: -1 } }), "outcome.at_seconds"],
  ["converted at -2", line({ outcome: { converted: 1, at_seconds: -2 } }), "outcome.at_seconds"],
  ["an outcome after messages that are not there", line({ messages_before_outcome: 3 }), "messages_before_outcome"],
];
describe("a bad line", () => {
  test.each(bad)("%s is refused with file, line and field", async (_, row, field) => {
    const error = await refusal(line({ id: "good" }), "", row);
    expect([error.code, error.line, error.field]).toEqual(["BAD_TRANSCRIPT", 3, field]);
    expect(error.message).toContain(error.path);
  });

  test("a conversation that was there before is refused", async () => {
    const error = await refusal(line(), line({ id: "b" }), line());
    expect([error.line, error.field]).toEqual([3, "id"]);
  });

  test("a line that is too long is refused without being held", async () => {
    const path = await fileOf(line(), line({ id: "x".repeat(2_000) }), line({ id: "c" }));
    const { transcripts, counts } = await readAll(path, { maxLineBytes: 1_000, skipBadLines: true });
    expect(transcripts.map(({ id }) => id)).toEqual(["chat-1", "c"]);
    expect(counts.badLines).toBe(1);
  });

  test("skipBadLines goes on, tells of each and counts them", async () => {
    const path = await fileOf(line(), ...bad.map(([, row]) => row), line(), line({ id: "last" }));
    const told: string[] = [];
    const { transcripts, counts } = await readAll(path, {
      skipBadLines: true,
      onBadLine: (error) => told.push(`${error.line}: ${error.field}`),
    });
    expect(transcripts.map(({ id }) => id)).toEqual(["chat-1", "last"]);
    expect(counts).toEqual({ transcripts: 2, badLines: bad.length + 1 });
    expect(told).toEqual([...bad.map(([, , field], i) => `${i + 2}: ${field}`), `${bad.length + 2}: id`]);
  });
});

test("a missing file and a folder are refused by name", async () => {
  for (const path of [join(folder, "none.jsonl"), folder]) {
    await expect(readAll(path)).rejects.toMatchObject({ code: "TRANSCRIPTS_UNREADABLE", path });
  }
});

test("says how many bytes it has read", async () => {
  const path = await fileOf(line(), line({ id: "b" }));
  const told: number[] = [];
  await readAll(path, { onBytes: (bytes) => told.push(bytes) });
  expect(told).toEqual([(await stat(path)).size]);
});

test("stops with the signal's reason when aborted, before or between lines", async () => {
  const path = await fileOf(line(), line({ id: "b" }));
  const controller = new AbortController();
  const reading = readTranscripts(path, { signal: controller.signal });
  await reading.next();
  controller.abort(new Error("enough"));
  await expect(reading.next()).rejects.toThrow("enough");
  await expect(readAll(path, { signal: controller.signal })).rejects.toThrow("enough");
});

describe("public transcripts of real chats, where they are at hand", () => {
  const data = resolve(process.cwd(), "../shared/data");
  test.skipIf(!existsSync(data)).each([
    ["star", 1777],
    ["redial", 1566],
    ["p4g", 684],
  ])("every line of %s passes the door", async (name, count) => {
    const { transcripts } = await readAll(join(data, `${name}.train.jsonl`));
    expect(transcripts.length).toBe(count);
  });
});
