import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../core/index.ts";
import { wallClock } from "../features/index.ts";
import type { Jobs } from "../jobs/index.ts";
import { requireDuckDb, writeParquet } from "../learning/index.ts";
import { CSV_HEADER, type Landmark } from "../schema.ts";
import { type BadTranscriptError, readTranscripts } from "../sources/index.ts";
import { sharedFeatures } from "./features-shared.ts";
import { type ConvertedLine, convert } from "./features-task.ts";
import type { Flags } from "./flags.ts";
import { isShared, withJobs } from "./jobs.ts";
import { writeLines } from "./rows.ts";
import { createProgress, print, printAside, printJson, untilSignal } from "./terminal.ts";

function landmarksOf(flags: Flags): Landmark[] {
  const numbers = (value: unknown) => (Array.isArray(value) ? [...new Set(value.map(Number))] : []);
  const seconds = numbers(flags.landmarkSeconds);
  return seconds.length > 0
    ? seconds.map((count) => ({ seconds: count }))
    : numbers(flags.landmarks).map((count) => ({ messages: count }));
}

/** `conversion-subnet features` */
export async function runFeatures(transcripts: string, flags: Flags): Promise<void> {
  const out = String(flags.out);
  const kind = extname(out).toLowerCase();
  if (kind !== ".csv" && kind !== ".parquet") {
    throw new UserError(`--out ${out} ends neither in .csv nor in .parquet.`, { hint: "Try --out rows.csv" });
  }
  const options = {
    landmarks: landmarksOf(flags),
    horizonSeconds: Number(flags.horizonSeconds),
    timeZone: String(flags.timeZone),
  };
  // Both would otherwise be missed only when the work is done.
  wallClock("2026-01-01T00:00:00Z", 0, options.timeZone);
  if (kind === ".parquet") await requireDuckDb(`Writing ${out}`);
  await untilSignal(async (signal) => {
    const { size } = await stat(transcripts);
    const counts = { conversations: 0, rows: 0, converted: 0, badLines: 0 };
    const bar = createProgress(`Writing ${out}`);
    const reading = {
      signal,
      skipBadLines: flags.skipBadLines === true,
      onBadLine: ({ line, field }: BadTranscriptError) => {
        counts.badLines += 1;
        printAside(`Line ${line} was left out: ${field}`);
      },
      onBytes: (bytes: number) => bar.update(size > 0 ? Math.min(1, bytes / size) : 0, `${counts.rows} rows`),
    };
    const made = async function* (jobs: Jobs | null): AsyncGenerator<ConvertedLine> {
      if (jobs !== null) return yield* sharedFeatures(transcripts, jobs, { ...reading, options });
      for await (const transcript of readTranscripts(transcripts, reading)) yield convert(transcript, options);
    };
    const lines = async function* (jobs: Jobs | null) {
      yield CSV_HEADER.join(",");
      for await (const { csv, rows, converted } of made(jobs)) {
        counts.conversations += 1;
        counts.rows += rows;
        counts.converted += converted;
        if (rows > 0) yield csv;
      }
    };
    const finish = (from: string, to: string) => writeParquet(from, to);
    const write = (jobs: Jobs | null) =>
      writeLines(out, lines(jobs), { signal, ...(kind === ".parquet" && { finish }) });
    await (isShared(flags) ? withJobs(flags, write) : write(null));
    bar.done(`${counts.rows} rows`);
    if (counts.rows === 0) {
      printAside("No row was written: no conversation is as long as the first landmark. Cut earlier: --landmarks 1");
    }
    if (flags.json === true) return printJson({ file: out, ...counts });
    const left =
      counts.badLines === 0 ? "" : `; ${counts.badLines} bad ${counts.badLines === 1 ? "line" : "lines"} left out`;
    print(`${out}: ${counts.rows} rows of ${counts.conversations} conversations, ${counts.converted} converted${left}`);
  });
}
