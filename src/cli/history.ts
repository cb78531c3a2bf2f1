import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { systemClock, UserError } from "../core/index.ts";
import { requireDuckDb, writeParquet } from "../learning/index.ts";
import { tableRules } from "../store/index.ts";
import { applyRetention, EXPORT_COLUMNS, exportCsv, exportJsonLines, forgetConversation } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { historyPathOf, withHistoryFile } from "./history-file.ts";
import { writeLines } from "./rows.ts";
import { columns } from "./table.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

const dateOf = (ms: number | null) => (ms === null ? "-" : new Date(ms).toISOString());
const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** `conversion-subnet history info` */
export async function runHistoryInfo(flags: Flags): Promise<void> {
  const path = historyPathOf(flags);
  await withHistoryFile(flags, "read", async ({ store, history }) => {
    const info = await history.info();
    const bytes = (await sizeOf(path)) + (await sizeOf(`${path}-wal`));
    const tables = tableRules(store.sql).map(({ table, kind }) => ({
      table,
      kind,
      rows: Number(store.sql.get(`SELECT count(*) AS n FROM "${table}"`)?.n),
    }));
    const problems = flags.check === true ? store.check() : null;
    if (problems !== null && problems.length > 0) process.exitCode = 1;
    if (flags.json === true) return printJson({ path, bytes, ...info, tables, problems });
    const { questions, open, settled, void: voided, answers, hotkeys, pruned, modes, weightsSet } = info;
    const rows = [
      ["file", `${path}, ${megabytes(bytes)}`],
      ["questions", `${questions}: ${settled} settled, ${voided} void, ${open} open; ${pruned} more pruned`],
      ["asked", `${dateOf(info.firstAskedAtMs)} to ${dateOf(info.lastAskedAtMs)}`],
      ["answers", `${answers} of ${hotkeys} hotkeys`],
      ["weights", `set ${weightsSet} times`],
      ...modes.map((mode) => ["mode", `${mode.name}, version ${mode.version}: ${mode.questions} questions`]),
      ...tables.map(({ table, kind, rows: count }) => ["table", `${table} (${kind}): ${count} rows`]),
      ...(problems === null ? [] : [["check", problems.length === 0 ? "sound" : problems.join("; ")]]),
    ];
    for (const line of columns(rows, { right: [] })) print(line);
  });
}

/** `conversion-subnet history backup` */
export async function runHistoryBackup(file: string, flags: Flags): Promise<void> {
  const bytes = await withHistoryFile(flags, "read", ({ store }) => store.backup(file));
  if (flags.json === true) return printJson({ file, bytes });
  print(`${file}: ${megabytes(bytes)}, checked`);
}

/** `conversion-subnet history export` */
export async function runHistoryExport(flags: Flags): Promise<void> {
  const out = String(flags.out);
  const kind = extname(out).toLowerCase();
  if (![".csv", ".jsonl", ".parquet"].includes(kind)) {
    throw new UserError(`--out ${out} ends in none of .jsonl, .csv and .parquet.`, { hint: "Try --out answers.csv" });
  }
  if (kind === ".parquet") await requireDuckDb(`Writing ${out}`);
  await assertWritable(out);
  const momentOf = (value: unknown) => (typeof value === "number" ? value : undefined);
  const query = { fromMs: momentOf(flags.from), toMs: momentOf(flags.to) };
  const bar = createProgress(`Writing ${out}`);
  let lines = kind === ".jsonl" ? 0 : -1;
  await untilSignal((signal) =>
    withHistoryFile(flags, "read", async ({ history }) => {
      const counted = async function* () {
        for await (const line of kind === ".jsonl" ? exportJsonLines(history, query) : exportCsv(history, query)) {
          lines += 1;
          if (lines % 1_000 === 0) bar.update(0, `${lines} rows`);
          yield line;
        }
      };
      const finish = (from: string, to: string) => writeParquet(from, to, { columns: EXPORT_COLUMNS });
      await writeLines(out, counted(), { signal, ...(kind === ".parquet" && { finish }) });
    }),
  );
  bar.done(`${lines} rows`);
  if (flags.json === true) return printJson({ file: out, rows: lines });
  print(`${out}: ${lines} ${kind === ".jsonl" ? "questions" : "answers"}`);
}

const told = (rows: Readonly<Record<string, number>>) =>
  Object.entries(rows)
    .map(([table, count]) => `${count} of ${table}`)
    .join(", ");

/** `conversion-subnet history forget` */
export async function runHistoryForget(conversation: string, flags: Flags): Promise<void> {
  const { rows, tidy } = await withHistoryFile(flags, "share", (opened) => forgetConversation(opened, conversation));
  if (flags.json === true) return printJson({ conversation, rows, tidy });
  if (Object.values(rows).every((count) => count === 0)) return print(`Nothing is known of ${conversation}.`);
  print(`Forgotten: ${told(rows)}`);
  if (!tidy) print("A validator is reading; its log is emptied of it when that lets go.");
}

/** `conversion-subnet history prune` */
export async function runHistoryPrune(flags: Flags): Promise<void> {
  const retention = { days: Number(flags.days), textDays: Number(flags.textDays), keep: Number(flags.keep) };
  const rows = await untilSignal((signal) =>
    withHistoryFile(flags, "share", (opened) =>
      applyRetention(opened, retention, { nowMs: systemClock.nowMs(), signal }),
    ),
  );
  if (flags.json === true) return printJson({ rows });
  print(`Pruned: ${told(rows)}`);
}
