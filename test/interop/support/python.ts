/** Programs of other people, run in the environments of scripts/interop-venvs.sh and spoken to in lines of JSON. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const REPLY_TIMEOUT_MS = 90_000;

/** Why an environment is not there; null when it is. */
export function missing(venv: string): string | null {
  const folder = `${ROOT}build/interop-venvs/${venv}`;
  if (existsSync(`${folder}/ready`)) return null;
  const reason = existsSync(`${folder}.reason`)
    ? readFileSync(`${folder}.reason`, "utf8").trim()
    : "run scripts/interop-venvs.sh";
  return `no environment ${venv}: ${reason}`;
}

/** For `describe.skipIf`: says why on the way. */
export function skipped(venv: string): boolean {
  const reason = missing(venv);
  if (reason !== null) console.warn(`skipped: ${reason}`);
  return reason !== null;
}

/** Those of several environments that are there, for `describe.each`; says of the others why not. */
export function installed(...venvs: readonly string[]): string[] {
  const there = venvs.filter((venv) => !skipped(venv));
  // A file without a test would be a failure.
  if (there.length === 0) it.skip("nothing can be asked without an environment", () => undefined);
  return there;
}

/** A program that answers each line of JSON with another. */
export interface Python {
  /** What it said when it was ready. */
  readonly hello: Record<string, unknown>;
  call(command: object): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts test/interop/python/SCRIPT; its first line says that it is ready. */
export async function startPython(venv: string, script: string, args: readonly string[] = []): Promise<Python> {
  const child: ChildProcess = spawn(
    `${ROOT}build/interop-venvs/${venv}/bin/python`,
    [`${ROOT}test/interop/python/${script}`, ...args],
    {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, BT_NO_PARSE_CLI_ARGS: "1", PYTHONWARNINGS: "ignore" },
    },
  );
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const waiting: { resolve: (value: Record<string, unknown>) => void; reject: (error: Error) => void }[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code) => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${script} ended with ${code}: ${errors}`));
      resolve();
    });
  });
  if (child.stdout === null || child.stdin === null) throw new Error("no pipes");
  const { stdin } = child;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{")) waiting.shift()?.resolve(JSON.parse(line));
  });
  const next = () =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${script} said nothing: ${errors}`)), REPLY_TIMEOUT_MS);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      waiting.push({ resolve: done(resolve), reject: done(reject) });
    });
  const hello = await next();
  return {
    hello,
    call(command) {
      const reply = next();
      stdin.write(`${JSON.stringify(command)}\n`);
      return reply;
    },
    async stop() {
      stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
