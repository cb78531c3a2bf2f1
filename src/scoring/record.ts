import type { Truth } from "../schema.ts";
import type { Frozen, Reply, Score, StoredMode } from "./mode.ts";

/** What is stored of one question, as far as scores are made of it: a validator's record is one. */
export interface ScoredRecord {
  readonly open: { readonly number: number; readonly stratum: string; readonly askedAtSeconds: number };
  readonly frozen: Frozen;
  readonly mode: StoredMode;
  /** Hotkeys asked, in order. */
  readonly asked: readonly string[];
  readonly replies: ReadonlyMap<string, Reply>;
  /** Null = still open. */
  readonly settled: {
    /** Null = void: it scores nobody. */
    readonly truth: Truth | null;
    /** Where the truth came from, or why there is none. */
    readonly reason: string;
    /** Source, and what of it told the outcome. */
    readonly toldBy?: string | undefined;
    readonly atSeconds: number;
    readonly scores: ReadonlyMap<string, Score>;
  } | null;
}

/** A reply that was due and never recorded, as when the validator was killed while it waited. */
const NOT_RECORDED = { ok: false, reason: "not recorded", latencySeconds: null } as const;

/**
 * The replies that were scored, in the order in which the hotkeys were asked. A hotkey that was asked and has neither a reply nor a score
 * was not judged; one with a score alone was judged as silent.
 *
 * @example
 * judgedReplies({ ...record, asked: ["a", "b"], replies: new Map([["b", reply]]) }).map(([hotkey]) => hotkey); // ["b"]
 */
export function judgedReplies({ asked, replies, settled }: ScoredRecord): [hotkey: string, reply: Reply][] {
  return asked.flatMap((hotkey): [string, Reply][] => {
    const reply = replies.get(hotkey);
    if (reply !== undefined) return [[hotkey, reply]];
    const score = settled?.scores.get(hotkey);
    return score === undefined ? [] : [[hotkey, { ...NOT_RECORDED, reason: score.invalid ?? NOT_RECORDED.reason }]];
  });
}
