import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { LandmarkRow } from "../features/index.ts";
import { FEATURE_NAMES } from "../schema.ts";

/** Lines handed to the file at once. */
const BATCH = 256;

const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A row as a line of the guide's CSV; what is unknown is blank. */
export function csvLine({ conversationId, features, truth }: LandmarkRow): string {
  const numbers = FEATURE_NAMES.map((name) => features[name] ?? "");
  const time = truth.converted === 1 ? (truth.timeSeconds ?? "") : -1;
  const minutes = typeof time === "number" && time >= 0 ? time / 60 : time;
  return [cell(conversationId), ...numbers, truth.converted, time, minutes].join(",");
}

async function* batched(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let batch: string[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield `${batch.join("\n")}\n`;
    batch = [];
  }
  if (batch.length > 0) yield `${batch.join("\n")}\n`;
}

/**
 * Writes lines as they come and keeps a batch of them in memory. The file is there when all of them are, or it is as it was:
 * Missing folders are made. `finish` turns the temporary file into another first, when given.
 */
export async function writeLines(
  out: string,
  lines: Iterable<string> | AsyncIterable<string>,
  { signal, finish }: { signal: AbortSignal; finish?: (from: string, to: string) => Promise<void> },
): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  const temporary = `${out}.${process.pid}.tmp`;
  const finished = `${temporary}.done`;
  try {
    await pipeline(Readable.from(batched(lines)), createWriteStream(temporary), { signal });
    await finish?.(temporary, finished);
    await rename(finish === undefined ? temporary : finished, out);
  } finally {
    await rm(temporary, { force: true });
    await rm(finished, { force: true });
  }
}
