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

/** Files that {@link latestFeedback} reads, the last written ones, and of each so much of its end. */
const [MAX_FILES, TAIL_BYTES] = [8, 4 * 2 ** 20];

/**
 * The latest feedback in a folder, one after another, for a view that needs no more: of the eight files that were written last the last
 * 4 MiB, each in the order of its coming. Whoever reads lets others have their turn between.
 *
 * @example
 * for await (const { explanation } of latestFeedback("feedback")) explanation.stored?.total; // 0.725
 */
export async function* latestFeedback(path: string): AsyncGenerator<StoredFeedback> {
  const files = await filesOf(path);
  const stats = await Promise.all(files.map(async (file) => ({ file, ...(await markOf(file)) })));
  const chosen = stats.sort((a, b) => b.writtenMs - a.writtenMs).slice(0, MAX_FILES);
  for (const { file, size } of chosen.reverse()) {
    for await (const line of linesIn(file, { start: Math.max(0, size - TAIL_BYTES) })) {
      const one = parsed(line);
      if (one !== null) yield one;
    }
  }
}
const markOf = (file: string) =>
  stat(file).then(
    ({ size, mtimeMs }) => ({ size, writtenMs: mtimeMs }),
    () => ({ size: 0, writtenMs: 0 }),
  );

/**
 * What a validator told of one question, found by reading its files through; undefined when it is not there.
 *
 * @param validator its hotkey: an address, for files are named by it.
 * @param question the validator's own number.
 * @example
 * (await findFeedback("feedback", "5Grwva…", 812))?.explanation.question; // 812
 */
export async function findFeedback(
  folder: string,
  validator: string,
  question: number,
): Promise<StoredFeedback | undefined> {
  for (const name of [`${validator}.jsonl`, `${validator}.1.jsonl`]) {
    for await (const line of linesIn(join(folder, name))) {
      if (!line.includes(`"question":${question},`)) continue;
      const one = parsed(line);
      if (one !== null && one.explanation.question === question) return one;
    }
  }
  return undefined;
}
