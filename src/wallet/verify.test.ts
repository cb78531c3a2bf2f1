import { sr25519Sign as polkadotSign, sr25519Verify as polkadotVerify, waitReady } from "@polkadot/wasm-crypto";
import * as scure from "@scure/sr25519";
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { concatBytes, fromHex, utf8 } from "../core/index.ts";
import { keypairFromSeed, keypairFromUri, verifySignature } from "./index.ts";
import { GROUP_ORDER, isRistrettoPoint, numberFromBytes, numberToBytes } from "./ristretto.ts";

beforeAll(() => waitReady());

const alice = keypairFromUri("//Alice");
const message = utf8("a message");
const never = (run: () => boolean) => {
  try {
    return run();
  } catch {
    return false;
  }
};
/** The same question to the two other implementations; a throw is a refusal. */
const peers = {
  "@polkadot/wasm-crypto": (key: Uint8Array, text: Uint8Array, signature: Uint8Array) =>
    never(() => polkadotVerify(signature, text, key)),
  "@scure/sr25519": (key: Uint8Array, text: Uint8Array, signature: Uint8Array) =>
    never(() => scure.verify(text, signature, key)),
};
const expand = (secret: Uint8Array) =>
  concatBytes(numberToBytes(numberFromBytes(secret.slice(0, 32)) * 8n), secret.slice(32));

test("what we sign, both other libraries accept; what they sign, we accept", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 300 }),
      async (seed, text) => {
        const { publicKey, secretKey, signer } = keypairFromSeed(seed);
        const ours = await signer.sign(text);
        for (const verify of Object.values(peers)) expect(verify(publicKey, text, ours)).toBe(true);
        const theirs = [polkadotSign(publicKey, expand(secretKey), text), scure.sign(expand(secretKey), text)];
        for (const signature of [ours, ...theirs]) {
          expect(verifySignature({ scheme: "sr25519", publicKey, message: text, signature })).toBe(true);
        }
      },
    ),
    { numRuns: 20 },
  );
});

const good = await alice.signer.sign(message);
const r = good.slice(0, 32);
const s = good.slice(32);
const scalar = numberFromBytes(s.map((byte, i) => (i === 31 ? byte & 0x7f : byte)));
const marked = (value: bigint) => numberToBytes(value).map((byte, i) => (i === 31 ? byte | 0x80 : byte));
const P = 2n ** 255n - 19n;
const hex = (text: string) => fromHex("vector", text);

// RFC 9496, A.3: encodings that must not decode (non-canonical, negative, non-square, negative xy, y = 0).
const BAD_POINTS = `
00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
0100000000000000000000000000000000000000000000000000000000000000
01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20
c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562
c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78
47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24
f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72
87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309
26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371
4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f
de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b
bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042
2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08
f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22
8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731
2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b
3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e
a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220
d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e
8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32
32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b
227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165
5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e
445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b
ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`
  .trim()
  .split("\n");

const refused: [string, Uint8Array, Uint8Array][] = [
  ...BAD_POINTS.map((point): [string, Uint8Array, Uint8Array] => [`key ${point.slice(0, 16)}`, hex(point), good]),
  ["the identity as a key", new Uint8Array(32), good],
  ["a key of ones", new Uint8Array(32).fill(255), good],
  ["p as a key", numberToBytes(P), good],
  ["the key plus p", numberToBytes((numberFromBytes(alice.publicKey) + P) % 2n ** 256n), good],
  ["another valid key", keypairFromUri("//Bob").publicKey, good],
  ["a short key", alice.publicKey.slice(1), good],
  ["a long key", concatBytes(alice.publicKey, Uint8Array.of(0)), good],
  ["no key", new Uint8Array(), good],
  ["no marker bit", alice.publicKey, concatBytes(r, numberToBytes(scalar))],
  ["s + order", alice.publicKey, concatBytes(r, marked(scalar + GROUP_ORDER))],
  ["s = order", alice.publicKey, concatBytes(r, marked(GROUP_ORDER))],
  ["s = 0", alice.publicKey, concatBytes(r, marked(0n))],
  ["s of ones", alice.publicKey, concatBytes(r, new Uint8Array(32).fill(255))],
  ["R of ones", alice.publicKey, concatBytes(new Uint8Array(32).fill(255), s)],
  ["R = 0", alice.publicKey, concatBytes(new Uint8Array(32), s)],
  ["R + p", alice.publicKey, concatBytes(numberToBytes((numberFromBytes(r) + P) % 2n ** 256n), s)],
  ["a flipped bit", alice.publicKey, good.map((byte, i) => (i === 40 ? byte ^ 1 : byte))],
  ["zeros", alice.publicKey, new Uint8Array(64)],
  ["a short signature", alice.publicKey, good.slice(1)],
  ["a long signature", alice.publicKey, concatBytes(good, Uint8Array.of(0))],
  ["no signature", alice.publicKey, new Uint8Array()],
];

test.each(refused)("all three libraries refuse %s, and ours prints nothing", (_, publicKey, signature) => {
  const printed = vi.spyOn(console, "error");
  expect(verifySignature({ scheme: "sr25519", publicKey, message, signature })).toBe(false);
  for (const verify of Object.values(peers)) expect(verify(publicKey, message, signature)).toBe(false);
  expect(printed).not.toHaveBeenCalled();
  expect(verifySignature({ scheme: "sr25519", publicKey: alice.publicKey, message, signature: good })).toBe(true);
});

test("a signature of zeros for the identity key, which schnorrkel accepts for every message, is refused", () => {
  const forged = new Uint8Array(64).map((_, i) => (i === 63 ? 0x80 : 0));
  expect(peers["@polkadot/wasm-crypto"](new Uint8Array(32), message, forged)).toBe(true);
  expect(verifySignature({ scheme: "sr25519", publicKey: new Uint8Array(32), message, signature: forged })).toBe(false);
});

test("which 32 bytes are a key agrees with noble's ristretto, valid and not", () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(bytes, fc.boolean(), (raw, tidy) => {
      const candidate = tidy ? raw.map((byte, i) => (i === 31 ? byte & 0x7f : i === 0 ? byte & 0xfe : byte)) : raw;
      const cc = new Uint8Array(32);
      const decodes = never(() => scure.HDKD.publicSoft(candidate, cc).length === 32);
      expect(isRistrettoPoint(candidate)).toBe(decodes);
    }),
    { numRuns: 300 },
  );
});

test("no bytes of any length make it throw, and thousands of hostile ones leave it working", () => {
  const blob = fc.uint8Array({ maxLength: 80 });
  const scheme = fc.constantFrom("sr25519" as const, "ed25519" as const);
  const args = fc.record({ scheme, publicKey: blob, message: blob, signature: blob, allowWrapped: fc.boolean() });
  fc.assert(fc.property(args, (call) => void expect(verifySignature(call)).toBe(false)));
  for (let i = 0; i < 3000; i++) {
    const publicKey = new Uint8Array(32).fill(i & 255).map((byte, j) => (j === 1 ? i >> 8 : byte));
    verifySignature({ scheme: "sr25519", publicKey, message, signature: good });
  }
  expect(verifySignature({ scheme: "sr25519", publicKey: alice.publicKey, message, signature: good })).toBe(true);
});

test("a signature in a Buffer is as good, and is left as it was", () => {
  const signature = Buffer.from(good);
  const call = {
    scheme: "sr25519",
    publicKey: Buffer.from(alice.publicKey),
    message: Buffer.from(message),
    signature,
  } as const;
  expect([verifySignature(call), verifySignature(call)]).toEqual([true, true]);
  expect(new Uint8Array(signature)).toEqual(good);
});

test("a wrapped signature is accepted where it is allowed only", async () => {
  const signature = await alice.signer.sign(utf8("<Bytes>a message</Bytes>"));
  const call = { scheme: "sr25519", publicKey: alice.publicKey, message, signature } as const;
  expect(verifySignature(call)).toBe(false);
  expect(verifySignature({ ...call, allowWrapped: true })).toBe(true);
});

test("ed25519 matches RFC 8032's first vector and refuses small-order keys, wrong lengths and the other scheme", async () => {
  const { publicKey, signer } = keypairFromSeed(
    hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    { scheme: "ed25519" },
  );
  const signature = await signer.sign(new Uint8Array());
  const vector =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
  expect(signature).toEqual(hex(vector));
  const call = { scheme: "ed25519", publicKey, message: new Uint8Array(), signature } as const;
  expect(verifySignature(call)).toBe(true);
  expect(verifySignature({ ...call, scheme: "sr25519" })).toBe(false);
  expect(verifySignature({ ...call, signature: signature.slice(1) })).toBe(false);
  expect(verifySignature({ ...call, publicKey: publicKey.slice(1) })).toBe(false);
  const identity = new Uint8Array(32).map((_, i) => (i === 0 ? 1 : 0));
  const forged = concatBytes(identity, new Uint8Array(32));
  expect(verifySignature({ ...call, publicKey: identity, signature: forged })).toBe(false);
  expect(verifySignature({ ...call, publicKey: identity.with(31, 0x80), signature: forged })).toBe(false);
});
