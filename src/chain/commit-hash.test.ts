import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, InvalidArgumentError, toHex } from "../core/index.ts";
import { commitHash, commitPreimage, storageIndex, timelockedHash } from "./commit-hash.ts";

interface Vectors {
  readonly publicKey: string;
  readonly uids: number[];
  readonly values: number[];
  readonly salt: number[];
  readonly hashes: readonly { netuid: number; mechanismId: number; versionKey: number; hash: string }[];
  readonly preimage: string;
}
const v: Vectors = JSON.parse(
  readFileSync(new URL("../../test/vectors/chain-commit-hash.json", import.meta.url), "utf8"),
);
const weights = { publicKey: fromHex("publicKey", v.publicKey), uids: v.uids, values: v.values, salt: v.salt };

describe("the hash of a commit", () => {
  it.each(v.hashes)("is the chain's for netuid $netuid, mechanism $mechanismId", ({ hash, ...where }) => {
    expect(toHex(commitHash({ ...weights, ...where }))).toBe(hash);
  });

  it("is made of the bytes in the chain's order", () => {
    expect(toHex(commitPreimage({ ...weights, netuid: 1, versionKey: 0n }))).toBe(v.preimage);
  });

  it("depends on everything that is committed", () => {
    const base = { ...weights, netuid: 1, versionKey: 0 };
    const others = [
      { netuid: 2 },
      { mechanismId: 1 },
      { versionKey: 1n },
      { salt: [] },
      { values: [0, 1, 2] },
      { uids: [0, 1, 3] },
    ];
    const hashes = [{}, ...others].map((change) => toHex(commitHash({ ...base, ...change })));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("refuses what the chain could not store", () => {
    const hash = (change: object) => () => commitHash({ ...weights, netuid: 1, versionKey: 0, ...change });
    expect(hash({ salt: [70_000] })).toThrow("salt[0] must be a whole number from 0 to 65535");
    expect(hash({ versionKey: -1 })).toThrow("versionKey must be");
    expect(hash({ versionKey: 0.5 })).toThrow("versionKey must be");
    expect(hash({ uids: [1] })).toThrow("values must be as many as the uids (1)");
    expect(hash({ publicKey: new Uint8Array(33) })).toThrow("publicKey must be 32 bytes long");
    fc.assert(
      fc.property(fc.array(fc.double()), (numbers) => {
        try {
          hash({ uids: numbers, values: numbers })();
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }),
    );
  });
});

describe("the storage index", () => {
  it("is the netuid and 4096 for each mechanism", () => {
    expect([0, 1, 15].map((mechanismId) => storageIndex({ netuid: 7, mechanismId }))).toEqual([7, 4103, 61_447]);
    expect(storageIndex({ netuid: 7 })).toBe(7);
    expect(() => storageIndex({ netuid: 4096 })).toThrow("netuid must be a whole number from 0 to 4095");
    expect(() => storageIndex({ netuid: 1, mechanismId: 16 })).toThrow("mechanismId must be");
  });
});

it("names a timelocked commit by the hash of its bytes", () => {
  expect(timelockedHash(new Uint8Array())).toBe("0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
});
