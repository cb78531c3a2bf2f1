import { extname } from "node:path";
import { UserError, writeFileAtomic } from "../core/index.ts";
import {
  checkDataset,
  checkLeakage,
  type Dataset,
  leakageWarnings,
  type Report,
  readDataset,
  reportHtml,
} from "../learning/index.ts";
import { readTranscripts } from "../sources/index.ts";
import type { Flags } from "./flags.ts";
import { printAside } from "./terminal.ts";

/** Rows of a data file as the flags of a command say; `labels: false` for rows to predict. */
export async function readRows(path: string, flags: Flags, signal: AbortSignal, { labels = true } = {}) {
  const kind = extname(path).toLowerCase();
  if (![".csv", ".parquet", ".jsonl"].includes(kind)) {
    throw new UserError(`<data> is ${path}, and must end in .csv, .parquet or .jsonl.`);
  }
  const landmarks = Array.isArray(flags.landmarks)
    ? flags.landmarks.map((messages) => ({ messages: Number(messages) }))
    : [];
  const given = Array.isArray(flags.given) && flags.given.includes("landmarks");
  const ignored = given && kind !== ".jsonl" ? ["--landmarks is ignored: rows of a table are cut already."] : [];
  const { dataset, warnings } = await readDataset(path, {
    labels,
    signal,
    engine: flags.engine === "duckdb" ? "duckdb" : "own",
    ...(landmarks.length > 0 && { landmarks }),
    transcripts: (file) => readTranscripts(file, { signal }),
  });
  return { dataset, warnings: [...ignored, ...warnings] };
}

/** What is odd about rows to learn from: each feature is named once, whoever noticed it. */
export async function oddities(dataset: Dataset, warnings: readonly string[], seed: number): Promise<string[]> {
  const found = [...warnings, ...checkDataset(dataset)];
  const leaks = leakageWarnings(await checkLeakage(dataset, { seed }));
  const nameOf = (warning: string) => warning.split(" ")[0];
  return [...found, ...leaks.filter((leak) => !found.some((other) => nameOf(other) === nameOf(leak)))];
}

/** Refuses an ending before the work is done. */
export function checkReportPath(flags: Flags): string | null {
  if (typeof flags.report !== "string") return null;
  if (extname(flags.report).toLowerCase() === ".html") return flags.report;
  throw new UserError(`--report ${flags.report} must end in .html.`, { hint: "Try --report report.html" });
}

/** Writes the page, where one was asked for. */
export async function writeReport(path: string | null, report: Report): Promise<void> {
  if (path !== null) await writeFileAtomic(path, reportHtml(report));
}

/** What a person reads on the way. It may quote a stranger's file. */
export function warn(lines: readonly string[]): void {
  for (const line of lines) printAside(line);
}
