import { InvalidArgumentError } from "../core/index.ts";
import type { Entity, Features, Message, Role } from "../schema.ts";
import { findEntities, normaliseEntity } from "./entities.ts";
import { countCodePoints, createQuestionMemory, holdsQuestion } from "./text.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

/** How features are taken; the same options must be used for training and for asking. */
export interface FeatureOptions {
  /** IANA name; default "UTC". */
  readonly timeZone?: string;
  /** Entity types that count as a target; default e-mail and phone. */
  readonly targetEntityTypes?: readonly string[];
  /** Finds entities in the user's texts that bring none; `null` looks at none. Default: the built-in finder. */
  readonly entityFinder?: ((text: string) => readonly Entity[]) | null;
}

/** The 40 features of a conversation so far; see {@link createFeatureTracker}. */
export interface FeatureTracker {
  /** Takes the next message: constant work, and memory only for questions and entities not seen before. */
  add(message: Message): void;
  /** The features of what was added so far. */
  features(): Features;
}

/** Sums of one side. */
interface Side {
  count: number;
  chars: number;
  longest: number;
  shortest: number;
  questions: number;
  run: number;
  replies: number;
  replySeconds: number;
}
const side = (): Side => ({
  count: 0,
  chars: 0,
  longest: 0,
  shortest: Number.POSITIVE_INFINITY,
  questions: 0,
  run: 0,
  replies: 0,
  replySeconds: 0,
});
/** Sums of the clock. */
interface Times {
  firstAt: number;
  lastAt: number;
  gaps: number;
  gapMean: number;
  gapSquares: number;
  gapSum: number;
  gapMax: number;
  gapMin: number;
  firstUserAt: number | null;
  firstResponse: number | null;
}
const times = (): Times => ({
  firstAt: 0,
  lastAt: 0,
  gaps: 0,
  gapMean: 0,
  gapSquares: 0,
  gapSum: 0,
  gapMax: 0,
  gapMin: Number.POSITIVE_INFINITY,
  firstUserAt: null,
  firstResponse: null,
});

/** The next message's time; sums live in one object, whose numbers are updated in place. */
function takeTime(t: Times, writer: Side, at: number, first: boolean, reply: boolean): void {
  if (first) t.firstAt = at;
  else {
    const gap = Math.max(0, at - t.lastAt);
    t.gaps += 1;
    t.gapSum += gap;
    // Welford's update: the spread of long conversations does not drown in rounding.
    const delta = gap - t.gapMean;
    t.gapMean += delta / t.gaps;
    t.gapSquares += delta * (gap - t.gapMean);
    if (gap > t.gapMax) t.gapMax = gap;
    if (gap < t.gapMin) t.gapMin = gap;
    if (reply) {
      writer.replies += 1;
      writer.replySeconds += gap;
    }
  }
  t.lastAt = at;
}
const DEFAULT_TARGETS: readonly string[] = ["email", "phone"];

/**
 * Follows one conversation message by message and gives its 40 features at any moment.
 *
 * A clock that runs backwards counts as a gap of 0 seconds. One message without a clock leaves the whole conversation without
 * one: the rows marked `clock` are null from then on. Entities are those said by the user; #36 and #37 are taken over
 * every mention that carries a confidence.
 *
 * @param startedAt ISO 8601 start of the conversation (no offset means UTC), null = no wall clock.
 * @throws {InvalidArgumentError} for a start that is no date, an unknown time zone, a clock or confidence that is not finite.
 * @example
 * const tracker = createFeatureTracker("2026-01-05T09:00:00Z");
 * tracker.add({ role: "user", text: "Hello", atSeconds: 0 });
 * tracker.features().hour_of_day; // 9
 */
export function createFeatureTracker(startedAt: string | null, options: FeatureOptions = {}): FeatureTracker {
  const targets = options.targetEntityTypes ?? DEFAULT_TARGETS;
  const finder = options.entityFinder === undefined ? findEntities : options.entityFinder;
  const user = side();
  const agent = side();
  const asked = createQuestionMemory();
  const collected = new Set<string>();
  let repeated = 0;
  let target = 0;
  let confidences = 0;
  let confidenceSum = 0;
  let confidenceMin = Number.POSITIVE_INFINITY;
  let clockless = false;
  let wall: WallClock | null = null;
  let lastRole: Role | null = null;
  let run = 0;
  let alternations = 0;
  const t = times();

  const collect = (entities: readonly Entity[]) => {
    for (const { type, value, confidence } of entities) {
      collected.add(`${type}\n${normaliseEntity(type, value)}`);
      if (targets.includes(type)) target = 1;
      if (confidence === undefined) continue;
      if (!(confidence >= 0 && confidence <= 1)) {
        throw new InvalidArgumentError({
          argument: "entity.confidence",
          problem: "must be in [0, 1]",
          value: confidence,
        });
      }
      confidences += 1;
      confidenceSum += confidence;
      confidenceMin = Math.min(confidenceMin, confidence);
    }
  };

  return {
    add({ role, text, atSeconds, entities }) {
      if (lastRole === null) wall = startedAt === null ? null : wallClock(startedAt, atSeconds ?? 0, options.timeZone);
      if (atSeconds === null) clockless = true;
      else if (!Number.isFinite(atSeconds)) {
        throw new InvalidArgumentError({ argument: "message.atSeconds", problem: "must be finite", value: atSeconds });
      }
      const me = role === "user" ? user : agent;
      if (!clockless && atSeconds !== null) {
        takeTime(t, me, atSeconds, lastRole === null, role !== lastRole);
        if (role === "user") t.firstUserAt ??= atSeconds;
        else if (t.firstUserAt !== null) t.firstResponse ??= Math.max(0, atSeconds - t.firstUserAt);
      }
      const length = countCodePoints(text);
      me.count += 1;
      me.chars += length;
      if (length > me.longest) me.longest = length;
      if (length < me.shortest) me.shortest = length;
      if (lastRole !== null && lastRole !== role) alternations += 1;
      run = lastRole === role ? run + 1 : 1;
      if (run > me.run) me.run = run;
      lastRole = role;
      if (holdsQuestion(text)) {
        me.questions += 1;
        if (role === "agent" && asked.repeats(text)) repeated += 1;
      }
      if (role === "user") {
        if (entities !== undefined) collect(entities);
        else if (finder !== null) collect(finder(text));
      }
    },
    features() {
      const total = user.count + agent.count;
      const timed = !clockless && total > 0;
      const duration = timed ? Math.max(0, t.lastAt - t.firstAt) : null;
      const gap = (value: number) => (timed && t.gaps > 0 ? value : null);
      return {
        conversation_duration_seconds: duration,
        conversation_duration_minutes: duration === null ? null : duration / 60,
        hour_of_day: wall === null ? null : wall.hour,
        day_of_week: wall === null ? null : wall.day,
        is_business_hours: wall === null ? null : wall.hour >= 9 && wall.hour <= 17 ? 1 : 0,
        is_weekend: wall === null ? null : wall.day === 0 || wall.day === 6 ? 1 : 0,
        time_to_first_response_seconds: timed ? t.firstResponse : null,
        avg_response_time_seconds: gap(t.gapSum / t.gaps),
        max_response_time_seconds: gap(t.gapMax),
        min_response_time_seconds: gap(t.gapMin),
        avg_agent_response_time_seconds: timed && agent.replies > 0 ? agent.replySeconds / agent.replies : null,
        avg_user_response_time_seconds: timed && user.replies > 0 ? user.replySeconds / user.replies : null,
        response_time_stddev: gap(Math.sqrt(Math.max(0, t.gapSquares) / t.gaps)),
        response_gap_max: gap(t.gapMax),
        messages_per_minute: duration === null ? null : total / Math.max(duration / 60, 1 / 60),
        total_messages: total,
        user_messages_count: user.count,
        agent_messages_count: agent.count,
        message_ratio: agent.count === 0 ? null : user.count / agent.count,
        avg_message_length_user: user.count === 0 ? null : user.chars / user.count,
        max_message_length_user: user.count === 0 ? null : user.longest,
        min_message_length_user: user.count === 0 ? null : user.shortest,
        total_chars_from_user: user.chars,
        avg_message_length_agent: agent.count === 0 ? null : agent.chars / agent.count,
        max_message_length_agent: agent.count === 0 ? null : agent.longest,
        min_message_length_agent: agent.count === 0 ? null : agent.shortest,
        total_chars_from_agent: agent.chars,
        question_count_agent: agent.questions,
        questions_per_agent_message: agent.count === 0 ? null : agent.questions / agent.count,
        question_count_user: user.questions,
        questions_per_user_message: user.count === 0 ? null : user.questions / user.count,
        sequential_user_messages: user.run,
        sequential_agent_messages: agent.run,
        entities_collected_count: collected.size,
        has_target_entity: target,
        avg_entity_confidence: confidences === 0 ? null : confidenceSum / confidences,
        min_entity_confidence: confidences === 0 ? null : confidenceMin,
        entity_collection_rate: user.count === 0 ? null : collected.size / user.count,
        repeated_questions: repeated,
        message_alternation_rate: total < 2 ? null : alternations / (total - 1),
      };
    },
  };
}
