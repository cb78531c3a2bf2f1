import { afterAll, describe, expect, it } from "vitest";
import { utf8 } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createVerifyPool } from "./verify-pool.ts";
import type { SignatureClaim } from "./wire.ts";

const pool = createVerifyPool({ workers: 1 });
afterAll(() => pool.close());
const alice = keypairFromUri("//Alice");
const claimOf = async (text: string): Promise<SignatureClaim> => {
  const { scheme, publicKey, signer } = alice;
  const message = utf8(text);
  return { scheme, publicKey, message, signature: await signer.sign(message) };
};

describe("signatures on another thread", () => {
  it("hold or do not, each for itself, however many come at once", async () => {
    const claims = await Promise.all(Array.from({ length: 30 }, (_, i) => claimOf(`question ${i}`)));
    const mixed = claims.map((claim, i) => (i % 3 === 0 ? { ...claim, message: utf8("another") } : claim));
    const results = await Promise.all(mixed.map((claim) => pool.checkSignature(claim)));
    expect(results).toEqual(mixed.map((_, i) => i % 3 !== 0));
    expect(pool.waiting).toBe(0);
  });

  it("give false for hostile bytes, and go on", async () => {
    const good = await claimOf("x");
    const hostile = [0, 1, 31, 33, 64, 5_000].flatMap((length) => [
      { ...good, publicKey: new Uint8Array(length).fill(255) },
      { ...good, signature: new Uint8Array(length).fill(255) },
    ]);
    const results = await Promise.all(hostile.map((claim) => pool.checkSignature(claim)));
    expect(results).toEqual(hostile.map(() => false));
    expect(await pool.checkSignature(good)).toBe(true);
  });

  it("leave this thread free, and refuse what comes on top of too many", async () => {
    const small = createVerifyPool({ workers: 1, maxWaiting: 20 });
    const claim = await claimOf("y");
    const asked = Array.from({ length: 25 }, () => small.checkSignature(claim));
    const ends = await Promise.allSettled(asked);
    expect(ends.map(({ status }) => status)).toEqual([...Array(20).fill("fulfilled"), ...Array(5).fill("rejected")]);
    await expect(asked[24]).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "1" } });
    await small.close();
  });
});
