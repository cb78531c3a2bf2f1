import type { Transcript } from "../schema.ts";

/**
 * The JSON Lines form of a transcript, which {@link readTranscripts} reads back.
 *
 * @example
 * JSON.stringify(transcriptToJson(createSimulator().transcript(0))).length > 0; // true
 */
export function transcriptToJson({ id, source, startedAt, messages, outcome }: Transcript): object {
  return {
    id,
    source,
    started_at: startedAt,
    messages: messages.map(({ role, text, atSeconds, entities }) => ({
      role,
      text,
      at_seconds: atSeconds,
      ...(entities === undefined ? {} : { entities }),
    })),
    outcome: { converted: outcome.converted ? 1 : 0, at_seconds: outcome.converted ? outcome.atSeconds : -1 },
    ...(outcome.afterMessages === null ? {} : { messages_before_outcome: outcome.afterMessages }),
  };
}
