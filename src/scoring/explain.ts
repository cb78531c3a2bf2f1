import { UserError } from "../core/index.ts";
import type { Truth } from "../schema.ts";
import { type Frozen, type Reply, refusal, type Score, type ScoringMode, type StoredMode } from "./mode.ts";
import { storedMode } from "./modes.ts";
import { judgedReplies, type ScoredRecord } from "./record.ts";
import { identity } from "./seed-v1.ts";

/** The form below; raised when it changes. */
export const EXPLANATION_FORMAT = "conversion-subnet/explanation/1";

/** Why one miner got what it got for one question: plain data, JSON as it is. */
export interface Explanation {
  readonly format: typeof EXPLANATION_FORMAT;
  readonly question: number;
  readonly hotkey: string;
  /** Source and landmark. */
  readonly stratum: string;
  readonly askedAtSeconds: number;
  readonly mode: StoredMode & { readonly formula: readonly string[] };
  /** What was known of history when the question was asked. */
  readonly frozen: Frozen;
  /** Its answer with the validator's own latency, or why there is none. */
  readonly reply: Reply;
  readonly truth: (Truth & { readonly from: string; readonly atSeconds: number }) | null;
  /** The score on record; null = not scored. */
  readonly stored: Score | null;
  /** Made again from the record just now; null = the mode is not known here, or there is no truth. */
  readonly recomputed: Score | null;
  /** Whether both are the same number, part by part; null = there is nothing to compare. */
  readonly agrees: boolean | null;
  readonly differences: readonly { readonly part: string; readonly stored: number; readonly recomputed: number }[];
  /** What of the others' replies counted. */
  readonly others: { readonly replies: number; readonly valid: number; readonly identical: number };
  /** What a reader must know besides. */
  readonly notes: readonly string[];
}

/** Numbers that went through a store may lose their last digit, not more. */
const TOLERANCE = 1e-9;

/** The numbers of a score, by name. */
function numbersOf({ total, prediction, best, components }: Score): [string, number][] {
  return [...Object.entries({ total, prediction, best }), ...Object.entries(components)];
}

/** What ended it, and who told. */
const fromOf = ({ reason, toldBy }: NonNullable<ScoredRecord["settled"]>): string =>
  toldBy === undefined ? reason : `${reason}, told by ${toldBy}`;

/** A reply as it can be told: numbers that are none do not travel, the reason does. */
function told(reply: Reply): Reply {
  if (!reply.ok) return reply;
  const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = reply.answer;
  const numbers = [conversionHappened, timeToConversionSeconds, confidence ?? 0, timeIfConvertedSeconds ?? 0];
  if (numbers.every(Number.isFinite)) return reply;
  return { ok: false, reason: refusal(reply) ?? "invalid", latencySeconds: reply.latencySeconds };
}

/** What differs between two scores, part by part. */
export function differencesOf(stored: Score, recomputed: Score): Explanation["differences"] {
  const again = new Map(numbersOf(recomputed));
  const before = new Map(numbersOf(stored));
  return [...new Set([...before.keys(), ...again.keys()])].flatMap((part) => {
    const pair = { part, stored: before.get(part) ?? 0, recomputed: again.get(part) ?? 0 };
    return Math.abs(pair.stored - pair.recomputed) <= TOLERANCE ? [] : [pair];
  });
}

function notesOf({ settled, mode: stored, asked, replies }: ScoredRecord, mode: ScoringMode | null, scored: boolean) {
  const notes: string[] = [];
  if (settled === null) notes.push("The question is still open: there is no truth and no score yet.");
  else if (settled.truth === null) notes.push(`The question is void and scores nobody: ${settled.reason}.`);
  else if (!scored) notes.push("No score was recorded for this hotkey.");
  if (settled?.truth?.converted === 1 && settled.truth.timeSeconds === null)
    notes.push("The moment of conversion is not known: the time part is paid to nobody.");
  if (mode === null)
    notes.push(`The mode ${stored.name}, version ${stored.version}, is not known here: not recomputed.`);
  else {
    const changed = Object.keys(stored.constants).filter((name) => stored.constants[name] !== mode.constants[name]);
    if (changed.length > 0) notes.push(`Recomputed with other constants than were stored: ${changed.join(", ")}.`);
  }
  const missing = asked.filter((hotkey) => !replies.has(hotkey)).length;
  if (missing > 0) notes.push(`The replies of ${missing} of ${asked.length} hotkeys were not recorded.`);
  return notes;
}

/**
 * Explains one score from its stored record, and makes it again: with the constants that were stored, never today's. Pure.
 *
 * @param own modes of your own, for records that they scored.
 * @throws {UserError} for a hotkey that was not asked.
 * @example
 * explain(record, "5F…").recomputed?.total; // 0.725
 */
export function explain(
  record: ScoredRecord,
  hotkey: string,
  { own = [] }: { own?: readonly ScoringMode[] } = {},
): Explanation {
  const { open, frozen, settled } = record;
  if (!record.asked.includes(hotkey)) {
    const hint = `Asked were ${record.asked.length === 0 ? "none" : record.asked.slice(0, 8).join(", ")}${record.asked.length > 8 ? ", ..." : ""}.`;
    throw new UserError(`Question ${open.number} was not asked of ${hotkey}.`, { hint });
  }
  const judged = judgedReplies(record);
  const replies = judged.map(([, reply]) => reply);
  const at = judged.findIndex(([name]) => name === hotkey);
  const reply = replies[at] ?? { ok: false, reason: "not recorded", latencySeconds: null };
  const mode = storedMode(record.mode, own);
  const stored = settled?.scores.get(hotkey) ?? null;
  const truth = settled?.truth ?? null;
  const scores = mode === null || truth === null || at < 0 ? [] : mode.score({ frozen, replies }, truth);
  const recomputed = scores[at] ?? null;
  const differences = stored === null || recomputed === null ? [] : differencesOf(stored, recomputed);
  const valid = replies.flatMap((other) => (other.ok && refusal(other) === null ? [other.answer] : []));
  const mine = reply.ok && refusal(reply) === null ? identity(reply.answer) : null;
  return {
    format: EXPLANATION_FORMAT,
    ...{ question: open.number, hotkey, stratum: open.stratum, askedAtSeconds: open.askedAtSeconds },
    mode: {
      ...{ name: record.mode.name, version: record.mode.version, constants: record.mode.constants },
      formula: mode?.formula ?? [],
    },
    frozen,
    reply: told(reply),
    truth:
      truth === null || settled === null ? null : { ...truth, from: fromOf(settled), atSeconds: settled.atSeconds },
    ...{ stored, recomputed, differences },
    agrees: stored === null || recomputed === null ? null : differences.length === 0,
    others: {
      replies: replies.length,
      valid: valid.length,
      identical: mine === null ? 0 : valid.filter((answer) => identity(answer) === mine).length,
    },
    notes: notesOf(record, mode, stored !== null),
  };
}

/** What somebody without the validator's history can say of an explanation. */
export interface ExplanationCheck {
  /** Null = it cannot be said. */
  readonly holds: boolean | null;
  readonly reason: string;
}

/**
 * Makes the number of an explanation again from the explanation alone, as a third party can: answer, truth, what was frozen, constants
 * and how many answers were identical are all in it. The price of silence is made of others' answers and cannot be checked.
 *
 * @example
 * checkExplanation(explain(record, "5F…")).holds; // true
 */
export function checkExplanation(
  { mode: stored, reply, truth, frozen, stored: score, others }: Explanation,
  { own = [] }: { own?: readonly ScoringMode[] } = {},
): ExplanationCheck {
  const mode = storedMode(stored, own);
  if (mode === null) return { holds: null, reason: `the mode ${stored.name} is not known here` };
  if (truth === null || score === null) return { holds: null, reason: "there is no score" };
  const invalid = refusal(reply);
  const copies = Array.from({ length: Math.max(1, others.identical) }, () => reply);
  const [again] = mode.score({ frozen, replies: copies }, truth);
  if (again === undefined) return { holds: null, reason: "the mode gave no score" };
  const wrong = differencesOf(score, again).filter(({ part }) => invalid === null || part !== "best");
  if (wrong.length === 0) return { holds: true, reason: "made again from the explanation alone" };
  if (invalid !== null) return { holds: null, reason: "the price of silence is made of others' answers" };
  return { holds: false, reason: `differs in ${wrong.map(({ part }) => part).join(", ")}` };
}
