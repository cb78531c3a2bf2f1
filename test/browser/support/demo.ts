/** `conversion-subnet demo` as `npm start` runs it, and the address of its dashboard. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CLI, environment, start, stop, waitFor } from "../../support/processes.ts";

/** Waits until something is so, looking a few times a second: it is asked of a server. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(200);
}

export interface RunningDemo {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A demo that goes on until it is stopped. */
export async function startDemo({ port = 0, seed = 7 }: { port?: number; seed?: number } = {}): Promise<RunningDemo> {
  const home = await mkdtemp(join(tmpdir(), "browser-demo-"));
  const flags = ["--rounds", "1000000", "--seed", String(seed), "--admin.port", String(port)];
  const running = start(process.execPath, [CLI, "demo", ...flags], home, environment(home));
  await waitFor(running, "Dashboard: http");
  const url = /Dashboard: (http:\S+)/.exec(running.text())?.[1] ?? "";
  return {
    url,
    port: Number(new URL(url).port),
    async stop() {
      await stop(running);
      await rm(home, { recursive: true, force: true });
    },
  };
}
