import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { systemClock, UserError } from "../core/index.ts";
import { requireDuckDb, writeParquet } from "../learning/index.ts";
import { tableRules } from "../store/index.ts";
import { EXPORT_COLUMNS, exportCsv, exportJsonLines, type HistoryInfo } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { forgetEverywhere, pruneEverywhere, withHistory } from "./history-anywhere.ts";
import { historyPathOf, withHistoryFile } from "./history-file.ts";
import { openPostgres, postgresUrlOf } from "./history-postgres.ts";
import { writeLines } from "./rows.ts";
import { columns } from "./table.ts";
import { createProgress, loggerOf, print, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

const dateOf = (ms: number | null) => (ms === null ? "-" : new Date(ms).toISOString());
const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** What any history holds, for a table. */
export function infoRows(info: HistoryInfo): string[][] {
  const { questions, open, settled, void: voided, answers, hotkeys, pruned, modes, weightsSet } = info;
  return [
    ["questions", `${questions}: ${settled} settled, ${voided} void, ${open} open; ${pruned} more pruned`],
    ["asked", `${dateOf(info.firstAskedAtMs)} to ${dateOf(info.lastAskedAtMs)}`],
    ["answers", `${answers} of ${hotkeys} hotkeys`],
    ["weights", `set ${weightsSet} times`],
    ...modes.map((mode) => ["mode", `${mode.name}, version ${mode.version}: ${mode.questions} questions`]),
  ];
}

/** `conversion-subnet history info` */
export async function runHistoryInfo(flags: Flags): Promise<void> {
  if (postgresUrlOf(flags) !== null) return showPostgres(flags);
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
    const rows = [
      ["file", `${path}, ${megabytes(bytes)}`],
      ...infoRows(info),
      ...tables.map(({ table, kind, rows: count }) => ["table", `${table} (${kind}): ${count} rows`]),
      ...(problems === null ? [] : [["check", problems.length === 0 ? "sound" : problems.join("; ")]]),
    ];
    for (const line of columns(rows, { right: [] })) print(line);
  });
}

/** `history info` of a history in PostgreSQL. */
async function showPostgres(flags: Flags): Promise<void> {
  if (flags.check === true)
    throw new UserError("--check reads a file; PostgreSQL looks after its own.", {
      hint: "Leave --check out; `pg_amcheck` reads a database.",
    });
  const history = await openPostgres(flags, "read", { logger: loggerOf(flags, "warn") });
  try {
    const info = await history.info();
    const { address, validator } = history;
    if (flags.json === true) return printJson({ postgres: address, validator, ...info });
    const rows = [["database", address], ["validator", validator], ...infoRows(info)];
    for (const line of columns(rows, { right: [] })) print(line);
  } finally {
    await history.close();
  }
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
    withHistory(flags, "read", async ({ history }) => {
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
  const { rows, tidy } = await forgetEverywhere(flags, conversation);
  if (flags.json === true) return printJson({ conversation, rows, tidy });
  if (Object.values(rows).every((count) => count === 0)) return print(`Nothing is known of ${conversation}.`);
  print(`Forgotten: ${told(rows)}`);
  if (!tidy) print("A validator is reading; its log is emptied of it when that lets go.");
}

/** `conversion-subnet history prune` */
export async function runHistoryPrune(flags: Flags): Promise<void> {
  const retention = { days: Number(flags.days), textDays: Number(flags.textDays), keep: Number(flags.keep) };
  const rows = await untilSignal((signal) => pruneEverywhere(flags, retention, { nowMs: systemClock.nowMs(), signal }));
  if (flags.json === true) return printJson({ rows });
  print(`Pruned: ${told(rows)}`);
}
