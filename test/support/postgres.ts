/** A real PostgreSQL for the suite `cluster`: on loopback, in a folder of its own, ended by its own process ids. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./servers.ts";
import { until } from "./until.ts";

const VERSIONS = "/usr/lib/postgresql";
const BIN = existsSync(VERSIONS)
  ? readdirSync(VERSIONS)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(VERSIONS, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb")))
  : undefined;
/** Whether PostgreSQL's programs are there. */
export const hasPostgres = BIN !== undefined;

/** It refuses to run as root: then it is the user that its package brings. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
/** Runs one of its programs to its end. */
function tool(program: string, args: readonly string[]): string {
  const done = spawnSync(join(BIN ?? "", program), args, { ...account(), encoding: "utf8", cwd: tmpdir() });
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr}`);
  return done.stdout;
}

/** One server. */
export interface TestPostgres {
  readonly port: number;
  /** Of its database `postgres`. */
  readonly url: string;
  start(): Promise<void>;
  /** At once with all its processes, as a power cut would. */
  kill(): Promise<void>;
  /** Statements by psql; returns what they print. */
  sql(text: string): string;
  /** A standby that follows it. */
  standby(): Promise<TestPostgres & { promote(): void }>;
  /** Ends it and removes its folder. */
  end(): Promise<void>;
}

function server(folder: string, port: number): TestPostgres {
  let child: ChildProcess | null = null;
  const data = join(folder, "data");
  const psql = ["-h", "127.0.0.1", "-p", String(port), "-U", "test", "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"];
  const isReady = async () =>
    spawnSync(join(BIN ?? "", "pg_isready"), ["-h", "127.0.0.1", "-p", String(port), "-q"]).status === 0;
  const begin = () => {
    const args = [
      "-D",
      data,
      "-p",
      String(port),
      "-k",
      folder,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "shared_buffers=16MB",
    ];
    child = spawn(join(BIN ?? "", "postgres"), args, { ...account(), stdio: "ignore", cwd: folder });
  };
  const isOver = () => child === null || child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    const pid = child?.pid;
    if (isOver() || pid === undefined) return;
    const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" }).stdout;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    for (const one of [pid, ...children.trim().split(/\s+/).filter(Boolean).map(Number)]) {
      try {
        process.kill(one, "SIGKILL");
      } catch {
        // It ended with its parent.
      }
    }
    await ended;
  };
  return {
    port,
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async start() {
      begin();
      await until(async () => {
        // Until what was killed has let go of its memory, a new one ends at once.
        if (isOver()) begin();
        return isReady();
      });
    },
    kill,
    sql: (text) => tool("psql", [...psql, "-c", text]).trim(),
    async standby() {
      const [other, otherPort] = [emptyFolder(), await freePort()];
      tool("pg_basebackup", [
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "test",
        "-D",
        join(other, "data"),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
      ]);
      const one = server(other, otherPort);
      await one.start();
      return { ...one, promote: () => void tool("pg_ctl", ["promote", "-w", "-D", join(other, "data")]) };
    },
    async end() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const { uid, gid } = account();
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

/** A new server, running. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = emptyFolder();
  tool("initdb", ["-D", join(folder, "data"), "-U", "test", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
  const one = server(folder, await freePort());
  await one.start();
  return one;
}
