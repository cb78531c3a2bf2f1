import { type LandmarkOptions, landmarkRows } from "../features/index.ts";
import { defineTask } from "../jobs/index.ts";
import type { Transcript } from "../schema.ts";
import { type LineComplaint, parseTranscriptLine } from "../sources/index.ts";
import { csvLine } from "./rows.ts";

/** A conversation as lines of CSV. */
export interface ConvertedLine {
  readonly id: string;
  /** One row a line, the last without its end. */
  readonly csv: string;
  readonly rows: number;
  /** Rows whose truth is a conversion. */
  readonly converted: number;
}

/** A conversation, cut at landmarks. */
export function convert(transcript: Transcript, options: LandmarkOptions): ConvertedLine {
  const rows = [...landmarkRows(transcript, options)];
  const converted = rows.reduce((sum, { truth }) => sum + truth.converted, 0);
  return { id: transcript.id, csv: rows.map(csvLine).join("\n"), rows: rows.length, converted };
}

const NEWLINE = 0x0a;

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(NEWLINE, from);
    const to = at === -1 ? bytes.length : at;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}

/** Lines of a file of conversations as a piece of work: read, checked, cut at landmarks, and written as CSV. */
export const featuresTask = defineTask(
  import.meta.url,
  "featuresTask",
  async (options: LandmarkOptions, lines: Uint8Array): Promise<(ConvertedLine | LineComplaint)[]> =>
    Array.from(linesOf(lines), (bytes) => {
      const transcript = parseTranscriptLine(bytes);
      return "problem" in transcript ? transcript : convert(transcript, options);
    }),
);
