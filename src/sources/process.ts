import type { Random } from "../core/index.ts";
import type { Role } from "../schema.ts";

/**
 * What drives a conversation and is never shown. The first five are standard normal at the start. Moved in place by
 * {@link advance}, since forecasts walk through millions of them.
 */
export interface HiddenState {
  /** How much the user wants the thing: answers sooner, gives more, converts more. Fixed. */
  need: number;
  /** How far the user trusts the agent: longer messages, more given, fewer questions back. Moves with every agent message. */
  trust: number;
  /** How long the user bears with it: fewer messages sent in a row, leaves later. Fixed. */
  patience: number;
  /** How good the agent is: answers sooner and at length, asks for things, wins trust. Fixed. */
  skill: number;
  /** Slowness of the user beyond all that: shows in every reply, and in when things happen. Fixed. */
  slowness: number;
  seconds: number;
  messages: number;
  speaker: Role | null;
  /** Messages of the speaker in a row. */
  streak: number;
  /** Replies of the user so far. */
  replies: number;
  /** The agent's last message asked for something. */
  asked: boolean;
  /** Things that the user has given. */
  given: number;
}

/** What a message does; the words come later and from another stream. */
export type Move = "greet" | "ask" | "tell" | "open" | "give" | "evade" | "chat" | "bye" | "thanks";

/** Things that an agent asks for, one after another. */
export const SLOTS = ["email", "phone", "date", "money", "time", "name"] as const;

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** Whole seconds, as most chat logs have them; two messages never share one. */
const delaySeconds = (random: Random, median: number, spread: number) =>
  Math.max(1, Math.round(median * Math.exp(spread * random.normal())));

/** The state before the first message. Outside business hours agents are a little tired. */
export function createHiddenState(random: Random, { businessHours }: { businessHours: boolean }): HiddenState {
  return {
    need: random.normal(),
    trust: random.normal(),
    patience: random.normal(),
    skill: random.normal() - (businessHours ? 0 : 0.25),
    slowness: random.normal(),
    seconds: 0,
    messages: 0,
    speaker: null,
    streak: 0,
    replies: 0,
    asked: false,
    given: 0,
  };
}

function nextSpeaker({ speaker, streak, patience }: HiddenState, random: Random): Role {
  const again = random.next();
  if (speaker === null) return again < 0.5 ? "agent" : "user";
  if (speaker === "user") return streak < 3 && again < sigmoid(-2.2 - 1.6 * patience) ? "user" : "agent";
  return streak < 2 && again < 0.06 ? "agent" : "user";
}

function agentSpeaks(state: HiddenState, random: Random): Move {
  const first = state.messages === 0;
  if (!first) state.seconds += delaySeconds(random, (14 * Math.exp(-0.4 * state.skill)) / state.streak, 0.25);
  state.trust += 0.1 * state.skill + 0.22 * random.normal();
  state.asked = !first && random.next() < sigmoid(1.2 + 1.1 * state.skill) && state.given < SLOTS.length;
  return first ? "greet" : state.asked ? "ask" : "tell";
}

function userSpeaks(state: HiddenState, random: Random): Move {
  const median = 14 * Math.exp(0.3 * state.slowness - 0.35 * state.need);
  if (state.messages > 0) state.seconds += delaySeconds(random, median / state.streak, 0.25);
  const gives = state.asked && random.next() < sigmoid(0.5 + 0.9 * state.trust + 0.6 * state.need);
  const move = state.replies === 0 ? "open" : gives ? "give" : state.asked ? "evade" : "chat";
  if (move === "give") state.given++;
  state.replies++;
  state.asked = false;
  return move;
}

/** One message more, told in the state itself. Whether the user converts or leaves after it is not drawn: see {@link hazards}. */
export function advance(state: HiddenState, random: Random): Move {
  const role = nextSpeaker(state, random);
  state.streak = role === state.speaker ? state.streak + 1 : 1;
  const move = role === "agent" ? agentSpeaks(state, random) : userSpeaks(state, random);
  state.speaker = role;
  state.messages++;
  return move;
}

/** Log odds of converting after a reply. Chosen so that about half convert and the best forecast has an AUC near .82. */
const CONVERT = { base: -6.1, reply: 0.44, given: 0.35, need: 0.7, trust: 0.5, skill: 0.2 } as const;
/** Log odds of leaving after what the agent says. */
const LEAVE = { base: -3.3, reply: 0.2, patience: -0.3, need: -0.3, trust: -0.4, skill: -0.2 } as const;

/** Chance that the user converts after this message: grows with every reply. */
export function convertHazard({ speaker, replies, given, need, trust, skill }: HiddenState, appeal: number): number {
  if (speaker !== "user" || replies < 2) return 0;
  const soFar = CONVERT.reply * replies + CONVERT.given * given;
  const mood = CONVERT.need * need + CONVERT.trust * trust + CONVERT.skill * skill;
  return sigmoid(CONVERT.base + appeal + soFar + mood);
}

/** Chance that, not having converted, the user says nothing more. */
export function leaveHazard(state: HiddenState, maxMessages: number): number {
  if (state.messages >= maxMessages) return 1;
  if (state.speaker !== "agent") return 0;
  const { patience, need, trust, skill } = state;
  const mood = LEAVE.patience * patience + LEAVE.need * need + LEAVE.trust * trust + LEAVE.skill * skill;
  return sigmoid(LEAVE.base + LEAVE.reply * state.replies + mood);
}

/** Seconds from the last word to the conversion: forms are filled in at the user's own pace. */
export function decisionSeconds(state: HiddenState, random: Random): number {
  return delaySeconds(random, 8 * Math.exp(0.3 * state.slowness), 0.5);
}
