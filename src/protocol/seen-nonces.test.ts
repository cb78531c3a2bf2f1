import fc from "fast-check";
import { expect, it } from "vitest";
import { createSeenNonces } from "./seen-nonces.ts";

it("remembers exactly what a map of texts does, whatever comes and goes", () => {
  const step = fc.record({
    sender: fc.constantFrom("5Grw", "5FHn", "5Grw:u", ""),
    nonce: fc.oneof(fc.bigInt(0n, 40n), fc.bigInt(0n, 2n ** 64n - 1n)),
    laterMs: fc.constantFrom(0, 0, 1, 5, 40),
  });
  const steps = fc.array(step, { maxLength: 2_000, size: "max" });
  fc.assert(
    fc.property(steps, (all) => {
      const seen = createSeenNonces();
      const model = new Map<string, number>();
      let nowMs = 0;
      for (const { sender, nonce, laterMs } of all) {
        nowMs += laterMs;
        seen.expire(nowMs);
        for (const [name, untilMs] of model) if (untilMs <= nowMs) model.delete(name);
        const name = `${sender}/${nonce}`;
        if (seen.has(sender, nonce) !== model.has(name)) throw new Error(`it is wrong about ${name}`);
        if (!model.has(name)) {
          seen.add(sender, nonce, nowMs + 100);
          model.set(name, nowMs + 100);
        }
        if (seen.size !== model.size) throw new Error(`${seen.size} are held in place of ${model.size}`);
      }
    }),
    { numRuns: 10 },
  );
});

it("grows with what it holds, and forgets a sender with its last nonce", () => {
  const seen = createSeenNonces();
  for (let i = 0; i < 5_000; i++) seen.add(`u${i % 7}`, BigInt(i), i);
  for (let i = 0; i < 5_000; i++) if (!seen.has(`u${i % 7}`, BigInt(i))) throw new Error(`${i} is gone`);
  seen.expire(2_499);
  expect([seen.size, seen.has("u0", 0n), seen.has(`u${2_500 % 7}`, 2_500n)]).toEqual([2_500, false, true]);
  seen.expire(5_000);
  expect([seen.size, seen.has(`u${2_500 % 7}`, 2_500n)]).toEqual([0, false]);
});
