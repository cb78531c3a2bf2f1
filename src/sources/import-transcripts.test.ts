import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transcript } from "../schema.ts";
import { ForeignTranscriptError } from "./errors.ts";
import { type ImportOptions, importTranscripts } from "./import-transcripts.ts";
import { transcriptSchema } from "./transcript-door.ts";
import { transcriptToJson } from "./transcript-json.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "importers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let folders = 0;
/** A fresh folder that holds the files. */
async function clone(files: Readonly<Record<string, string | object>>): Promise<string> {
  const root = join(folder, String(folders++));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}
async function readAll(collection: string, path: string, options: ImportOptions = {}) {
  const transcripts: Transcript[] = [];
  const reading = importTranscripts(collection, path, options);
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { transcripts, counts: value };
    transcripts.push(value);
  }
}
async function refusal(collection: string, path: string) {
  const error: unknown = await readAll(collection, path).catch((thrown: unknown) => thrown);
  if (error instanceof ForeignTranscriptError) return error;
  throw new Error(`not refused: ${error}`);
}

const utter = (agent: string, text: string, time: number) => ({
  Action: "utter",
  Agent: agent,
  Text: text,
  UnixTime: 1_600_000_000 + time,
});
const ask = (time: number) => ({ Action: "query", Agent: "Wizard", UnixTime: 1_600_000_000 + time });
const answer = (Item: object) => ({ Action: "return_item", Agent: "KnowledgeBase", Item });
const star = (changes: object = {}) => ({
  DialogueID: 7,
  Scenario: { MultiTask: false, WizardCapabilities: [{ Task: "hotel_book" }] },
  Events: [
    { Action: "instruct", Agent: "UserGuide", Text: "Book a room.", UnixTime: 1_599_999_990 },
    utter("User", "A room,\n please ", 0),
    { ...utter("Wizard", "room", 4), Action: "request_suggestions" },
    { ...utter("Wizard", "Which day?", 5), Action: "pick_suggestion" },
    utter("User", "Today", 12),
    ask(20),
    answer({ Message: "Available" }),
    ask(30),
    answer({ ReservationStatus: "Reservation Confirmed" }),
    ask(40),
    answer({ ReservationStatus: "Reservation Confirmed" }),
    utter("Wizard", "Done!", 45),
    { Action: "complete", Agent: "User", UnixTime: 1_600_000_050 },
  ],
  ...changes,
});

describe("star", () => {
  it("takes what was said, and the moment of the request that was first answered with success", async () => {
    const path = await clone({ "dialogues/7.json": star() });
    const { transcripts, counts } = await readAll("star", path);
    expect(counts).toEqual({ transcripts: 1, bad: 0, leftOut: {} });
    expect(transcripts).toEqual([
      {
        id: "star-00007",
        source: "RasaHQ/STAR",
        startedAt: "2020-09-13T12:26:40Z",
        messages: [
          { role: "user", text: "A room, please", atSeconds: 0 },
          { role: "agent", text: "Which day?", atSeconds: 5 },
          { role: "user", text: "Today", atSeconds: 12 },
          { role: "agent", text: "Done!", atSeconds: 45 },
        ],
        outcome: { converted: true, atSeconds: 30, afterMessages: 3 },
      },
    ]);
    expect((await readAll("star", join(path, "dialogues", "7.json"))).transcripts).toEqual(transcripts);
  });

  it.each([
    ["hotel_service_request", { RequestStatus: "Request Confirmed" }, true],
    ["ride_book", { Message: "Ride booked." }, true],
    ["ride_change", { ChangeStatus: "Your trip has been successfully changed." }, true],
    ["bank_fraud_report", { Confirmation: "Fraud report submitted successfully." }, true],
    ["meeting_schedule", { Message: "Your meeting has been successfuly scheduled." }, true],
    ["party_rsvp", { Message: "Thank you for your RSVP. See you there." }, true],
    ["bank_balance", { BankBalance: 9086 }, true],
    ["bank_balance", { Message: "You must provide a PIN." }, false],
    ["bank_fraud_report", { BankBalance: 9086 }, false],
    ["ride_change", { ChangeStatus: "We are unable to change your trip." }, false],
    ["hotel_book", { Message: "Reservation Failed" }, false],
    ["doctor_schedule", { Message: "The time slot is available." }, false],
  ])("%s: %j converted %s", async (task, item, converted) => {
    const Scenario = { MultiTask: false, WizardCapabilities: [{ Task: task }] };
    const Events = [utter("User", "hi", 0), ask(9), answer(item)];
    const { transcripts } = await readAll("star", await clone({ "1.json": star({ Scenario, Events }) }));
    const expected = converted
      ? { converted, atSeconds: 9, afterMessages: 1 }
      : { converted, atSeconds: null, afterMessages: null };
    expect(transcripts[0]?.outcome).toEqual(expected);
  });

  it("leaves out dialogues without an outcome, and says how many for which reason", async () => {
    const task = (Task: string, MultiTask = false) => ({ Scenario: { MultiTask, WizardCapabilities: [{ Task }] } });
    const path = await clone({
      "1.json": star(task("weather")),
      "2.json": star(task("hotel_book", true)),
      "3.json": star({ Events: [] }),
      "10.json": star(),
    });
    expect((await readAll("star", path)).counts).toEqual({
      transcripts: 1,
      bad: 0,
      leftOut: { "a task with no outcome": 1, "several tasks at once": 1, "nobody spoke": 1 },
    });
  });

  it.each<[string, object | string, string]>([
    ["no JSON", "{", "(file)"],
    ["no id", star({ DialogueID: "7" }), "DialogueID"],
    ["no scenario", star({ Scenario: {} }), "Scenario.MultiTask"],
    ["an event without its kind", star({ Events: [{ Agent: "User" }] }), "Events.0.Action"],
    ["words without a time", star({ Events: [{ ...utter("User", "hi", 0), UnixTime: null }] }), "Events.0.UnixTime"],
    ["words of nobody", star({ Events: [utter("Robot", "hi", 0)] }), "Events.0.Agent"],
    ["time that runs back", star({ Events: [utter("User", "a", 9), utter("User", "b", 8)] }), "Events.1.UnixTime"],
  ])("refuses %s with file and field", async (_, content, field) => {
    const error = await refusal("star", await clone({ "dialogues/7.json": content }));
    expect([error.code, error.path, error.field]).toEqual(["FOREIGN_TRANSCRIPT", join("dialogues", "7.json"), field]);
  });

  it("refuses a dialogue that was there before, and goes on when told to", async () => {
    const path = await clone({ "1.json": star(), "2.json": star(), "3.json": "{", "4.json": star({ DialogueID: 8 }) });
    expect((await refusal("star", path)).field).toBe("id");
    const told: string[] = [];
    const { transcripts, counts } = await readAll("star", path, {
      skipBad: true,
      onBad: ({ field }) => told.push(field),
    });
    expect(transcripts.map(({ id }) => id)).toEqual(["star-00007", "star-00008"]);
    expect([counts.bad, told]).toEqual([2, ["id", "(file)"]]);
  });
});

const film = (suggested: number, seen: number, liked: number) => ({ suggested, seen, liked });
const say = (senderWorkerId: number, timeOffset: number, text: string) => ({ senderWorkerId, timeOffset, text });
const redial = (changes: object = {}) => ({
  conversationId: "12",
  initiatorWorkerId: 1,
  respondentWorkerId: 2,
  movieMentions: { 100: "Up  (2009)", 200: "Alien (1979)", 300: null },
  initiatorQuestions: { 100: film(1, 1, 1), 200: film(1, 0, 1), 300: film(0, 0, 1) },
  respondentQuestions: [],
  messages: [
    say(2, 0, "Hi"),
    say(1, 4, "I liked @100"),
    say(2, 9, "Then see @200 !"),
    say(2, 11, "Or @300 ."),
    say(1, 15, " I will. "),
    say(1, 19, "Bye"),
  ],
  ...changes,
});

describe("redial", () => {
  it("puts titles in the place of numbers; the first reply to a film that was new and liked is the outcome", async () => {
    const path = await clone({ "data/valid_data.jsonl": `${JSON.stringify(redial())}\n\n` });
    expect((await readAll("redial", path)).transcripts).toEqual([
      {
        id: "redial-12",
        source: "ReDialData/website",
        startedAt: null,
        messages: [
          { role: "agent", text: "Hi", atSeconds: 0 },
          { role: "user", text: "I liked Up (2009)", atSeconds: 4 },
          { role: "agent", text: "Then see Alien (1979) !", atSeconds: 9 },
          { role: "agent", text: "Or @300 .", atSeconds: 11 },
          { role: "user", text: "I will.", atSeconds: 15 },
          { role: "user", text: "Bye", atSeconds: 19 },
        ],
        outcome: { converted: true, atSeconds: 15, afterMessages: 4 },
      },
    ]);
  });

  it.each<[string, object, object]>([
    ["a film that was seen", { initiatorQuestions: { 200: film(1, 1, 1) } }, { converted: false }],
    ["a film that nobody suggested", { initiatorQuestions: { 200: film(0, 0, 1) } }, { converted: false }],
    ["a film of which nothing is said", { initiatorQuestions: { 200: film(1, 0, 2) } }, { converted: false }],
    [
      "a film won without its number",
      { initiatorQuestions: { 999: film(1, 0, 1) } },
      { converted: true, atSeconds: null },
    ],
    [
      "a film won without a reply",
      { messages: [say(1, 0, "Hi"), say(2, 3, "@200")] },
      { converted: true, atSeconds: null },
    ],
  ])("%s", async (_, changes, outcome) => {
    const path = await clone({ "test_data.jsonl": JSON.stringify(redial(changes)) });
    expect((await readAll("redial", join(path, "test_data.jsonl"))).transcripts[0]?.outcome).toMatchObject(outcome);
  });

  it("leaves out a conversation without the seeker's form", async () => {
    const path = await clone({
      "test_data.jsonl": JSON.stringify(redial({ initiatorQuestions: [], movieMentions: [] })),
    });
    expect((await readAll("redial", path)).counts.leftOut).toEqual({ "the seeker filled in no form": 1 });
  });

  it.each<[string, object | string, string]>([
    ["no JSON", "nonsense", "(file)"],
    ["a number for an id", redial({ conversationId: 12 }), "conversationId"],
    ["a stranger's words", redial({ messages: [say(3, 0, "hi")] }), "messages.0.senderWorkerId"],
    ["time that runs back", redial({ messages: [say(1, 5, "a"), say(2, 4, "b")] }), "messages.1.timeOffset"],
    ["one person in both roles", redial({ respondentWorkerId: 1 }), "respondentWorkerId"],
  ])("refuses %s with file, line and field", async (_, line, field) => {
    const text = typeof line === "string" ? line : JSON.stringify(line);
    const error = await refusal("redial", await clone({ "valid_data.jsonl": `\n${text}\n` }));
    expect([error.line, error.field]).toEqual([2, field]);
  });
});

const info = (rows: string) => `B2,B3,B4,B6,B7\n${rows}`;
const DIALOG = `,Unit,Turn,B4,B2
0,"Hello, ""you""",0,0,20180904-154250_98_live
1,Hi  there,0,1,20180904-154250_98_live
0,Hey,0,0,BAD_20180807-204848_414
1,Hm,0,1,BAD_20180807-204848_414
`;

describe("p4g", () => {
  it("reads who gave something in the end; the start is in the name", async () => {
    const donations = ["20180904-154250_98_live,a,0,9.0,1", "20180904-154250_98_live,b,1,0.5,1"];
    const bad = ["BAD_20180807-204848_414,c,0,1.0,1", "BAD_20180807-204848_414,d,1,0.0,1"];
    const path = await clone({ "full_dialog.csv": DIALOG, "full_info.csv": info([...donations, ...bad].join("\r\n")) });
    const { transcripts } = await readAll("p4g", path);
    expect(transcripts[0]).toEqual({
      id: "p4g-20180904-154250_98",
      source: "ucdavisnlp/persuasionforgood",
      startedAt: "2018-09-04T15:42:50",
      messages: [
        { role: "agent", text: 'Hello, "you"', atSeconds: null },
        { role: "user", text: "Hi there", atSeconds: null },
      ],
      outcome: { converted: true, atSeconds: null, afterMessages: 2 },
    });
    expect(transcripts[1]).toMatchObject({ startedAt: null, outcome: { converted: false, afterMessages: null } });
    expect((await readAll("p4g", join(path, "full_dialog.csv"))).transcripts).toEqual(transcripts);
  });

  it("leaves out dialogues whose donation is not told", async () => {
    const path = await clone({ "full_dialog.csv": DIALOG, "full_info.csv": info("20180904-154250_98_live,b,1,,1\n") });
    expect((await readAll("p4g", path)).counts.leftOut).toEqual({
      "the donation is not told": 1,
      "nobody of it is in full_info.csv": 1,
    });
  });

  it.each([
    ["a table that is missing", { "full_dialog.csv": DIALOG }, "(file)", null],
    ["a column that is missing", { "full_dialog.csv": DIALOG, "full_info.csv": "B2,B4\n" }, "B6", 1],
    ["an amount that is none", { "full_dialog.csv": DIALOG, "full_info.csv": info("a,b,1,much,1\n") }, "B6", 2],
    ["a line of another length", { "full_dialog.csv": `${DIALOG}1,2\n`, "full_info.csv": info("") }, "(line)", 6],
    [
      "a role that is none",
      { "full_dialog.csv": `,Unit,Turn,B4,B2\n0,Hi,0,2,a_live\n`, "full_info.csv": info("a_live,b,1,1,1\n") },
      "B4",
      2,
    ],
  ])("refuses %s with file, line and field", async (_, files, field, line) => {
    const error = await refusal("p4g", await clone(files));
    expect([error.field, error.line]).toEqual([field, line]);
  });
});

it.each(["star", "redial", "p4g"])("%s: refuses a folder that holds something else", async (collection) => {
  const error = await refusal(collection, await clone({ "README.md": "hello" }));
  expect(error.message).toContain("Hint: Check that the path is a clone of that collection");
});

it("refuses a collection that it does not know", async () => {
  await expect(readAll("multiwoz", ".")).rejects.toThrow("must be one of star, redial, p4g");
});

it("stops when told to, and says how far it is", async () => {
  const path = await clone({ "1.json": star(), "2.json": star({ DialogueID: 8 }) });
  const shares: number[] = [];
  await readAll("star", path, { onProgress: (share) => shares.push(share) });
  expect(shares).toEqual([0.5, 1]);
  await expect(readAll("star", path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});

const data = resolve(process.cwd(), "../shared/data");
describe.skipIf(!existsSync(join(data, "raw")))("pieces of the real collections, where they are at hand", () => {
  it.each([
    ["star", 3],
    ["redial", 2],
    ["p4g", 1],
  ])("%s comes out as it was converted by others", async (collection, least) => {
    const lines = (await readFile(join(data, `${collection}.train.jsonl`), "utf8")).trimEnd().split("\n");
    const known = new Map(lines.map((line): [string, string] => [JSON.parse(line).id, line]));
    const { transcripts } = await readAll(collection, join(data, "raw", collection));
    // The piece of p4g ends within its last dialogue.
    const whole = collection === "p4g" ? transcripts.slice(0, -1) : transcripts;
    const both = whole.filter(({ id }) => known.has(id));
    for (const transcript of both) {
      expect(transcript).toEqual(transcriptSchema.parse(JSON.parse(known.get(transcript.id) ?? "")));
      expect(transcriptSchema.parse(JSON.parse(JSON.stringify(transcriptToJson(transcript))))).toEqual(transcript);
    }
    expect(both.length).toBeGreaterThanOrEqual(least);
  });
});
