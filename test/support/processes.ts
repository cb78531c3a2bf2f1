/** Programs run as a reader would run them, in folders of their own, and ended by their own ids. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const CLI = join(ROOT, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** All it has said so far. */
  text(): string;
}

export function start(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, text: () => stdout + stderr };
}

/** Waits for words of a process that goes on; fails with what it said when it ended instead. */
export async function waitFor(running: Running, words: string): Promise<void> {
  let ended: Ended | undefined;
  void running.ended.then((result) => {
    ended = result;
  });
  while (!running.text().includes(words)) {
    if (ended !== undefined)
      throw new Error(`It ended with ${ended.code} before it said "${words}":\n${running.text()}`);
    await pause(20);
  }
}

/** Asks a process to stop, by its own id, and the hard way when it does not. */
export async function stop({ child, ended }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  const deadline = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(deadline);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The environment of a reader who has never used any of this. */
export function environment(home: string, endpoint?: string): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:BT_|CONVERSION_SUBNET_|npm_|CI$)/.test(name));
  return {
    ...Object.fromEntries(ours),
    HOME: home,
    ...(endpoint === undefined ? {} : { BT_SUBTENSOR_CHAIN_ENDPOINT: endpoint }),
  };
}

/** Temporary folders, all of which `clear` removes. */
export function temporaryFolders() {
  const made: string[] = [];
  return {
    async make(prefix = join(tmpdir(), "conversion-subnet-")): Promise<string> {
      const folder = await mkdtemp(prefix);
      made.push(folder);
      return folder;
    },
    async clear(): Promise<void> {
      for (const folder of made) await rm(folder, { recursive: true, force: true });
    },
  };
}
