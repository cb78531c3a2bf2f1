import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Message, Outcome, Transcript } from "../../schema.ts";
import { ForeignTranscriptError } from "../errors.ts";
import { attempt, type Imported, parseJson, readText, tidy } from "./importer.ts";

const FILES = ["train_data.jsonl", "valid_data.jsonl", "test_data.jsonl"];

/** An empty form or table is `[]` there, not `{}`. */
const table = <T>(cell: z.ZodType<T>) => z.union([z.record(z.string(), cell), z.tuple([]).transform(() => ({}))]);
const answer = z.object({ suggested: z.int(), seen: z.int(), liked: z.int() });
const conversationSchema = z.object({
  conversationId: z.string().min(1).max(100),
  initiatorWorkerId: z.int(),
  respondentWorkerId: z.int(),
  movieMentions: table(z.string().nullable()),
  initiatorQuestions: table(answer),
  messages: z.array(z.object({ timeOffset: z.number().min(0).max(1e9), text: z.string(), senderWorkerId: z.int() })),
});
type Conversation = z.infer<typeof conversationSchema>;

/** Films the seeker was offered, had not seen and would like: by the seeker's own form. */
function wonFilms(form: Conversation["initiatorQuestions"]): ReadonlySet<string> {
  const won = Object.entries(form).filter(([, film]) => film.suggested === 1 && film.seen === 0 && film.liked === 1);
  return new Set(won.map(([id]) => id));
}

function convert(place: { path: string; line: number }, conversation: Conversation) {
  const { conversationId, initiatorWorkerId, respondentWorkerId, movieMentions, initiatorQuestions } = conversation;
  const refuse = (field: string, problem: string): never => {
    throw new ForeignTranscriptError({ ...place, field, problem });
  };
  if (initiatorWorkerId === respondentWorkerId) refuse("respondentWorkerId", "is the initiator too");
  if (Object.keys(initiatorQuestions).length === 0) return { leftOut: "the seeker filled in no form" };
  const won = wonFilms(initiatorQuestions);
  const titles: Readonly<Record<string, string | null>> = movieMentions;
  const start = conversation.messages[0]?.timeOffset ?? 0;
  const messages: Message[] = [];
  let offered = false;
  let reply: Outcome | null = null;
  conversation.messages.forEach(({ timeOffset, text, senderWorkerId }, i) => {
    const user = senderWorkerId === initiatorWorkerId;
    if (!user && senderWorkerId !== respondentWorkerId) {
      refuse(`messages.${i}.senderWorkerId`, "is neither the initiator nor the respondent");
    }
    if (timeOffset < start) refuse(`messages.${i}.timeOffset`, "is before the first message");
    const atSeconds = timeOffset - start;
    if (user && offered) reply ??= { converted: true, atSeconds, afterMessages: messages.length };
    if (!user && [...text.matchAll(/@(\d+)/g)].some(([, id = ""]) => won.has(id))) offered = true;
    const shown = tidy(text.replace(/@(\d+)/g, (mention, id: string) => titles[id] ?? mention));
    if (shown !== "") messages.push({ role: user ? "user" : "agent", text: shown, atSeconds });
  });
  if (messages.length === 0) return { leftOut: "nobody spoke" };
  // A film that was won without being named by its number was won at a moment nobody knows.
  const outcome: Outcome = { converted: won.size > 0, atSeconds: null, afterMessages: null };
  const transcript: Transcript = {
    id: `redial-${conversationId}`,
    source: "ReDialData/website",
    startedAt: null,
    messages,
    outcome: reply ?? outcome,
  };
  return { transcript };
}

async function filesOf(path: string): Promise<string[]> {
  const isFile = (candidate: string) =>
    stat(candidate).then(
      (found) => found.isFile(),
      () => false,
    );
  if (await isFile(path)) return [path];
  for (const folder of [path, join(path, "data")]) {
    const found: string[] = [];
    for (const name of FILES) if (await isFile(join(folder, name))) found.push(join(folder, name));
    if (found.length > 0) return found;
  }
  throw new ForeignTranscriptError({ path, field: FILES.join(", "), problem: "none of them is there" });
}

/**
 * ReDial: one conversation a line, seconds from its start, no date. The initiator, who seeks a film, is the user. It converted
 * when the seeker says in the form that a suggested film was new and is liked, at the first reply after it was named.
 *
 * @param path a folder that holds `valid_data.jsonl` and the like (or has them in `data`), or one such file.
 */
export async function* importRedial(path: string, signal?: AbortSignal): AsyncGenerator<Imported> {
  const files = await filesOf(path);
  for (const [i, file] of files.entries()) {
    const lines = (await readText(file, signal)).split("\n");
    for (const [index, line] of lines.entries()) {
      if (line.trim() === "") continue;
      const place = { path: file, line: index + 1 };
      const share = (i + (index + 1) / lines.length) / files.length;
      yield attempt(share, () => convert(place, parseJson(conversationSchema, line, place)));
    }
  }
}
