/**
 * @module schema
 * Row 1: the nouns, once. A conversation, the table of 40 features, a question, an answer, an outcome, and the doors
 * (zod schemas) through which they come in. The table below gives the type, the door, the CSV header and the docs.
 *
 * @example
 * FEATURE_NAMES.length; // 40
 */
import { createHash } from "node:crypto";
import { z } from "zod";

/** One row of the feature table. `integer` rows are whole numbers on the wire; `clock` rows are null without a clock. */
export interface FeatureRow {
  readonly name: string;
  readonly unit: string;
  readonly integer: boolean;
  readonly min: number;
  readonly max: number;
  readonly clock: boolean;
  readonly sentence: string;
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
type Flags = { readonly int?: boolean; readonly max?: number; readonly clock?: boolean };
const row = <const N extends string>(name: N, unit: string, flags: Flags, sentence: string) =>
  ({
    name,
    unit,
    integer: flags.int === true,
    min: 0,
    max: flags.max ?? NO_LIMIT,
    clock: flags.clock === true,
    sentence,
  }) as const;

const int = { int: true };
const clock = { clock: true };
/** The table: its order is the order of the wire and of the CSV. */
// biome-ignore format: a table, one row a line
export const FEATURES = [
  row("conversation_duration_seconds", "s", clock, "Last visible message minus the first."),
  row("conversation_duration_minutes", "min", clock, "conversation_duration_seconds / 60."),
  row("hour_of_day", "h", { int: true, max: 23 }, "Hour of the first message in the configured time zone."),
  row("day_of_week", "day", { int: true, max: 6 }, "Day of the first message, Sunday = 0."),
  row("is_business_hours", "0/1", { int: true, max: 1 }, "1 when 9 <= hour_of_day <= 17."),
  row("is_weekend", "0/1", { int: true, max: 1 }, "1 when day_of_week is 0 or 6."),
  row("time_to_first_response_seconds", "s", clock, "First user message to the first agent message after it."),
  row("avg_response_time_seconds", "s", clock, "Mean of all gaps between neighbouring messages."),
  row("max_response_time_seconds", "s", clock, "Largest gap."),
  row("min_response_time_seconds", "s", clock, "Smallest gap."),
  row("avg_agent_response_time_seconds", "s", clock, "Mean gap of the replies written by the agent."),
  row("avg_user_response_time_seconds", "s", clock, "Mean gap of the replies written by the user."),
  row("response_time_stddev", "s", clock, "Population standard deviation of all gaps."),
  row("response_gap_max", "s", clock, "Equals max_response_time_seconds (kept for compatibility)."),
  row("messages_per_minute", "1/min", clock, "total_messages / max(conversation_duration_minutes, 1/60)."),
  row("total_messages", "messages", int, "Visible messages."),
  row("user_messages_count", "messages", int, "Messages of the user."),
  row("agent_messages_count", "messages", int, "Messages of the agent."),
  row("message_ratio", "ratio", {}, "user_messages_count / agent_messages_count."),
  row("avg_message_length_user", "chars", {}, "Mean length of the user's messages in Unicode code points."),
  row("max_message_length_user", "chars", int, "Longest message of the user."),
  row("min_message_length_user", "chars", int, "Shortest message of the user."),
  row("total_chars_from_user", "chars", int, "Code points written by the user."),
  row("avg_message_length_agent", "chars", {}, "Mean length of the agent's messages in Unicode code points."),
  row("max_message_length_agent", "chars", int, "Longest message of the agent."),
  row("min_message_length_agent", "chars", int, "Shortest message of the agent."),
  row("total_chars_from_agent", "chars", int, "Code points written by the agent."),
  row("question_count_agent", "messages", int, "Agent messages that hold a question mark."),
  row("questions_per_agent_message", "ratio", {}, "question_count_agent / agent_messages_count."),
  row("question_count_user", "messages", int, "User messages that hold a question mark."),
  row("questions_per_user_message", "ratio", {}, "question_count_user / user_messages_count."),
  row("sequential_user_messages", "messages", int, "Longest run of user messages."),
  row("sequential_agent_messages", "messages", int, "Longest run of agent messages."),
  row("entities_collected_count", "entities", int, "Distinct (type, normalised value) said by the user so far."),
  row("has_target_entity", "0/1", { int: true, max: 1 }, "1 when the user said an entity of a target type (e-mail, phone)."),
  row("avg_entity_confidence", "0-1", { max: 1 }, "Mean over the entities that carry a confidence."),
  row("min_entity_confidence", "0-1", { max: 1 }, "Smallest confidence of the same."),
  row("entity_collection_rate", "1/message", {}, "entities_collected_count / user_messages_count."),
  row("repeated_questions", "messages", int, "Agent questions whose folded text was asked before."),
  row("message_alternation_rate", "0-1", { max: 1 }, "Share of neighbouring pairs with different roles."),
] as const satisfies readonly FeatureRow[];

/** One of the 40 names of the feature table. */
export type FeatureName = (typeof FEATURES)[number]["name"];
/** The 40 numbers; null = unknown, never 0 and never an invented constant. */
export type Features = Readonly<Record<FeatureName, number | null>>;
/** The names of the 40 features, in the order of the table and of the wire. */
export const FEATURE_NAMES: readonly FeatureName[] = FEATURES.map(({ name }) => name);

/** Columns of a training CSV that are targets or labels: never an input, whatever an allow-list says. */
export const TARGET_COLUMNS = [
  "conversion_happened",
  "time_to_conversion_seconds",
  "time_to_conversion_minutes",
] as const;
/** Header of a training CSV, in order. */
export const CSV_HEADER: readonly string[] = ["session_id", ...FEATURE_NAMES, ...TARGET_COLUMNS];

/** SHA-256 (hex) of the names, in order, and which are whole numbers: a model file carries it. */
export const FEATURE_TABLE_HASH: string = createHash("sha256")
  .update(FEATURES.map(({ name, integer }) => `${name}:${integer}`).join("\n"))
  .digest("hex");

/**
 * The 40 numbers in wire order, NaN where unknown: what a model reads.
 *
 * @param out 40 numbers to write into, when given.
 * @example
 * toVector(fromVector([0.5, Number.NaN])).slice(0, 2); // [0.5, NaN]
 */
export function toVector(features: Features, out: Float64Array = new Float64Array(FEATURES.length)): Float64Array {
  for (let i = 0; i < FEATURE_NAMES.length; i++) out[i] = features[FEATURE_NAMES[i] as FeatureName] ?? Number.NaN;
  return out;
}

/**
 * The reverse of {@link toVector}: NaN becomes null.
 * @example
 * fromVector(new Float64Array(40).fill(Number.NaN)).hour_of_day; // null
 */
export function fromVector(vector: ArrayLike<number>): Features {
  const entries = FEATURE_NAMES.map((name, i) => [name, Number.isNaN(vector[i]) ? null : vector[i]]);
  return Object.fromEntries(entries) as Record<FeatureName, number | null>;
}

/** Who wrote a message. */
export type Role = "user" | "agent";
/** Something a user said that an agent collects: `{type: "email", value: "a@b.c"}`; confidence in [0, 1]. */
export interface Entity {
  readonly type: string;
  readonly value: string;
  readonly confidence?: number | undefined;
}
/** `atSeconds` counts from the conversation's start; null = no clock. */
export interface Message {
  readonly role: Role;
  readonly text: string;
  readonly atSeconds: number | null;
  /** When given (an empty list too), the built-in entity finder is not asked. */
  readonly entities?: readonly Entity[] | undefined;
}
/** `startedAt` is ISO 8601 (no offset means UTC); null = no wall clock. */
export interface Conversation {
  readonly id: string;
  readonly source: string;
  readonly startedAt: string | null;
  readonly messages: readonly Message[];
}
/** What really happened. `atSeconds` counts as in the messages; null = converted at an unknown moment, or not converted. */
export interface Outcome {
  readonly converted: boolean;
  readonly atSeconds: number | null;
  /** How many messages came before a conversion whose moment is unknown; null = unknown too. Never an input. */
  readonly afterMessages: number | null;
}
/** A finished conversation with its outcome: what replay files and simulators hold. */
export interface Transcript extends Conversation {
  readonly outcome: Outcome;
}

/**
 * Something happens in a conversation. `atSeconds` is on the validator's conversation clock (virtual: any origin, never going
 * back); the times inside a message and of a conversion count from the conversation's own start. `toldBy` names what of
 * the source told an outcome, as an event's id.
 */
export type ConversationEvent = { readonly conversationId: string; readonly atSeconds: number } & (
  | { readonly type: "opened"; readonly source: string; readonly startedAt: string | null }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "converted"; readonly timeSeconds: number | null; readonly toldBy?: string }
  | { readonly type: "closed"; readonly toldBy?: string }
  | { readonly type: "lost"; readonly reason: string; readonly toldBy?: string }
);

/** Where a conversation is cut: after its first N messages, or N seconds after its first message. */
export type Landmark = { readonly messages: number } | { readonly seconds: number };
/**
 * `"4 messages"`: a landmark's name in tables and keys.
 * @example
 * landmarkName({ messages: 4 }); // "4 messages"
 */
export function landmarkName(landmark: Landmark): string {
  return "messages" in landmark ? `${landmark.messages} messages` : `${landmark.seconds} seconds`;
}
/** When is asked: of every source, or of a source by its name. */
export interface Landmarks {
  readonly landmarks: readonly Landmark[];
  /** In the place of `landmarks`, for conversations of these sources. */
  readonly landmarksBySource?: Readonly<Record<string, readonly Landmark[]>>;
}
/**
 * The landmarks of a source's conversations.
 * @example
 * landmarksOf({ landmarks: [{ messages: 4 }], landmarksBySource: { chat: [{ seconds: 30 }] } }, "chat"); // [{ seconds: 30 }]
 */
export function landmarksOf({ landmarks, landmarksBySource }: Landmarks, source: string): readonly Landmark[] {
  if (landmarksBySource === undefined || !Object.hasOwn(landmarksBySource, source)) return landmarks;
  return landmarksBySource[source] ?? landmarks;
}
/** Landmarks asked about when nothing is configured. */
export const DEFAULT_LANDMARKS: readonly Landmark[] = [{ messages: 4 }, { messages: 8 }];
/** Thirty years in seconds: a time beyond it is a mistake, or meant to overflow a sum. */
export const MAX_SECONDS = 1e9;
/** Horizon in seconds after the first message when nothing is configured. */
export const DEFAULT_HORIZON_SECONDS = 1800;

/** Will this conversation convert before the horizon, and how many seconds after its first message? */
export interface Question {
  /** A blinded id, new for each question: `session_id` on the wire. */
  readonly sessionId: string;
  readonly features: Features;
  /** Absent when an old peer asks. */
  readonly landmark: Landmark | null;
  readonly horizonSeconds: number;
}
/** A valid answer. */
export interface Answer {
  readonly conversionHappened: 0 | 1;
  /** Seconds after the first message; -1 when `conversionHappened` is 0. */
  readonly timeToConversionSeconds: number;
  /** P(conversion); null = not given (scored as 0.5). */
  readonly confidence: number | null;
  /** Median time if it converts, given with either class; null = not given. */
  readonly timeIfConvertedSeconds: number | null;
}
/** The truth of a question, once known. `timeSeconds` is null when not converted, or converted at an unknown moment. */
export interface Truth {
  readonly converted: 0 | 1;
  readonly timeSeconds: number | null;
}

const finite = z.number();
const featureDoor = (feature: FeatureRow) => {
  const number = (feature.integer ? z.int() : finite).min(feature.min).max(feature.max);
  return number.nullish().transform((value) => value ?? null);
};
const featuresShape = Object.fromEntries(FEATURES.map((feature) => [feature.name, featureDoor(feature)]));
/** Door for the 40 numbers: absent or null is unknown; everything else finite, in range, whole where the table says so. */
export const featuresSchema = z.object(featuresShape).transform((features) => features as Features);

const landmarkSchema = z.union([
  z.strictObject({ messages: z.int().min(1).max(100_000) }),
  z.strictObject({ seconds: finite.positive().max(MAX_SECONDS) }),
]);
/** Door for a question on the wire: `{features: {session_id, ...}, landmark, horizon_seconds}`. */
export const questionSchema = z
  .object({
    features: z.object({ session_id: z.string().min(1).max(200), ...featuresShape }),
    landmark: landmarkSchema.nullish(),
    horizon_seconds: finite.positive().max(MAX_SECONDS).nullish(),
  })
  .transform(
    ({ features: { session_id, ...features }, landmark, horizon_seconds }): Question => ({
      sessionId: session_id,
      features: features as Features,
      landmark: landmark ?? null,
      horizonSeconds: horizon_seconds ?? DEFAULT_HORIZON_SECONDS,
    }),
  );
type Entries = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Entries =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPositive = (value: unknown): value is number => typeof value === "number" && value > 0 && value <= MAX_SECONDS;

/** Copied, then filled: an object that is given 40 names one after another becomes a hash table, slow to make and to read. */
const UNKNOWN: Features = JSON.parse(JSON.stringify(Object.fromEntries(FEATURES.map(({ name }) => [name, null]))));

function quickFeatures(given: Entries): Features | null {
  const features: Record<FeatureName, number | null> = { ...UNKNOWN };
  for (const { name, integer, min, max } of FEATURES) {
    const value = given[name] ?? null;
    if (value === null) continue;
    if (typeof value !== "number" || !(value >= min && value <= max)) return null;
    if (integer && !Number.isSafeInteger(value)) return null;
    features[name] = value;
  }
  return features;
}

function quickLandmark(given: unknown): Landmark | null | undefined {
  if (given === undefined || given === null) return null;
  if (!isObject(given) || Object.keys(given).length !== 1) return undefined;
  const { messages, seconds } = given;
  if (isPositive(seconds)) return { seconds };
  const whole = typeof messages === "number" && Number.isInteger(messages);
  return whole && messages >= 1 && messages <= 100_000 ? { messages } : undefined;
}

/**
 * What {@link questionSchema} makes of a question, without it and in a tenth of its time. Null says nothing: the schema decides then,
 * and finds the words.
 * @example
 * quickQuestion({ features: { session_id: "q-1" }, horizon_seconds: 60 })?.horizonSeconds; // 60
 */
export function quickQuestion(value: unknown): Question | null {
  if (!isObject(value) || !isObject(value.features)) return null;
  const { session_id: sessionId } = value.features;
  if (typeof sessionId !== "string" || sessionId.length < 1 || sessionId.length > 200) return null;
  const horizonSeconds = value.horizon_seconds ?? DEFAULT_HORIZON_SECONDS;
  if (!isPositive(horizonSeconds)) return null;
  const landmark = quickLandmark(value.landmark);
  if (landmark === undefined) return null;
  const features = quickFeatures(value.features);
  return features && { sessionId, features, landmark, horizonSeconds };
}

/**
 * The wire form of a question.
 * @example
 * questionToWire({ sessionId: "q-1", features, landmark: { messages: 4 }, horizonSeconds: 60 });
 * // { features: { session_id: "q-1", … }, landmark: { messages: 4 }, horizon_seconds: 60 }
 */
export function questionToWire(question: Question): object {
  return {
    features: { session_id: question.sessionId, ...question.features },
    ...(question.landmark === null ? {} : { landmark: question.landmark }),
    horizon_seconds: question.horizonSeconds,
  };
}

/** Door for an answer on the wire; `response_time` and `miner_uid` may be there and are ignored. */
export const answerSchema = z
  .object({
    prediction: z.object({
      conversion_happened: z.union([z.literal(0), z.literal(1)]),
      time_to_conversion_seconds: finite.max(MAX_SECONDS),
    }),
    confidence: finite.min(0).max(1).nullish(),
    time_if_converted_seconds: finite.positive().max(MAX_SECONDS).nullish(),
  })
  .superRefine(({ prediction: p }, context) => {
    const fits = p.conversion_happened === 1 ? p.time_to_conversion_seconds > 0 : p.time_to_conversion_seconds === -1;
    if (fits) return;
    const path = ["prediction", "time_to_conversion_seconds"];
    context.addIssue({ code: "custom", path, message: "must be above 0 when converted and -1 when not" });
  })
  .transform(
    (wire): Answer => ({
      conversionHappened: wire.prediction.conversion_happened,
      timeToConversionSeconds: wire.prediction.time_to_conversion_seconds,
      confidence: wire.confidence ?? null,
      timeIfConvertedSeconds: wire.time_if_converted_seconds ?? null,
    }),
  );
/**
 * Whether an answer surely passes {@link answerSchema}; false says nothing.
 * @example
 * isGoodAnswer({ conversionHappened: 0, timeToConversionSeconds: 5, confidence: null, timeIfConvertedSeconds: null }); // false
 */
export function isGoodAnswer(answer: Answer): boolean {
  const { conversionHappened, timeToConversionSeconds: time, confidence, timeIfConvertedSeconds } = answer;
  const fits = conversionHappened === 1 ? isPositive(time) : conversionHappened === 0 && time === -1;
  const sure = confidence === null || (typeof confidence === "number" && confidence >= 0 && confidence <= 1);
  return fits && sure && (timeIfConvertedSeconds === null || isPositive(timeIfConvertedSeconds));
}

/**
 * The wire form of an answer.
 * @example
 * answerToWire({ conversionHappened: 1, timeToConversionSeconds: 62, confidence: 0.9, timeIfConvertedSeconds: null });
 * // { prediction: { conversion_happened: 1, time_to_conversion_seconds: 62 }, confidence: 0.9 }
 */
export function answerToWire(answer: Answer): object {
  return {
    prediction: {
      conversion_happened: answer.conversionHappened,
      time_to_conversion_seconds: answer.timeToConversionSeconds,
    },
    ...(answer.confidence === null ? {} : { confidence: answer.confidence }),
    ...(answer.timeIfConvertedSeconds === null ? {} : { time_if_converted_seconds: answer.timeIfConvertedSeconds }),
  };
}

/**
 * First complaint of a zod error as `field.path: message`.
 * @example
 * firstIssue(new z.ZodError([{ code: "custom", path: ["features", "age"], message: "must be whole", input: 0.5 }]));
 * // { field: "features.age", problem: "must be whole" }
 */
export function firstIssue(error: z.ZodError): { field: string; problem: string } {
  const issue = error.issues[0];
  return { field: issue?.path.map(String).join(".") || "(whole value)", problem: issue?.message ?? "invalid" };
}

/**
 * The table as Markdown rows, for the docs.
 * @example
 * featureTableMarkdown().split("\n")[0]; // "| # | feature | unit | definition |"
 */
export function featureTableMarkdown(): string {
  const rows = FEATURES.map(
    (f, i) => `| ${i + 1} | ${f.name} | ${f.integer ? "int, " : ""}${f.unit} | ${f.sentence} |`,
  );
  return ["| # | feature | unit | definition |", "|---|---|---|---|", ...rows].join("\n");
}
