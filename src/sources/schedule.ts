import type { ConversationEvent, Transcript } from "../schema.ts";

/** Virtual seconds between neighbouring messages that have no clock. */
const CLOCKLESS_GAP_SECONDS = 1;

/** When each message is said, in seconds from the conversation's start: never going back. */
function messageOffsets({ messages }: Transcript): number[] {
  const offsets: number[] = [];
  let latest: number | undefined;
  for (const { atSeconds } of messages) {
    if (atSeconds !== null) latest = Math.max(latest ?? 0, atSeconds);
    else latest = latest === undefined ? 0 : latest + CLOCKLESS_GAP_SECONDS;
    offsets.push(latest);
  }
  return offsets;
}

/** How many messages go out before the conversion: those up to its moment, or those counted where the moment is unknown. */
function messagesBeforeConversion({ outcome, messages }: Transcript, offsets: readonly number[]): number {
  const { atSeconds, afterMessages } = outcome;
  if (atSeconds === null) return Math.min(afterMessages ?? messages.length, messages.length);
  const later = offsets.findIndex((offset) => offset > atSeconds);
  return later === -1 ? messages.length : later;
}

/**
 * The events of one conversation that begins at `startSeconds` of the virtual clock, in order: opened, messages, the
 * conversion when its moment has come (after a message of the same moment), closed after the last of them.
 *
 * @param keepOpenSeconds it does not close sooner after its first message. A recording does not tell when a conversation was
 * over; were it closed after its last word, one that is still open in silence would be one that converts.
 */
export function scheduleEvents(
  transcript: Transcript,
  startSeconds: number,
  keepOpenSeconds: number,
): ConversationEvent[] {
  const { id: conversationId, source, startedAt, messages, outcome } = transcript;
  const offsets = messageOffsets(transcript);
  const events: ConversationEvent[] = [
    { conversationId, atSeconds: startSeconds, type: "opened", source, startedAt },
    ...messages.map((message, i) => {
      const atSeconds = startSeconds + (offsets[i] ?? 0);
      return { conversationId, atSeconds, type: "message", message } as const;
    }),
  ];
  if (outcome.converted && messages.length > 0) {
    const before = messagesBeforeConversion(transcript, offsets);
    const offset = outcome.atSeconds ?? (before === 0 ? 0 : (offsets[before - 1] ?? 0));
    const atSeconds = startSeconds + offset;
    events.splice(before + 1, 0, { conversationId, atSeconds, type: "converted", timeSeconds: outcome.atSeconds });
  }
  const [first] = offsets;
  const openUntil = startSeconds + (first === undefined ? 0 : first + keepOpenSeconds);
  const atSeconds = Math.max(events.at(-1)?.atSeconds ?? startSeconds, openUntil);
  events.push({ conversationId, atSeconds, type: "closed" });
  return events;
}
