import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeAddress } from "../../wallet/index.ts";
import { createAddresses } from "./addresses.ts";

it("are the wallet's, for every key, the first time and again", () => {
  const addressOf = createAddresses();
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(key, (publicKey) => {
      expect(addressOf(publicKey)).toBe(encodeAddress(publicKey));
      expect(addressOf(publicKey.slice())).toBe(encodeAddress(publicKey));
    }),
  );
  for (const byte of [0, 255]) {
    const publicKey = new Uint8Array(32).fill(byte);
    expect(addressOf(publicKey)).toBe(encodeAddress(publicKey));
  }
});

it("are forgotten before they are too many", () => {
  const addressOf = createAddresses();
  const keyOf = (i: number) => new Uint8Array(new Uint32Array(8).fill(i).buffer);
  for (let i = 0; i < 9000; i++) addressOf(keyOf(i));
  expect(addressOf(keyOf(1))).toBe(encodeAddress(keyOf(1)));
});
