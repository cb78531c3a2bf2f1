import { sleep, TimedOutError } from "../../core/index.ts";
import type { Signer } from "../../wallet/index.ts";
import type { ChainCall, Receipt } from "../calls.ts";
import { ChainRefusedError, ChainUnreachableError } from "../errors.ts";
import type { CallOptions, Chain } from "../port.ts";

/** How patient a write is. */
export interface WriteOptions extends CallOptions {
  /** Of the whole, tries included. Default 120 s: ten blocks. */
  readonly timeoutMs?: number;
  /** Between two tries, doubled each time. Default 2 s. */
  readonly backoffMs?: number;
}

/**
 * Submits a call, and again when the connection is lost in between; before each further try it looks at the chain, so that
 * nothing is done twice. A refusal ends it at once.
 *
 * @param isDone whether the chain shows what the call was to do.
 * @returns the receipt, or null when it was found done after a lost connection.
 * @throws {ChainRefusedError} when the chain says no.
 * @throws {TimedOutError} when it is neither done nor refused by the deadline: its cause is the last failure.
 * @example
 * await submitOnce(chain, call, signer, { isDone: async () => (await chain.uid({ netuid, hotkey })) !== null }); // { block: 7, … }
 */
export async function submitOnce(
  chain: Chain,
  call: ChainCall,
  signer: Signer,
  {
    isDone,
    signal,
    timeoutMs = 120_000,
    backoffMs = 2_000,
  }: WriteOptions & { isDone: (signal: AbortSignal) => Promise<boolean> },
): Promise<Receipt | null> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const late = (cause: unknown) => {
    signal?.throwIfAborted();
    return new TimedOutError({ what: `The call ${call.type}`, timeoutMs, cause });
  };
  let lost: ChainUnreachableError | undefined;
  let refused: ChainRefusedError | undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      if (lost !== undefined && (await isDone(either))) return null;
      if (refused !== undefined) throw refused;
      return await chain.submit(call, signer, { signal: either });
    } catch (error) {
      if (either.aborted) throw late(lost ?? error);
      // Perhaps because an earlier try, whose answer was lost, had worked: the chain is looked at before that is said.
      if (error instanceof ChainRefusedError && lost !== undefined && refused === undefined) {
        refused = error;
        continue;
      }
      if (!(error instanceof ChainUnreachableError)) throw error;
      lost = error;
    }
    await sleep(backoffMs * 2 ** Math.min(tries, 5), { signal: either }).catch(() => {
      throw late(lost);
    });
  }
}
