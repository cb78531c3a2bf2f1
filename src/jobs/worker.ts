import { parentPort } from "node:worker_threads";
import { failureOf } from "./errors.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { Task } from "./task.ts";

/** Progress is told at most this often. */
const TELL_EVERY_MS = 100;

interface Begun {
  readonly task: Task<unknown, unknown, unknown>;
  readonly shared: unknown;
}

async function load(module: string, name: string): Promise<Task<unknown, unknown, unknown>> {
  const exported: unknown = (await import(module))[name];
  if (typeof exported === "object" && exported !== null && "run" in exported) {
    // The door: a task is declared by defineTask, under its own name.
    return exported as Task<unknown, unknown, unknown>;
  }
  throw new Error(`${module} exports no task ${name}.`);
}

const port = parentPort;
const say = (message: FromWorker) => port?.postMessage(message);
let begun: Promise<Begun> | null = null;

async function work(index: number, input: unknown): Promise<void> {
  let told = performance.now();
  const progress = (share: number) => {
    if (performance.now() - told < TELL_EVERY_MS) return;
    told = performance.now();
    say({ kind: "progress", index, share });
  };
  try {
    if (begun === null) throw new Error("A piece of work came before its task.");
    const { task, shared } = await begun;
    // Whoever gives up on a piece ends this thread.
    const output = await task.run(shared, input, { signal: new AbortController().signal, progress });
    say({ kind: "done", index, output });
  } catch (error) {
    say({ kind: "failed", index, failure: failureOf(error) });
  }
}

port?.on("message", (message: ToWorker) => {
  if (message.kind === "piece") return void work(message.index, message.input);
  const { module, name, shared } = message;
  begun = load(module, name).then((task) => ({ task, shared }));
  // Whoever waits for it is told; until then it is nobody's.
  begun.catch(() => undefined);
});
