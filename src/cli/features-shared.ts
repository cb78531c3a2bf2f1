import { utf8 } from "../core/index.ts";
import type { LandmarkOptions } from "../features/index.ts";
import type { Jobs } from "../jobs/index.ts";
import {
  BadTranscriptError,
  idSeen,
  type LineComplaint,
  readTranscriptLines,
  type TranscriptLine,
} from "../sources/index.ts";
import { type ConvertedLine, featuresTask } from "./features-task.ts";

/** A piece holds about so much of the file, and so many pieces are handed out at once: 32 MiB are on their way at most. */
const PIECE_BYTES = 262_144;
const PIECES = 128;
const END = utf8("\n");

/** Lines in pieces of some size; a line that is bad already has no bytes. */
async function* inPieces(lines: AsyncIterable<TranscriptLine>): AsyncGenerator<readonly TranscriptLine[]> {
  let piece: TranscriptLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    piece.push(line);
    bytes += "problem" in line.bytes ? 0 : line.bytes.length;
    if (bytes < PIECE_BYTES) continue;
    yield piece;
    [piece, bytes] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/** The lines that are to be read, each with its end. */
function bytesOf(piece: readonly TranscriptLine[]): Uint8Array {
  const parts = piece.flatMap(({ bytes }) => ("problem" in bytes ? [] : [bytes, END]));
  return Buffer.concat(parts);
}

async function* inBatches<T>(items: AsyncIterable<T>, most: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** How to {@link sharedFeatures}. */
export interface SharedFeaturesOptions {
  readonly options: LandmarkOptions;
  readonly skipBadLines: boolean;
  readonly onBadLine: (error: BadTranscriptError) => void;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * The conversations of a file as CSV, made by others and in the order of the file: what is bad, and what was there before, is found as if
 * one had read it all.
 */
export async function* sharedFeatures(
  path: string,
  jobs: Jobs,
  { options, skipBadLines, onBadLine, onBytes, signal }: SharedFeaturesOptions,
): AsyncGenerator<ConvertedLine> {
  const seen = new Set<string>();
  for await (const pieces of inBatches(inPieces(readTranscriptLines(path, { onBytes, signal })), PIECES)) {
    const inputs = pieces.map(bytesOf);
    const outputs = await jobs.run(featuresTask, options, inputs, { signal });
    for (const [i, piece] of pieces.entries()) {
      const made = outputs[i].values();
      for (const { number, bytes } of piece) {
        const line: ConvertedLine | LineComplaint | undefined = "problem" in bytes ? bytes : made.next().value;
        if (line === undefined) throw new Error("A piece came back with fewer lines than it had.");
        const found = !("problem" in line) && seen.has(line.id) ? idSeen(line.id) : line;
        if (!("problem" in found)) {
          seen.add(found.id);
          yield found;
          continue;
        }
        const error = new BadTranscriptError({ path, line: number, ...found });
        if (!skipBadLines) throw error;
        onBadLine(error);
      }
    }
  }
}
