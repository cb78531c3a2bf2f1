import type { RuntimeCall } from "./runtime-calls.ts";

/** What came back, in the order asked. */
export interface Answers {
  /** Bytes of `state_call`. */
  readonly calls: readonly Uint8Array[];
  /** Bytes of storage values; null = nothing is stored. */
  readonly values: readonly (Uint8Array | null)[];
}
/** A finished read, or the questions that the answers led to. */
export type Taken<T> = { readonly value: T } | { readonly next: ChainRead<T> };

/** Questions of one round, all of them of one block, and what to make of the answers. */
export interface ChainRead<T> {
  readonly calls: readonly RuntimeCall[];
  /** Storage keys, `0x` and hex. */
  readonly keys: readonly string[];
  /** @throws {ChainDecodeError} */
  take(answers: Answers): Taken<T>;
}

/**
 * Asks round after round until a value is there.
 *
 * @param ask sends the calls and reads the keys, all at the same block.
 * @example
 * await runRead(codec.reads.metagraph({ netuid: 1 }), ask); // { netuid: 1, block: 7, neurons: [...] }
 */
export async function runRead<T>(
  read: ChainRead<T>,
  ask: (questions: Pick<ChainRead<T>, "calls" | "keys">) => Promise<Answers>,
): Promise<T> {
  for (let current = read; ; ) {
    const taken = current.take(await ask(current));
    if ("value" in taken) return taken.value;
    current = taken.next;
  }
}
