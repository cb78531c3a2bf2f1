import { type Clock, InvalidArgumentError, systemClock } from "../core/index.ts";
import { NonceStoreFullError, StaleRequestError } from "./errors.ts";
import { nowNanoseconds } from "./nonce.ts";

/** Which nonces were accepted of late. May be shared by several processes, and then answers later. */
export interface NonceStore {
  /** How long a nonce is remembered: never shorter than a request stays fresh. */
  readonly retentionMs: number;
  /** False while it accepts nothing at all; absent = it always can be asked. */
  readonly ready?: boolean;
  /** Remembers it; true when it was new. In one step, so that of two equal requests one is refused. */
  accept(hotkey: string, nonce: bigint): boolean | Promise<boolean>;
}

/**
 * A nonce store in memory: a set, not a high-water mark, so that requests may arrive in any order. At most `maxEntries` live
 * nonces (about 200 bytes each); when full it refuses, because to forget one would let it be replayed. Of what was accepted before
 * it was made it knows nothing, so for its first `retentionMs` it refuses nonces from before that time: a caller whose clock is
 * two seconds behind is refused for two seconds.
 *
 * @param retentionMs default 15 s: a little more than the 12 s for which a request can be fresh.
 * @throws {StaleRequestError} from `accept`, with status 401, for a nonce from before the store was made.
 * @throws {NonceStoreFullError} from `accept`, with status 503, while it is full of nonces that have not expired.
 * @example
 * const store = createMemoryNonceStore();
 * [store.accept("5Grw", 1n), store.accept("5Grw", 1n)]; // [true, false]
 */
export function createMemoryNonceStore(
  { retentionMs = 15_000, maxEntries = 200_000 }: { readonly retentionMs?: number; readonly maxEntries?: number } = {},
  { clock = systemClock }: { readonly clock?: Clock } = {},
): NonceStore & { readonly size: number } {
  if (!(retentionMs > 0)) throw new InvalidArgumentError({ argument: "retentionMs", problem: "must be positive" });
  if (!(maxEntries >= 1)) throw new InvalidArgumentError({ argument: "maxEntries", problem: "must be at least 1" });
  const startMs = clock.monotonicMs();
  const startNonce = nowNanoseconds(clock);
  const seen = new Set<string>();
  // All are kept equally long, so they expire in the order of their coming. A Set keeps that order too, but the places of those deleted
  // at its front are walked over at every look: some 40 us a request where a list and a number cost nothing.
  const expiries: { readonly key: string; readonly atMs: number }[] = [];
  let first = 0;
  const expire = (nowMs: number) => {
    for (let next = expiries[first]; next !== undefined && next.atMs <= nowMs; next = expiries[first]) {
      seen.delete(next.key);
      first += 1;
    }
    if (first * 2 > expiries.length) {
      expiries.splice(0, first);
      first = 0;
    }
  };
  return {
    retentionMs,
    get size() {
      return seen.size;
    },
    accept(hotkey, nonce) {
      const nowMs = clock.monotonicMs();
      // Later no such nonce is fresh any more, unless the wall clock was set back, and then it must not be refused for ever.
      if (nonce < startNonce && nowMs - startMs < retentionMs) {
        throw new StaleRequestError({ problem: "nonce is older than this server, which has just started: sign again" });
      }
      expire(nowMs);
      const key = `${hotkey}:${nonce}`;
      if (seen.has(key)) return false;
      if (seen.size >= maxEntries) throw new NonceStoreFullError({ maxEntries });
      seen.add(key);
      expiries.push({ key, atMs: nowMs + retentionMs });
      return true;
    },
  };
}
