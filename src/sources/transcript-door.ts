import { z } from "zod";
import { MAX_SECONDS, type Transcript } from "../schema.ts";

/** Offsets beyond thirty years are a mistake (milliseconds, or a date), not a conversation. */
const seconds = z.number().max(MAX_SECONDS);

/** Longer than any chat; each message costs its reader some work. */
const MAX_MESSAGES = 10_000;
const MAX_ENTITIES = 100;

/**
 * A list of at most `max`, refused at its first complaint. `z.array` gathers every complaint of every item, and a line of 4 MB
 * has room for a million items: seconds and a gigabyte for one bad line.
 */
const listOf = <Item>(item: z.ZodType<Item>, max: number) =>
  z
    .array(z.unknown())
    .max(max)
    .transform((values, context) => {
      const items: Item[] = [];
      for (const [i, value] of values.entries()) {
        const parsed = item.safeParse(value);
        if (!parsed.success) {
          const [issue] = parsed.error.issues;
          context.addIssue({ code: "custom", path: [i, ...(issue?.path ?? [])], message: issue?.message ?? "invalid" });
          return z.NEVER;
        }
        items.push(parsed.data);
      }
      return items;
    });

const entitySchema = z
  .object({ type: z.string().min(1), value: z.string(), confidence: z.number().min(0).max(1).nullish() })
  .transform(({ type, value, confidence }) =>
    confidence === null || confidence === undefined ? { type, value } : { type, value, confidence },
  );

const messageSchema = z
  .object({
    role: z.enum(["user", "agent"]),
    text: z.string(),
    at_seconds: seconds.min(0).nullish(),
    entities: listOf(entitySchema, MAX_ENTITIES).nullish(),
  })
  .transform(({ role, text, at_seconds, entities }) => ({
    role,
    text,
    atSeconds: at_seconds ?? null,
    ...(entities === null || entities === undefined ? {} : { entities }),
  }));

const outcomeSchema = z
  .object({
    converted: z.union([z.literal(0), z.literal(1)]),
    at_seconds: z.union([z.literal(-1), seconds.min(0)], "must be -1, null or seconds from the start").nullable(),
  })
  .superRefine(({ converted, at_seconds }, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: ["at_seconds"], message });
    if (converted === 0 && at_seconds !== null && at_seconds >= 0) refuse("must be -1 or null when not converted");
    if (converted === 1 && at_seconds === -1) refuse("must be a time or null when converted, not -1");
  });

/**
 * Door for one line of a transcript file. Keys it does not know are dropped, and so are `notes`, which tell the outcome;
 * `messages_before_outcome` becomes `outcome.afterMessages` and nothing else.
 */
export const transcriptSchema = z
  .object({
    id: z.string().min(1).max(200),
    source: z.string().max(200).default("file"),
    started_at: z.iso.datetime({ offset: true, local: true }).nullish(),
    messages: listOf(messageSchema, MAX_MESSAGES),
    outcome: outcomeSchema,
    messages_before_outcome: z.int().min(0).nullish(),
  })
  .superRefine(({ messages, messages_before_outcome: before }, context) => {
    if ((before ?? 0) <= messages.length) return;
    const message = `must not exceed the ${messages.length} messages`;
    context.addIssue({ code: "custom", path: ["messages_before_outcome"], message });
  })
  .transform((line): Transcript => {
    const converted = line.outcome.converted === 1;
    return {
      id: line.id,
      source: line.source,
      startedAt: line.started_at ?? null,
      messages: line.messages,
      outcome: {
        converted,
        atSeconds: converted ? line.outcome.at_seconds : null,
        afterMessages: converted ? (line.messages_before_outcome ?? null) : null,
      },
    };
  });
