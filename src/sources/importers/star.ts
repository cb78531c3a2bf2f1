import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Message, Transcript } from "../../schema.ts";
import { ForeignTranscriptError } from "../errors.ts";
import { attempt, type Imported, parseJson, readText, tidy } from "./importer.ts";

/** Tasks that end in something done; the others (searches, the weather, trivia) have no outcome to forecast. */
const TASKS: ReadonlySet<string> = new Set([
  "apartment_schedule",
  "bank_balance",
  "bank_fraud_report",
  "doctor_schedule",
  "hotel_book",
  "hotel_service_request",
  "meeting_schedule",
  "party_plan",
  "party_rsvp",
  "plane_book",
  "restaurant_book",
  "ride_book",
  "ride_change",
]);
/** What the knowledge base answers when it is done; the typing error is its own. */
const DONE = new RegExp(
  [
    "^Reservation Confirmed",
    "^Request Confirmed",
    "^Ride booked",
    "^Thank you for your RSVP",
    "^Fraud report submitted successfully",
    "^Your .* successful?ly (scheduled|changed)",
  ].join("|"),
);

const dialogueSchema = z.object({
  DialogueID: z.int().min(0),
  Scenario: z.object({
    MultiTask: z.boolean(),
    WizardCapabilities: z.array(z.object({ Task: z.string() })).min(1),
  }),
  Events: z.array(
    z.object({
      Agent: z.string(),
      Action: z.string(),
      Text: z.string().nullish(),
      UnixTime: z.number().min(0).max(1e10).nullish(),
      Item: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
});
type Dialogue = z.infer<typeof dialogueSchema>;

function isDone(item: Readonly<Record<string, unknown>>, task: string): boolean {
  if (task === "bank_balance") return typeof item.BankBalance === "number";
  return Object.values(item).some((value) => typeof value === "string" && DONE.test(value));
}

function convert(path: string, { DialogueID, Scenario, Events }: Dialogue) {
  const task = Scenario.WizardCapabilities[0]?.Task ?? "";
  if (Scenario.MultiTask) return { leftOut: "several tasks at once" };
  if (!TASKS.has(task)) return { leftOut: "a task with no outcome" };
  const messages: Message[] = [];
  let start: number | null = null;
  let askedAt = 0;
  let done: { readonly atSeconds: number; readonly afterMessages: number } | null = null;
  Events.forEach(({ Agent, Action, Text, UnixTime, Item }, i) => {
    const refuse = (field: string, problem: string): never => {
      throw new ForeignTranscriptError({ path, field: `Events.${i}.${field}`, problem });
    };
    const spoken = Action === "utter" || Action === "pick_suggestion";
    if (spoken) {
      const text = tidy(Text ?? refuse("Text", "is missing"));
      const now = UnixTime ?? refuse("UnixTime", "is missing");
      if (Agent !== "User" && Agent !== "Wizard") refuse("Agent", `is neither User nor Wizard: ${Agent}`);
      start ??= now;
      if (now < start) refuse("UnixTime", "is before the first message");
      if (text !== "") messages.push({ role: Agent === "User" ? "user" : "agent", text, atSeconds: now - start });
    } else if (Action === "query") askedAt = UnixTime ?? refuse("UnixTime", "is missing");
    else if (Action === "return_item" && done === null && start !== null && Item && isDone(Item, task)) {
      done = { atSeconds: Math.max(0, askedAt - start), afterMessages: messages.length };
    }
  });
  if (start === null) return { leftOut: "nobody spoke" };
  const transcript: Transcript = {
    id: `star-${String(DialogueID).padStart(5, "0")}`,
    source: "RasaHQ/STAR",
    startedAt: new Date(start * 1000).toISOString().replace(".000Z", "Z"),
    messages,
    outcome: { converted: done !== null, ...(done ?? { atSeconds: null, afterMessages: null }) },
  };
  return { transcript };
}

async function filesOf(path: string): Promise<string[]> {
  const kind = await stat(path).catch(() => null);
  if (kind?.isFile()) return [path];
  const inside = await readdir(join(path, "dialogues")).catch(() => null);
  const folder = inside === null ? path : join(path, "dialogues");
  const names = (inside ?? (await readdir(path).catch(() => []))).filter((name) => name.endsWith(".json"));
  if (names.length === 0) {
    throw new ForeignTranscriptError({ path, field: "dialogues/", problem: "holds no .json file" });
  }
  const number = (name: string) => Number.parseInt(name, 10) || 0;
  return names.sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1)).map((name) => join(folder, name));
}

/**
 * STAR: one file a dialogue, clock to the second. It converted when the knowledge base first answered that the booking, report
 * or change is done, at the moment it was asked.
 *
 * @param path a clone, its folder `dialogues`, or one file.
 */
export async function* importStar(path: string, signal?: AbortSignal): AsyncGenerator<Imported> {
  const files = await filesOf(path);
  for (const [i, file] of files.entries()) {
    const text = await readText(file, signal);
    const shown = join(basename(dirname(file)), basename(file));
    yield attempt((i + 1) / files.length, () => convert(shown, parseJson(dialogueSchema, text, { path: shown })));
  }
}
