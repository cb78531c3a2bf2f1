import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../core/index.ts";
import { type Feedback, readFeedback } from "../protocol/index.ts";
import { linesIn } from "./feedback-file.ts";

/** Feedback as a miner has kept it. */
export interface StoredFeedback extends Feedback {
  /** When it came, ms since 1970 by this miner's clock. */
  readonly receivedAtMs: number;
  /** Hotkey of the validator that signed it. */
  readonly validator: string;
  /** Whether its score could be made again from it; null = that cannot be said. */
  readonly holds: boolean | null;
}

const lineSchema = z.object({ at: z.number(), validator: z.string().max(64), holds: z.boolean().nullable() });

function parsed(line: string): StoredFeedback | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const head = lineSchema.safeParse(value);
  const read = readFeedback(value);
  if (!head.success || !read.ok) return null;
  const { at: receivedAtMs, validator, holds } = head.data;
  return { receivedAtMs, validator, holds, ...read.feedback };
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new UserError(`There is no feedback at ${path}.`, {
      hint: "Give the folder of miner run --feedback.accept, or one file of it.",
    });
  }
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => join(path, name));
}

/**
 * All feedback in a file or a folder, in the order of its coming, each question of a validator once.
 *
 * @returns `skipped`: lines that are no feedback, as a kill may leave one.
 * @throws {UserError} when nothing is there.
 * @example
 * (await readFeedbackFiles("feedback")).all.length; // 812
 */
export async function readFeedbackFiles(path: string): Promise<{ all: StoredFeedback[]; skipped: number }> {
  const found = new Map<string, StoredFeedback>();
  let skipped = 0;
  for (const file of await filesOf(path)) {
    for await (const line of linesIn(file)) {
      if (line === "") continue;
      const one = parsed(line);
      if (one === null) skipped += 1;
      else if (!found.has(`${one.validator} ${one.question.sessionId}`))
        found.set(`${one.validator} ${one.question.sessionId}`, one);
    }
  }
  const all = [...found.values()].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  return { all, skipped };
}
