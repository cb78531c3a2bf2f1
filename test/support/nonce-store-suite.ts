/** What every nonce store must do, whatever is behind it. */
import { expect, it } from "vitest";
import { systemClock } from "../../src/core/index.ts";
import { type NonceStore, nextNonce } from "../../src/protocol/index.ts";

/** @param open a store that accepts nonces of now, and remembers for `retentionMs`. */
export function nonceStoreSuite(open: (options: { retentionMs: number }) => Promise<NonceStore>): void {
  const fresh = () => nextNonce(systemClock);

  it("accepts each nonce once, in any order, per hotkey", async () => {
    const store = await open({ retentionMs: 15_000 });
    const [early, late] = [fresh(), fresh()];
    const accepted: boolean[] = [];
    for (const nonce of [late, early, late, early]) accepted.push(await store.accept("a", nonce));
    expect(accepted).toEqual([true, true, false, false]);
    expect(await store.accept("b", late)).toBe(true);
  });

  it("of equal ones that come together accepts one", async () => {
    const store = await open({ retentionMs: 15_000 });
    const nonces = Array.from({ length: 50 }, fresh);
    const asked = nonces.flatMap((nonce) => Array.from({ length: 5 }, async () => store.accept("a", nonce)));
    expect((await Promise.all(asked)).filter((accepted) => accepted)).toHaveLength(nonces.length);
  });

  it("forgets a nonce when its time is over, and not before", async () => {
    const store = await open({ retentionMs: 300 });
    const nonce = fresh();
    expect(await store.accept("a", nonce)).toBe(true);
    expect(await store.accept("a", nonce)).toBe(false);
    await expect.poll(() => store.accept("a", nonce), { timeout: 5_000, interval: 50 }).toBe(true);
  });

  it("says how long it remembers", async () => {
    expect((await open({ retentionMs: 12_345 })).retentionMs).toBe(12_345);
  });
}
