import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createLogger, LOG_LEVELS, type LogLevel, sleep, UserError } from "../../core/index.ts";
import { getAdmin, type RunFile, readRunFiles } from "../../dashboard/index.ts";
import type { Flags } from "../flags.ts";
import { defaultLogPath } from "../neuron-folder.ts";
import { ownFolder } from "../own-folder.ts";
import { print, printAside, untilSignal } from "../terminal.ts";
import { logsSchema } from "./documents.ts";
import { type LogQuery, matches, type NodeLine, readLast, tail } from "./log-reader.ts";

const LOOK_EVERY_MS = 500;
const RING_PAGE = 500;

/** Where lines come from. */
interface Source {
  readonly name: string;
  last(count: number): Promise<NodeLine[]>;
  /** Asks for what came since. */
  follow(): Promise<() => Promise<NodeLine[]>>;
}

function fileSource(path: string, node: string, query: LogQuery): Source {
  return {
    name: path,
    last: (count) => readLast(path, node, query, count),
    follow: async () => {
      const next = await tail(path, node);
      return async () => (await next()).filter((line) => matches(line, query));
    },
  };
}

/** What a running node has in memory: the newest of its lines. */
function ringSource(run: RunFile, query: LogQuery): Source {
  const read = async () => {
    const parsed = logsSchema.safeParse(
      (await getAdmin(run, `/api/logs?level=${query.level}&limit=${RING_PAGE}`)).body,
    );
    return parsed.success ? parsed.data.lines.toReversed() : [];
  };
  const wanted = (lines: Awaited<ReturnType<typeof read>>) =>
    lines
      .map(({ sequence: _, ...line }): NodeLine => ({ ...line, node: run.kind }))
      .filter((line) => matches(line, query));
  return {
    name: `process ${run.pid}`,
    last: async (count) => wanted(await read()).slice(-count),
    follow: async () => {
      let seen = (await read()).at(-1)?.sequence ?? 0;
      return async () => {
        const fresh = (await read()).filter(({ sequence }) => sequence > seen);
        seen = fresh.at(-1)?.sequence ?? seen;
        return wanted(fresh);
      };
    },
  };
}

/** Files of nodes that run, what they have in memory where they write none, and the files of the flags' wallet where none runs. */
async function sourcesOf(flags: Flags, query: LogQuery): Promise<Source[]> {
  const { file, node } = flags;
  if (typeof file === "string") {
    if (!existsSync(file)) throw new UserError(`There is no log at ${file}.`);
    return [fileSource(resolve(file), "file", query)];
  }
  const runs = (await readRunFiles(ownFolder())).filter(
    ({ kind }) => kind !== "dashboard" && (node === undefined || node === kind),
  );
  const running = runs.flatMap((run) => {
    if (run.logFile !== null && existsSync(run.logFile)) return [fileSource(run.logFile, run.kind, query)];
    return run.url === null ? [] : [ringSource(run, query)];
  });
  if (running.length > 0) return running;
  const kinds = (["miner", "validator"] as const).filter((kind) => node === undefined || node === kind);
  const kept = kinds
    .map((kind) => ({ kind, path: defaultLogPath(flags, kind) }))
    .filter(({ path }) => existsSync(path));
  if (kept.length > 0) return kept.map(({ kind, path }) => fileSource(path, kind, query));
  throw new UserError("No node of yours runs, and none has left a log.", {
    hint: "Nodes keep one with --logging.file; name it with --file, or its wallet with --wallet.name and --wallet.hotkey.",
  });
}

/** A line as nodes print theirs, with the day and the node before it. */
function human({ atMs, level, message, fields, node }: NodeLine, several: boolean): string {
  let text = "";
  const write = (line: string) => {
    text = line;
  };
  const { time: _t, level: _l, message: _m, ...rest } = fields as Record<string, string | number | boolean | null>;
  createLogger({ level: "trace", format: "human", write, nowMs: () => atMs })[level](message, rest);
  // A sentence with a line end in it, in somebody's file, would look like two.
  const line = text.replaceAll(/[\r\n]/g, " ");
  return `${new Date(atMs).toISOString().slice(0, 10)} ${several ? `${node.padEnd(9)} ` : ""}${line}`;
}

const levelOf = (value: unknown): LogLevel => LOG_LEVELS.find((level) => level === value) ?? "info";

/** `conversion-subnet logs` */
export async function runLogs(flags: Flags): Promise<void> {
  const query: LogQuery = {
    level: levelOf(flags.level),
    text: typeof flags.text === "string" ? flags.text : null,
    sinceMs: typeof flags.since === "number" ? flags.since : null,
  };
  const sources = await sourcesOf(flags, query);
  const several = sources.length > 1;
  const show = (lines: readonly NodeLine[]) => {
    for (const line of [...lines].sort((a, b) => a.atMs - b.atMs)) {
      const { atMs, level, message, fields, node } = line;
      if (flags.json === true)
        print(JSON.stringify({ time: new Date(atMs).toISOString(), node, level, message, ...fields }));
      else print(human(line, several));
    }
  };
  await untilSignal(async (signal) => {
    const count = Number(flags.lines);
    // Followed before the last ones are read, so that none falls between.
    const following = flags.follow === true ? await Promise.all(sources.map((source) => source.follow())) : [];
    const found = (await Promise.all(sources.map((source) => source.last(count)))).flat();
    show(found.sort((a, b) => a.atMs - b.atMs).slice(-count));
    if (found.length === 0 && following.length === 0)
      printAside(`Nothing of the kind is in ${sources.map(({ name }) => name).join(", ")}.`);
    while (following.length > 0 && !signal.aborted) {
      await sleep(LOOK_EVERY_MS, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const fresh = await Promise.all(following.map((next) => next().catch(() => [])));
      show(fresh.flat());
    }
  });
}
