import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../../src/core/index.ts";
import { freePort } from "../free-port.ts";

/** A Redis of this bench's own, in a folder that goes with it. */
export interface OwnRedis {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
  });

/** Starts one that keeps what it is given (append-only file, a sync a second); null where redis-server is not installed. */
export async function startRedis(): Promise<OwnRedis | null> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) return null;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-redis-"));
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  const child: ChildProcess = spawn("redis-server", [...flags, "--maxmemory-policy", "noeviction"], {
    stdio: "ignore",
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error("redis-server did not start");
    await sleep(20);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
