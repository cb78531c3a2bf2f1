import { expect, test } from "vitest";
import { createManualClock, utf8 } from "../core/index.ts";
import type { Answer } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createMemoryNonceStore, createMinerApp, nextNonce, signRequest } from "./index.ts";

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

test("a store refuses what was signed before it was made: a restart forgets no replay", () => {
  const clock = createManualClock(YEAR_2026_MS);
  const captured = nextNonce(clock);
  expect(createMemoryNonceStore({}, { clock }).accept("a", captured)).toBe(true);
  clock.advance(1_000);
  const restarted = createMemoryNonceStore({}, { clock });
  expect(() => restarted.accept("a", captured)).toThrow(
    expect.objectContaining({ code: "STALE_REQUEST", status: 401, message: expect.stringContaining("just started") }),
  );
  expect(restarted.accept("a", nextNonce(clock))).toBe(true);
});

test("a miner that has restarted refuses the very bytes it answered before", async () => {
  const clock = createManualClock(YEAR_2026_MS);
  const [validator, self] = [keypairFromUri("//Alice").signer, keypairFromUri("//Bob").address];
  const answer: Answer = {
    conversionHappened: 0,
    timeToConversionSeconds: -1,
    confidence: 0.2,
    timeIfConvertedSeconds: null,
  };
  const start = () =>
    createMinerApp({ self }, { clock, authorize: async () => ({ allowed: true }), answer: async () => answer });
  const miner = start();
  const [target, body] = ["/ConversionSynapse", utf8('{"features":{"session_id":"q"}}')];
  const headers = await signRequest({ method: "POST", target, body }, { signer: validator, receiver: self, clock });
  const send = (app: ReturnType<typeof start>) => app.request(target, { method: "POST", headers, body });
  expect((await send(miner)).status).toBe(200);
  clock.advance(2_000);
  const replayed = await send(start());
  expect([replayed.status, await replayed.json()]).toMatchObject([401, { error: { code: "STALE_REQUEST" } }]);
});

test("a store whose wall clock was set back accepts again when its first seconds are over", () => {
  const clock = createManualClock(YEAR_2026_MS);
  const store = createMemoryNonceStore({}, { clock });
  const hourAgo = BigInt(YEAR_2026_MS - 3_600_000) * 1_000_000n;
  expect(() => store.accept("a", hourAgo)).toThrow(expect.objectContaining({ code: "STALE_REQUEST" }));
  clock.advance(store.retentionMs);
  expect(store.accept("a", hourAgo)).toBe(true);
});

test("nonces are forgotten soon after no request with them could be fresh", () => {
  const { retentionMs } = createMemoryNonceStore();
  expect([retentionMs > 12_000, retentionMs <= 15_000]).toEqual([true, true]);
});

test("settings that make no sense are refused", () => {
  expect(() => createMemoryNonceStore({ retentionMs: 0 })).toThrow(/retentionMs must be positive/);
  expect(() => createMemoryNonceStore({ maxEntries: 0 })).toThrow(/maxEntries must be at least 1/);
});
