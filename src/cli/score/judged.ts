import { readFeedbackFiles } from "../../miner/index.ts";
import type { Truth } from "../../schema.ts";
import { type Frozen, judgedReplies, type Reply, type Score, type StoredMode } from "../../scoring/index.ts";
import type { Flags } from "../flags.ts";
import { withHistoryFile } from "../history-file.ts";

/** One question to a miner whose truth is known, as it was judged. */
export interface Judged {
  /** Ms since 1970: when its miner was told, or, in a validator's history, when it was asked. */
  readonly atMs: number;
  readonly validator: string;
  /** The validator's number of it. */
  readonly question: number;
  /** Source and landmark. */
  readonly stratum: string;
  readonly mode: StoredMode;
  readonly frozen: Frozen;
  readonly reply: Reply;
  readonly truth: Truth;
  readonly score: Score;
  /** Valid answers that were the same, this one included. */
  readonly identical: number;
}

/** Where the judged questions come from, and what that source cannot tell. */
export interface JudgedSource {
  readonly all: readonly Judged[];
  /** Whether questions that were not answered are in it. */
  readonly silence: boolean;
  /** The miner's hotkey. */
  readonly hotkey: string | null;
}

/** What validators told a miner: answered questions only. */
export async function judgedInFeedback(path: string): Promise<JudgedSource> {
  const { all } = await readFeedbackFiles(path);
  const judged = all.flatMap(({ receivedAtMs, validator, explanation: e, truth }): Judged[] => {
    if (e.stored === null) return [];
    const { question, stratum, mode, frozen, reply, stored: score, others } = e;
    return [
      {
        atMs: receivedAtMs,
        validator,
        question,
        stratum,
        mode,
        frozen,
        reply,
        truth,
        score,
        identical: others.identical,
      },
    ];
  });
  return { all: judged, silence: false, hotkey: all.at(-1)?.explanation.hotkey ?? null };
}

/** What a validator holds of one miner, silence too. */
export async function judgedInHistory(flags: Flags, hotkey: string, fromMs: number): Promise<JudgedSource> {
  const all: Judged[] = [];
  await withHistoryFile(flags, "read", async ({ history }) => {
    for await (const record of history.records({ fromMs })) {
      const { settled, open, frozen, mode, askedAtMs: atMs } = record;
      const score = settled?.scores.get(hotkey);
      const truth = settled?.truth ?? null;
      if (score === undefined || truth === null) continue;
      const [, reply] = judgedReplies(record).find(([name]) => name === hotkey) ?? [];
      if (reply === undefined) continue;
      const { number: question, stratum } = open;
      all.push({ atMs, validator: "", question, stratum, mode, frozen, reply, truth, score, identical: 1 });
    }
  });
  return { all: all.sort((a, b) => a.atMs - b.atMs), silence: true, hotkey };
}
