import { createHash } from "node:crypto";
import { createRandom, cryptoRandom, InvalidArgumentError, type Random, toHex } from "../core/index.ts";
import {
  DEFAULT_HORIZON_SECONDS,
  type Landmark,
  landmarkName,
  type Message,
  type Outcome,
  type Transcript,
} from "../schema.ts";
import { forecast } from "./forecast.ts";
import {
  advance,
  convertHazard,
  createHiddenState,
  decisionSeconds,
  type HiddenState,
  leaveHazard,
  type Move,
} from "./process.ts";
import { createSpeech, type Step } from "./speech.ts";

/** Plain values of a simulator; all have defaults. */
export interface SimulatorSettings {
  /** Added to the log odds of converting after each reply: above 0 more convert, and sooner. Default 0. */
  readonly appeal: number;
  /** Longest conversation, a last goodbye or thanks not counted. Default 60. */
  readonly maxMessages: number;
  /** Horizon of {@link Simulator.bestProbability} in seconds after the first message. Default 1800. */
  readonly horizonSeconds: number;
  /**
   * Futures tried for one {@link Simulator.bestProbability}. Default 32, worth 1,300 plainly drawn ones: the standard error
   * is near .014.
   */
  readonly rollouts: number;
  /** First day of the four weeks in which conversations begin. Default 2025-01-06. */
  readonly firstDay: string;
}
/** Settings where nothing is set: about half of the questions after 4 messages come true, and the best AUC is near .82. */
export const DEFAULT_SIMULATOR_SETTINGS: SimulatorSettings = {
  appeal: 0,
  maxMessages: 60,
  horizonSeconds: DEFAULT_HORIZON_SECONDS,
  rollouts: 32,
  firstDay: "2025-01-06",
};

/** Conversations of a hidden process. */
export interface Simulator {
  readonly settings: SimulatorSettings;
  /** Tells every conversation and outcome: a secret while questions are open, to be revealed afterwards. */
  readonly seed: string;
  /** Conversation number `index`, from 0: the same whatever was made before. */
  transcript(index: number): Transcript;
  /** Conversations `firstIndex`, `firstIndex` + 1, ...; without a count, for ever. */
  transcripts(count?: number, firstIndex?: number): Generator<Transcript>;
  /**
   * P(conversion before the horizon | hidden state at the landmark): the best that anybody could say. Undefined for an id that
   * is not this simulator's, and where an honest validator would not ask: landmark not reached, or decided by then.
   * Nothing is remembered: the conversation is made again from its number.
   */
  bestProbability(conversationId: string, landmark: Landmark): number | undefined;
}

interface Path {
  readonly startedAt: string;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
}

const DAY_MS = 86_400_000;
const FIRST_BUSINESS_HOUR = 9;
const LAST_BUSINESS_HOUR = 17;

/** When a conversation begins: mostly on a weekday and in business hours. */
function drawStart(random: Random, firstDay: string): Date {
  const day = () => new Date(Date.parse(firstDay) + random.integer(28) * DAY_MS);
  let date = day();
  const weekend = date.getUTCDay() % 6 === 0;
  if (weekend && random.next() < 0.5) date = day();
  const businessHours = LAST_BUSINESS_HOUR - FIRST_BUSINESS_HOUR + 1;
  const hour = random.next() < 0.7 ? FIRST_BUSINESS_HOUR + random.integer(businessHours) : random.integer(24);
  return new Date(date.getTime() + (hour * 3600 + random.integer(3600)) * 1_000);
}

/** After a conversion most agents say thanks; after giving up some users say so. */
function lastWords(state: HiddenState, random: Random, move: Move): Step {
  const seconds = state.seconds + 2 + random.integer(12);
  return {
    move,
    state: { ...state, seconds, messages: state.messages + 1, speaker: move === "bye" ? "user" : "agent" },
  };
}

function drawPath(random: Random, settings: SimulatorSettings): Path {
  const start = drawStart(random, settings.firstDay);
  const hour = start.getUTCHours();
  const businessHours = hour >= FIRST_BUSINESS_HOUR && hour <= LAST_BUSINESS_HOUR;
  const state = createHiddenState(random, { businessHours });
  const steps: Step[] = [];
  const startedAt = start.toISOString();
  for (;;) {
    const move = advance(state, random);
    steps.push({ move, state: { ...state } });
    if (random.next() < convertHazard(state, settings.appeal)) {
      state.seconds += decisionSeconds(state, random);
      const outcome = { converted: true, atSeconds: state.seconds, afterMessages: steps.length };
      if (random.next() < 0.6) steps.push(lastWords(state, random, "thanks"));
      return { startedAt, steps, outcome };
    }
    if (random.next() < leaveHazard(state, settings.maxMessages)) {
      if (random.next() < 0.25) steps.push(lastWords(state, random, "bye"));
      return { startedAt, steps, outcome: { converted: false, atSeconds: null, afterMessages: null } };
    }
  }
}

/**
 * A simulator of conversations between an agent and a user whose need, trust, patience and skill are hidden. They show, with
 * noise, in delays, lengths, questions and what is given; the outcome is drawn after each exchange from what is hidden, so no
 * rule on the 40 features tells it. The features of a question do not hold the answer.
 *
 * Validators take a fresh secret seed for each round (`cryptoRandom`, the default), and reveal `seed` when its questions are
 * settled: then anybody can make the same conversations again with `createSimulator(settings, { seed })` and check the outcomes. The id
 * of each conversation begins with a hash of the seed, which was shown before.
 *
 * @param modules `random` gives the seed; or `seed`, a revealed one.
 * @throws {InvalidArgumentError} naming the setting.
 * @example
 * const simulator = createSimulator({}, { random: createRandom(7) });
 * simulator.transcript(0).messages.length; // 14
 */
export function createSimulator(
  settings: Partial<SimulatorSettings> = {},
  { random = cryptoRandom, seed = toHex(random.fork("simulator").bytes(16)) }: { random?: Random; seed?: string } = {},
): Simulator {
  const all = checkSettings({ ...DEFAULT_SIMULATOR_SETTINGS, ...settings });
  const root = createRandom(`simulator/${seed}`);
  const prefix = `sim-${createHash("sha256").update(`simulator/${seed}`).digest("hex").slice(0, 16)}-`;
  const path = (index: number) => drawPath(root.fork(`path/${index}`), all);

  const transcript = (index: number): Transcript => {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new InvalidArgumentError({ argument: "index", problem: "must be a whole number, 0 or more", value: index });
    }
    const { startedAt, steps, outcome } = path(index);
    const say = createSpeech(root.fork(`speech/${index}`));
    const messages = steps.map(
      (step): Message => ({ role: step.state.speaker ?? "agent", text: say(step), atSeconds: step.state.seconds }),
    );
    return { id: `${prefix}${index}`, source: "simulated", startedAt, messages, outcome };
  };

  return {
    settings: all,
    seed,
    transcript,
    *transcripts(count = Number.POSITIVE_INFINITY, firstIndex = 0) {
      for (let i = 0; i < count; i++) yield transcript(firstIndex + i);
    },
    bestProbability(conversationId, landmark) {
      const digits = conversationId.startsWith(prefix) ? conversationId.slice(prefix.length) : "";
      if (!/^\d{1,15}$/.test(digits)) return undefined;
      const last = lastVisible(path(Number(digits)), landmark, all.horizonSeconds);
      if (last === undefined) return undefined;
      if (last.move === "bye") return 0;
      const quietUntilSeconds = "seconds" in landmark ? landmark.seconds : last.state.seconds;
      const stream = root.fork(`forecast/${digits}/${landmarkName(landmark)}`);
      return forecast(last.state, { ...all, quietUntilSeconds }, stream);
    },
  };
}

/** The last step that a landmark lets see; undefined where an honest validator would not ask. */
function lastVisible({ steps, outcome }: Path, landmark: Landmark, horizonSeconds: number): Step | undefined {
  const visible =
    "messages" in landmark
      ? steps.slice(0, landmark.messages)
      : steps.filter(({ state }) => state.seconds <= landmark.seconds);
  const reached = "messages" in landmark ? visible.length === landmark.messages : true;
  const last = visible.at(-1);
  if (!reached || last === undefined) return undefined;
  const moment = "seconds" in landmark ? landmark.seconds : last.state.seconds;
  return moment < Math.min(outcome.atSeconds ?? horizonSeconds, horizonSeconds) ? last : undefined;
}

function checkSettings(settings: SimulatorSettings): SimulatorSettings {
  const refuse = (argument: string, problem: string, value: unknown) => {
    throw new InvalidArgumentError({ argument, problem, value });
  };
  const { appeal, maxMessages, horizonSeconds, rollouts, firstDay } = settings;
  if (!Number.isFinite(appeal)) refuse("appeal", "must be a number", appeal);
  if (!Number.isInteger(maxMessages) || maxMessages < 1)
    refuse("maxMessages", "must be a whole number above 0", maxMessages);
  if (!(horizonSeconds > 0)) refuse("horizonSeconds", "must be above 0", horizonSeconds);
  if (!Number.isInteger(rollouts) || rollouts < 1) refuse("rollouts", "must be a whole number above 0", rollouts);
  if (Number.isNaN(Date.parse(firstDay))) refuse("firstDay", "must be a date", firstDay);
  return settings;
}
