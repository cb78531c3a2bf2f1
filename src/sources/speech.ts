import { type Random, shuffled } from "../core/index.ts";
import {
  AGENT_FILLERS,
  ASKS,
  BYES,
  CHATS,
  EVASIONS,
  FIRST_NAMES,
  GREETINGS,
  LAST_NAMES,
  MONTHS,
  OPENINGS,
  TELLS,
  THANKS,
  TOPICS,
  USER_FILLERS,
  USER_QUESTIONS,
} from "./phrases.ts";
import { type HiddenState, type Move, SLOTS, sigmoid } from "./process.ts";

/** One message of the process, and the state after it. */
export interface Step {
  readonly move: Move;
  readonly state: Readonly<HiddenState>;
}

type Slot = (typeof SLOTS)[number];

function pick<T extends string>(items: readonly [T, ...T[]], random: Random): T {
  return items[random.integer(items.length)] ?? items[0];
}

/** What a user says when a thing is given: addresses of example.com and 555-01xx numbers, which belong to nobody. */
function answerFor(slot: Slot, person: { first: string; last: string }, random: Random): string {
  const { first, last } = person;
  switch (slot) {
    case "email":
      return `${first}.${last}@example.com`.toLowerCase();
    case "phone":
      return `(${200 + random.integer(700)}) 555-01${10 + random.integer(90)}`;
    case "date":
      return `${pick(MONTHS, random)} ${1 + random.integer(28)}`;
    case "money":
      return `$${20 * (1 + random.integer(40))}`;
    case "time":
      return `${1 + random.integer(11)}:${10 * (1 + random.integer(5))} pm`;
    case "name":
      return `${first} ${last}`;
  }
}

/** Two neighbouring letters change places. */
function mistype(text: string, random: Random): string {
  const at = 1 + random.integer(Math.max(1, text.length - 2));
  return `${text.slice(0, at)}${text.charAt(at + 1)}${text.charAt(at)}${text.slice(at + 2)}`;
}

/** Adds phrases until the text is about as long as the mood asks for. */
function lengthen(text: string, fillers: readonly string[], glue: string, targetChars: number, random: Random): string {
  let out = text;
  for (const filler of shuffled(fillers, random)) {
    if (out.length + filler.length / 2 < targetChars) out += glue + filler;
  }
  return out;
}

/** Turns the moves of one conversation into words. It sees the hidden state, so lengths, questions and answers show it, noisily. */
export function createSpeech(random: Random): (step: Step) => string {
  const topic = pick(TOPICS, random);
  const person = { first: pick(FIRST_NAMES, random), last: pick(LAST_NAMES, random) };
  const slots = shuffled(SLOTS, random);
  let tries = 0;
  let lastAsk: { slot: Slot; text: string } | undefined;
  const nextSlot = (): Slot => slots[0] ?? "name";
  const ask = ({ state }: Step): string => {
    // What was evaded twice waits until everything else has been asked.
    if (tries >= 2) slots.push(...slots.splice(0, 1));
    tries = tries >= 2 ? 1 : tries + 1;
    const slot = nextSlot();
    const again = lastAsk?.slot === slot && random.next() < sigmoid(-state.skill) ? lastAsk.text : undefined;
    lastAsk = { slot, text: again ?? pick(ASKS[slot], random) };
    return lastAsk.text;
  };
  const give = (): string => {
    const answer = answerFor(nextSlot(), person, random);
    slots.shift();
    tries = 0;
    return `${random.next() < 0.5 ? "" : "sure, "}${answer}`;
  };
  const words = (step: Step): string => {
    switch (step.move) {
      case "greet":
        return pick(GREETINGS, random);
      case "ask":
        return ask(step);
      case "tell":
        return pick(TELLS, random);
      case "open":
        return pick(OPENINGS, random).replace("{topic}", topic);
      case "give":
        return give();
      case "evade":
        return pick(EVASIONS, random);
      case "chat":
        return pick(CHATS, random);
      case "bye":
        return pick(BYES, random);
      case "thanks":
        return pick(THANKS, random);
    }
  };
  return (step) => {
    const { skill, trust, need } = step.state;
    const text = words(step);
    if (step.state.speaker === "agent") {
      const targetChars = 62 * Math.exp(0.4 * skill + 0.2 * random.normal());
      return lengthen(text, AGENT_FILLERS, " ", targetChars, random);
    }
    const targetChars = 38 * Math.exp(0.4 * trust + 0.2 * need + 0.2 * random.normal());
    const typed = lengthen(text, USER_FILLERS, ", ", targetChars, random);
    const wary = random.next() < sigmoid(-1.2 - 1.0 * trust) ? `, ${pick(USER_QUESTIONS, random)}` : "";
    const careful = step.move === "give" || random.next() < 0.9;
    return (careful ? typed : mistype(typed, random)) + wary;
  };
}
