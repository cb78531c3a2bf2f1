import { expect, test } from "vitest";
import { createManualClock } from "../core/index.ts";
import { createMemoryNonceStore, nextNonce } from "./index.ts";

const YEAR_2026_MS = 1_767_225_600_000;

test("thousands of nonces in one millisecond are unique, increasing, and near the time", () => {
  const clock = createManualClock(YEAR_2026_MS);
  const nonces = Array.from({ length: 5_000 }, () => nextNonce(clock));
  for (const [i, nonce] of nonces.entries()) if (i > 0) expect(nonce > (nonces[i - 1] ?? 0n)).toBe(true);
  const spread = (nonces.at(-1) ?? 0n) - BigInt(YEAR_2026_MS) * 1_000_000n;
  expect(spread >= 0n && spread < 2_000_000n).toBe(true);
  clock.advance(-100);
  expect(nextNonce(clock) > (nonces.at(-1) ?? 0n)).toBe(true);
});

test("a clock set far back wins over the order", () => {
  const clock = createManualClock(YEAR_2026_MS);
  nextNonce(clock);
  clock.advance(-3_600_000);
  expect(nextNonce(clock) / 1_000_000n).toBe(BigInt(YEAR_2026_MS - 3_600_000));
});

test("nonces are accepted once each, in any order, per hotkey, and again when they have expired", () => {
  const clock = createManualClock();
  const store = createMemoryNonceStore({ retentionMs: 100 }, { clock });
  expect([2n, 1n, 2n, 1n].map((nonce) => store.accept("a", nonce))).toEqual([true, true, false, false]);
  expect(store.accept("b", 1n)).toBe(true);
  clock.advance(99);
  expect(store.accept("a", 1n)).toBe(false);
  clock.advance(1);
  expect(store.accept("a", 1n)).toBe(true);
  expect(store.size).toBe(1);
});

test("a full store refuses with 503 and forgets nothing; when nonces expire it goes on", () => {
  const clock = createManualClock();
  const store = createMemoryNonceStore({ retentionMs: 100, maxEntries: 2 }, { clock });
  store.accept("a", 1n);
  clock.advance(50);
  store.accept("a", 2n);
  expect(() => store.accept("a", 3n)).toThrow(expect.objectContaining({ code: "NONCE_STORE_FULL", status: 503 }));
  expect(store.accept("a", 1n)).toBe(false);
  clock.advance(50);
  expect(store.accept("a", 3n)).toBe(true);
  expect(store.accept("a", 2n)).toBe(false);
});

test("settings that make no sense are refused", () => {
  expect(() => createMemoryNonceStore({ retentionMs: 0 })).toThrow(/retentionMs must be positive/);
  expect(() => createMemoryNonceStore({ maxEntries: 0 })).toThrow(/maxEntries must be at least 1/);
});
