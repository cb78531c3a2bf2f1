import { createDeferred, type Deferred, errorText, type Maybe, SubnetError, withTimeout } from "../../core/index.ts";

/** A way to another process: whole messages, in order, until one of the two ends. */
export interface Wire {
  send(message: object): void;
  /** One listener. */
  listen(onMessage: (message: unknown) => void): void;
}
/** What one side may ask of the other, by name: what is given, what comes back. */
export type Calls<C> = { readonly [K in keyof C]: { readonly input: unknown; readonly output: unknown } };
/** What answers them. */
export type Handlers<C extends Calls<C>> = {
  readonly [K in keyof C]: (input: C[K]["input"]) => Maybe<C[K]["output"]>;
};
/** One side of a wire; see {@link createChannel}. */
export interface Channel<C extends Calls<C>> {
  /** @throws {SubnetError} `WORKER_UNREACHABLE` when the other side failed, ended or said nothing in time. */
  call<K extends keyof C & string>(
    name: K,
    input: C[K]["input"],
    options?: { readonly timeoutMs?: number },
  ): Promise<C[K]["output"]>;
  /** The same, without waiting for what comes back. */
  tell<K extends keyof C & string>(name: K, input: C[K]["input"]): void;
  /** The other side is gone: whoever waits is told. */
  close(reason: string): void;
}

type Message =
  | { readonly kind: "call"; readonly id: number | null; readonly name: string; readonly input: unknown }
  | { readonly kind: "done"; readonly id: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly problem: string };

const unreachable = (problem: string) =>
  new SubnetError("Another process of this miner did not answer.", {
    code: "WORKER_UNREACHABLE",
    details: { Problem: problem },
    hint: "It is started again when it has ended; its last lines are in the log.",
  });

/**
 * Calls between a miner's processes. Both are this program, in one version: what comes over the wire is of the types that were sent.
 *
 * @param timeoutMs for each call.
 */
export function createChannel<Out extends Calls<Out>, In extends Calls<In>>(
  wire: Wire,
  handlers: Handlers<In>,
  { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
): Channel<Out> {
  const waiting = new Map<number, Deferred<unknown>>();
  let next = 0;
  let over: string | null = null;

  const answer = async (id: number | null, name: string, input: unknown): Promise<void> => {
    try {
      if (!Object.hasOwn(handlers, name)) throw new Error(`${name} is asked of nobody`);
      // The door: of the type that the other side's name for it says.
      const output = await (handlers as Readonly<Record<string, (input: unknown) => unknown>>)[name]?.(input);
      if (id !== null && over === null) wire.send({ kind: "done", id, output } satisfies Message);
    } catch (error) {
      if (id !== null && over === null) wire.send({ kind: "failed", id, problem: errorText(error) } satisfies Message);
    }
  };
  wire.listen((given) => {
    // The door: our own program wrote it.
    const message = given as Message;
    if (message.kind === "call") return void answer(message.id, message.name, message.input);
    const caller = waiting.get(message.id);
    if (message.kind === "done") caller?.resolve(message.output);
    else caller?.reject(unreachable(message.problem));
  });
  return {
    async call(name, input, { timeoutMs: within = timeoutMs } = {}) {
      if (over !== null) throw unreachable(over);
      const id = next++;
      const deferred = createDeferred<unknown>();
      waiting.set(id, deferred);
      try {
        wire.send({ kind: "call", id, name, input } satisfies Message);
        // The door back: the handler of that name gives what its type says.
        return (await withTimeout(() => deferred.promise, { timeoutMs: within, what: `Asking ${name}` })) as never;
      } finally {
        waiting.delete(id);
      }
    },
    tell(name, input) {
      if (over === null) wire.send({ kind: "call", id: null, name, input } satisfies Message);
    },
    close(reason) {
      over ??= reason;
      for (const { reject } of waiting.values()) reject(unreachable(reason));
      waiting.clear();
    },
  };
}
