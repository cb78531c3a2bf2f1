import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAddress, encodeAddress, isAddress, keypairFromUri } from "./index.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

test("any 32 bytes survive the round trip, in 48 characters starting with 5", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (publicKey) => {
      const address = encodeAddress(publicKey);
      expect(address).toMatch(/^5.{47}$/);
      expect(decodeAddress(address)).toEqual(publicKey);
    }),
  );
});

test("every single mistyped character is noticed", () => {
  for (let i = 0; i < ALICE.length; i++) {
    const wrong = `${ALICE.slice(0, i)}${ALICE[i] === "x" ? "y" : "x"}${ALICE.slice(i + 1)}`;
    expect(isAddress(wrong)).toBe(false);
  }
});

test("hostile texts are refused and never crash", () => {
  const hostile = fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 46, maxLength: 48 }));
  fc.assert(fc.property(hostile, (text) => void expect(isAddress(text)).toBe(false)));
});

test.each([
  ["5Grwva", "has 6 characters instead of 48"],
  [`${ALICE.slice(0, 47)}0`, "has a character that base58 does not have"],
  [`${ALICE.slice(0, 47)}Z`, "has a wrong checksum: a character is mistyped"],
  ["16ADqpMa4yzfmWs3nuTSMhfZ2ckeGtvqhPWCNqECEGDcGgU2", "is of another network (not SS58 format 42)"],
  [`1${ALICE}`.slice(0, 48), "is of another network (not SS58 format 42)"],
  ["z".repeat(48), "is of another network (not SS58 format 42)"],
  [ALICE.slice(0, 47), "is of another network (not SS58 format 42)"],
])("%s: the address %s", (address, problem) => {
  expect(() => decodeAddress(address)).toThrow(
    expect.objectContaining({ code: "INVALID_ADDRESS", shortMessage: `The address ${problem}.` }),
  );
});

test("a key of another length has no address", () => {
  expect(() => encodeAddress(keypairFromUri("//Alice").publicKey.slice(1))).toThrow(/publicKey must be 32 bytes/);
});
