import type { Chain } from "../port.ts";

/** The last write of each key, by chain: what comes after waits for it. */
const LAST = new WeakMap<Chain, Map<string, Promise<unknown>>>();

/**
 * Runs the writes of one key one after another: two in flight take the same nonce, and the chain refuses the second
 * ("Priority is too low"). Writes of other keys do not wait.
 *
 * @example
 * await oneAtATime(chain, signer.address, () => chain.submit(call, signer)); // { block: 7, hash: "0x…", feeRao: 0n }
 */
export async function oneAtATime<T>(chain: Chain, address: string, work: () => Promise<T>): Promise<T> {
  const byAddress = LAST.get(chain) ?? new Map<string, Promise<unknown>>();
  LAST.set(chain, byAddress);
  const before = byAddress.get(address) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  byAddress.set(address, settled);
  try {
    return await mine;
  } finally {
    if (byAddress.get(address) === settled) byAddress.delete(address);
  }
}
