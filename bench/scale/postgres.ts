import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, sleep } from "../../src/core/index.ts";
import { createPostgresHistory } from "../../src/postgres/index.ts";
import { scoringMode } from "../../src/scoring/index.ts";
import { createStandings } from "../../src/validator/index.ts";
import { freePort } from "../free-port.ts";
import { playRound } from "../history-round.ts";
import { cpuSecondsOf } from "./cpu.ts";

const VERSIONS = "/usr/lib/postgresql";
const [WARM_UP, ROUNDS] = [100, 500];
const [FEW, MANY] = [16, 256];

/** The newest that Debian's packages have installed. */
function programs(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const folders = readdirSync(VERSIONS).map((version) => join(VERSIONS, version, "bin"));
  return folders.findLast((folder) => existsSync(join(folder, "initdb")));
}

/** It refuses to run as root: then it is the user that its package brings. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** One with its defaults, on loopback, in a folder that goes with it; null where it is not installed. */
async function startPostgres() {
  const bin = programs();
  if (bin === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), "bench-postgres-"));
  const user = account();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? 0);
  const data = join(folder, "data");
  const made = spawnSync(join(bin, "initdb"), ["-D", data, "-U", "bench", "-A", "trust"], { ...user, cwd: folder });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const flags = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"];
  const child = spawn(join(bin, "postgres"), flags, { ...user, stdio: "ignore", cwd: folder });
  const pid = child.pid ?? 0;
  while (spawnSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port), "-q"]).status !== 0) {
    if (child.exitCode !== null) throw new Error("PostgreSQL did not start");
    await sleep(50);
  }
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    pids: () => [
      pid,
      ...spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
        .stdout.split(/\s+/)
        .filter(Boolean)
        .map(Number),
    ],
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      // At once, connections or not.
      child.kill("SIGQUIT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processor time of PostgreSQL for a question from its asking to its scores, and for each answer to it, us; 0 where it is not installed. */
export async function postgresCosts(): Promise<{ postgresUs: number; postgresAnswerUs: number }> {
  const server = await startPostgres();
  if (server === null) return { postgresUs: 0, postgresAnswerUs: 0 };
  try {
    const history = await createPostgresHistory({ url: server.url, validator: "bench" }, { logger: silentLogger });
    const mode = scoringMode("proper-v1");
    const live = { history, mode, standings: createStandings(mode) };
    let number = 0;
    const roundUs = async (answers: number) => {
      for (let i = 0; i < WARM_UP; i++) await playRound(live, ++number, answers);
      const before = cpuSecondsOf(server.pids());
      for (let i = 0; i < ROUNDS; i++) await playRound(live, ++number, answers);
      return (1e6 * (cpuSecondsOf(server.pids()) - before)) / ROUNDS;
    };
    const [few, many] = [await roundUs(FEW), await roundUs(MANY)];
    await history.close();
    const postgresAnswerUs = Math.max(0, (many - few) / (MANY - FEW));
    return { postgresUs: few - FEW * postgresAnswerUs, postgresAnswerUs };
  } finally {
    await server.stop();
  }
}
