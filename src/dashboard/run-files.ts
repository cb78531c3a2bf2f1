import { constants } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isSameProcess, processStart, writeFileAtomic } from "../core/index.ts";

/** What runs: a node, or a command that shows files. */
export const RUN_KINDS = ["miner", "validator", "localnet", "demo", "dashboard"] as const;
/** What runs: a miner, a validator, a local chain, a demo, or the dashboard by itself. */
export type RunKind = (typeof RUN_KINDS)[number];

const text = z.string().max(1_000);
const runSchema = z.object({
  kind: z.enum(RUN_KINDS),
  pid: z.int().min(1),
  /** Tells the process from a later one of the same number; "-" where the system cannot. */
  processStart: text,
  url: text.regex(/^http:\/\/[^\s/?#]+$/).nullable(),
  tokenFile: text.nullable(),
  hotkey: text.nullable(),
  netuid: z.int().min(0).nullable(),
  network: text.nullable(),
  startedAtMs: z.number(),
  logFile: text.nullable(),
});

/** A running node, as it wrote it down. */
export interface RunFile {
  readonly kind: RunKind;
  readonly pid: number;
  /** Where its admin server is: `http://127.0.0.1:9191`; null = it has none. */
  readonly url: string | null;
  /** File that holds the token its admin server asks for; null = it asks for none, or was told it by the environment. */
  readonly tokenFile: string | null;
  readonly hotkey: string | null;
  readonly netuid: number | null;
  readonly network: string | null;
  readonly startedAtMs: number;
  readonly logFile: string | null;
}

/** A number that nobody can have made long. */
const MAX_FILES = 1_000;
const MAX_BYTES = 10_000;
const NAME = /^(?:miner|validator|localnet|demo|dashboard)-[1-9]\d{0,9}\.json$/;

/**
 * Where running nodes write themselves down, below the home folder of this package.
 *
 * @example
 * runFolder("/home/me/.conversion-subnet"); // "/home/me/.conversion-subnet/run"
 */
export const runFolder = (home: string): string => join(home, "run");

/**
 * Writes a node down (0600), for `status`, `logs` and others to find it.
 *
 * @param home the package's own folder.
 * @returns takes it away again.
 * @example
 * const remove = await writeRunFile(home, { kind: "miner", pid: process.pid, url: "http://127.0.0.1:9191", ...rest });
 * (await readRunFiles(home)).length; // 1
 * await remove();
 * await readRunFiles(home); // []
 */
export async function writeRunFile(home: string, run: RunFile): Promise<() => Promise<void>> {
  const path = join(runFolder(home), `${run.kind}-${run.pid}.json`);
  await mkdir(runFolder(home), { recursive: true, mode: 0o700 });
  const content = { ...run, processStart: await processStart(run.pid) };
  await writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return () => rm(path, { force: true });
}

const OTHERS_WRITE = 0o022;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** What the folder's owner wrote there himself, and nothing that would keep us waiting: it says whom to show a token to. */
async function readOwn(path: string, owner: number): Promise<string> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = await file.stat();
    const isOwn = process.platform === "win32" || (found.uid === owner && (found.mode & OTHERS_WRITE) === 0);
    return isOwn && found.isFile() && found.size <= MAX_BYTES ? await file.readFile("utf8") : "";
  } finally {
    await file.close();
  }
}

async function readOne(path: string, owner: number): Promise<RunFile | null> {
  const content = await readOwn(path, owner).catch(() => "");
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return null;
  }
  const read = runSchema.safeParse(value);
  if (!read.success) return null;
  const { processStart: start, ...run } = read.data;
  return (await isSameProcess(run.pid, start)) ? run : null;
}

/**
 * The nodes of this user that run now, the oldest first. Files of processes that are gone, and what is no such file, are left out.
 *
 * @param home the package's own folder.
 * @example
 * (await readRunFiles(home)).map(({ kind, url }) => [kind, url]); // [["miner", "http://127.0.0.1:9191"]]
 */
export async function readRunFiles(home: string): Promise<RunFile[]> {
  const folder = runFolder(home);
  const names = await readdir(folder).catch(() => []);
  const owner = await stat(folder).then(
    ({ uid }) => uid,
    () => -1,
  );
  const found: RunFile[] = [];
  for (const name of names.filter((one) => NAME.test(one)).slice(0, MAX_FILES)) {
    const run = await readOne(join(folder, name), owner);
    if (run !== null && name === `${run.kind}-${run.pid}.json`) found.push(run);
  }
  return found.sort((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);
}
