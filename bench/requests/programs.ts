import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of ours or a peer's in a process of its own, told what to do by lines of JSON and answering by the same. */
export interface Program {
  /** What it said of itself when it was ready. */
  readonly hello: Answer;
  readonly pid: number;
  /** One command, one answer. */
  call(command: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** What programs say: figures under names. */
export type Answer = Readonly<Record<string, number | string | undefined>>;

const canPin = process.platform === "linux" && availableParallelism() > 1;

/**
 * Starts a program on one core, where the machine can tie it to one: servers on 0, their load on 1. Otherwise the side with more
 * threads would be given more of the machine.
 *
 * @param core null = any: for what several processes do together.
 *
 * @param script of ours as the compiled file beside this one, or with a Python the peer's own.
 */
export async function startProgram({
  core,
  script,
  python,
  args = [],
}: {
  core: 0 | 1 | null;
  script: string;
  python?: string;
  args?: readonly string[];
}): Promise<Program> {
  const command =
    python === undefined
      ? [process.execPath, ...process.execArgv, fileURLToPath(new URL(`./${script}.js`, import.meta.url)), ...args]
      : [python, `bench/peers/${script}.py`, ...args];
  const [file = "", ...rest] = canPin && core !== null ? ["taskset", "-c", String(core), ...command] : command;
  const stderr = process.env.BENCH_STDERR === undefined ? "ignore" : "inherit";
  const child: ChildProcess = spawn(file, rest, { stdio: ["pipe", "pipe", stderr] });
  if (child.stdout === null || child.stdin === null) throw new Error(`${script} has no pipes`);
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Answer> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${script} stopped: run it again with BENCH_STDERR=1 to see why.`);
    const said: Answer = JSON.parse(value);
    if (typeof said.error === "string") throw new Error(`${script}: ${said.error}`);
    return said;
  };
  return {
    hello: await answer(),
    pid: child.pid ?? 0,
    call(wanted) {
      stdin.write(`${JSON.stringify(wanted)}\n`);
      return answer();
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.kill("SIGKILL");
      }),
  };
}

/** The other side of {@link startProgram}: says what it is, then answers one line after another. */
export async function runProgram(hello: Answer, answer: (command: Command) => Answer | Promise<Answer>): Promise<void> {
  const say = (value: Answer) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say(hello);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line)));
    } catch (error) {
      say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  process.exit();
}

/** What a program is told: `do` and values. */
export interface Command {
  readonly do: string;
  readonly port: number;
  readonly wire: "btauth" | "axon";
  readonly requests: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly addresses: number;
}
