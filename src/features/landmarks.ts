import type { Conversation, Features, Landmark, Message, Transcript, Truth } from "../schema.ts";
import { createFeatureTracker, type FeatureOptions } from "./tracker.ts";

/**
 * The messages that a landmark lets see: the first N in order, or those with a clock of at most T seconds. Null when the
 * landmark was never reached (fewer messages), or cannot be placed (an elapsed time where a clock is missing).
 *
 * @example
 * const messages = [{ role: "user", text: "Hi", atSeconds: 0 }, { role: "agent", text: "Hello", atSeconds: 9 }] as const;
 * visibleMessages(messages, { seconds: 5 })?.length; // 1
 */
export function visibleMessages(messages: readonly Message[], landmark: Landmark): readonly Message[] | null {
  if ("messages" in landmark) return messages.length < landmark.messages ? null : messages.slice(0, landmark.messages);
  if (messages.some(({ atSeconds }) => atSeconds === null)) return null;
  return messages.filter(({ atSeconds }) => atSeconds !== null && atSeconds <= landmark.seconds);
}

/**
 * The 40 features as of a landmark, or of the whole conversation when none is given. Never looks at what came later.
 *
 * @returns null when the conversation does not reach the landmark.
 * @example
 * featuresAsOf({ id: "a", source: "s", startedAt: null, messages: [] })?.total_messages; // 0
 */
export function featuresAsOf(
  conversation: Conversation,
  landmark?: Landmark,
  options: FeatureOptions = {},
): Features | null {
  const messages = landmark ? visibleMessages(conversation.messages, landmark) : conversation.messages;
  if (messages === null) return null;
  const tracker = createFeatureTracker(conversation.startedAt, options);
  for (const message of messages) tracker.add(message);
  return tracker.features();
}

/** Which questions are asked of a conversation. */
export interface LandmarkOptions extends FeatureOptions {
  readonly landmarks: readonly Landmark[];
  /** Seconds after the first message. */
  readonly horizonSeconds: number;
}
/** A question as a training row: what was known at the landmark, and what came true. */
export interface LandmarkRow {
  readonly conversationId: string;
  readonly landmark: Landmark;
  readonly features: Features;
  readonly truth: Truth;
  /** The landmark's moment in seconds after the first message; null without a clock. */
  readonly fromSeconds: number | null;
}

/**
 * The truth of a conversation under a horizon. A conversion after the horizon is none; one at an unknown moment has no time.
 *
 * @param convertedAtSeconds seconds after the first message; null = unknown moment.
 * @example
 * truthOf({ converted: true, convertedAtSeconds: 2000 }, 1800); // { converted: 0, timeSeconds: null }
 */
export function truthOf(
  { converted, convertedAtSeconds }: { converted: boolean; convertedAtSeconds: number | null },
  horizonSeconds: number,
): Truth {
  if (!converted || (convertedAtSeconds !== null && convertedAtSeconds > horizonSeconds))
    return { converted: 0, timeSeconds: null };
  return { converted: 1, timeSeconds: convertedAtSeconds };
}

/**
 * The rows that an honest validator would have asked of this conversation: only landmarks that were reached, not converted and
 * within the horizon. Whether an elapsed time is asked about does not depend on what came after it: a conversation that was silent
 * by then may have been over, or not. The validator's own desk gives the same rows message by message; a test holds the two together.
 *
 * @example
 * const rows = landmarkRows(transcript, { landmarks: [{ messages: 4 }, { messages: 8 }], horizonSeconds: 1800 });
 * rows.map(({ truth, fromSeconds }) => [truth.timeSeconds, fromSeconds]); // [[62, 30]]: of six messages, ten seconds apart
 */
export function landmarkRows(transcript: Transcript, options: LandmarkOptions): LandmarkRow[] {
  const { messages, outcome } = transcript;
  const clocks = messages.map(({ atSeconds }) => atSeconds);
  const timed = clocks.length > 0 && clocks.every((at) => at !== null);
  const start = clocks[0] ?? 0;
  const known = outcome.atSeconds !== null && timed;
  const before = outcome.afterMessages ?? messages.length;
  const told = clocks.slice(0, Math.max(1, before)).reduce<number>((latest, at) => Math.max(latest, at ?? 0), start);
  // A conversion at an unknown moment is heard of after its last message; the horizon may have passed by then.
  const inTime = known || !timed || told - start <= options.horizonSeconds;
  const convertedAtSeconds = known ? Math.max(0, (outcome.atSeconds ?? 0) - start) : null;
  const truth = truthOf({ converted: outcome.converted && inTime, convertedAtSeconds }, options.horizonSeconds);
  return options.landmarks.flatMap((landmark): LandmarkRow[] => {
    const visible = visibleMessages(messages, landmark);
    if (visible === null || visible.length === 0) return [];
    const moment = "seconds" in landmark ? landmark.seconds : latest(visible);
    if (outcome.converted) {
      const already = known
        ? moment >= (outcome.atSeconds ?? 0)
        : "seconds" in landmark
          ? moment >= told
          : visible.length > before;
      if (already) return [];
    }
    const fromSeconds = timed ? moment - start : null;
    if (fromSeconds !== null && fromSeconds >= options.horizonSeconds) return [];
    const features = featuresAsOf(transcript, landmark, options);
    return features === null ? [] : [{ conversationId: transcript.id, landmark, features, truth, fromSeconds }];
  });
}

function latest(messages: readonly Message[]): number {
  return messages.reduce((at, { atSeconds }) => Math.max(at, atSeconds ?? 0), messages[0]?.atSeconds ?? 0);
}
