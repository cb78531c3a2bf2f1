import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { createRandom, fromHex, toHex } from "../core/index.ts";
import { generateMnemonic, keypairFromSecretKey, keypairFromSeed, keypairFromUri, seedFromMnemonic } from "./index.ts";

const vectors = z
  .object({
    developmentPhrase: z.string(),
    developmentSeed: z.string(),
    keys: z.array(
      z.object({
        uri: z.string(),
        address: z.string(),
        scheme: z.enum(["sr25519", "ed25519"]).default("sr25519"),
        seed: z.string().optional(),
        publicKey: z.string().optional(),
        secretKey: z.string().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../../test/vectors/wallet.json", import.meta.url), "utf8")));

test.each(vectors.keys)("$scheme $uri gives $address", ({ uri, scheme, address, ...want }) => {
  const keypair = keypairFromUri(uri, { scheme });
  expect(keypair.address).toBe(address);
  if (want.publicKey) expect(toHex(keypair.publicKey)).toBe(want.publicKey);
  if (want.seed) expect(toHex(keypair.seed ?? new Uint8Array())).toBe(want.seed);
  if (want.secretKey) expect(toHex(keypair.secretKey)).toBe(want.secretKey);
});

test("the phrase's seed is Substrate's, not BIP-39's", () => {
  expect(toHex(seedFromMnemonic(vectors.developmentPhrase))).toBe(vectors.developmentSeed);
  expect(toHex(seedFromMnemonic(`  ${vectors.developmentPhrase.toUpperCase().replace(" ", "   ")}\n`))).toBe(
    vectors.developmentSeed,
  );
});

test("a hex seed with junctions equals its phrase with junctions, and a password changes the key", () => {
  const { developmentPhrase: phrase, developmentSeed: seed } = vectors;
  expect(keypairFromUri(`0x${seed}//Alice/soft`).address).toBe(keypairFromUri(`${phrase}//Alice/soft`).address);
  expect(keypairFromUri(`${phrase}///secret`).address).not.toBe(keypairFromUri(phrase).address);
  expect(keypairFromUri(`//Alice///secret`).address).toBe(keypairFromUri(`${phrase}//Alice///secret`).address);
  expect(keypairFromUri(`${phrase}///a///b`).address).not.toBe(keypairFromUri(`${phrase}///a`).address);
});

test("a text junction, a numeric junction and one past u64 are three different keys", () => {
  const uris = ["//1", "//01x", "//18446744073709551615", "//18446744073709551616", `//${"é".repeat(300)}`];
  expect(new Set(uris.map((uri) => keypairFromUri(uri).address)).size).toBe(uris.length);
  expect(keypairFromUri("//01").address).toBe(keypairFromUri("//1").address);
});

test("a key made from its seed or from its secret key is the same key, in both schemes", () => {
  for (const scheme of ["sr25519", "ed25519"] as const) {
    const alice = keypairFromUri("//Alice", { scheme });
    expect(keypairFromSecretKey(alice.secretKey, { scheme }).address).toBe(alice.address);
    expect(keypairFromSeed(alice.seed ?? new Uint8Array(), { scheme }).address).toBe(alice.address);
  }
});

test.each([
  ["", "INVALID_KEY_URI"],
  ["/", "INVALID_KEY_URI"],
  ["0x1234", "INVALID_KEY_URI"],
  [`0x${"zz".repeat(32)}`, "INVALID_KEY_URI"],
  [`0x${"11".repeat(32)}///pw`, "INVALID_KEY_URI"],
  [`//${"x".repeat(20_000)}`, "INVALID_KEY_URI"],
  ["bottom drive obey", "INVALID_MNEMONIC"],
  ["bottom drive obey lake curtain smoke basket hold race lonely fit fit", "INVALID_MNEMONIC"],
  ["bottom drive obey lake curtain smoke basket hold race lonely fit walking", "INVALID_MNEMONIC"],
])("the URI %j is refused with %s and without repeating it", (uri, code) => {
  const failure = () => keypairFromUri(uri);
  expect(failure).toThrow(expect.objectContaining({ code }));
  try {
    failure();
  } catch (error) {
    expect(inspect(error, { depth: 5 })).not.toContain("walking");
  }
});

test("ed25519 has no soft junctions", () => {
  expect(() => keypairFromUri("//Alice/soft", { scheme: "ed25519" })).toThrow(/soft junction/);
});

test("bad secret keys and seeds are refused by name", () => {
  expect(() => keypairFromSeed(new Uint8Array(31))).toThrow(/seed must be 32 bytes/);
  expect(() => keypairFromSecretKey(new Uint8Array(64))).toThrow(/secretKey does not begin/);
  expect(() => keypairFromSecretKey(new Uint8Array(64).fill(255))).toThrow(/secretKey does not begin/);
  expect(() => keypairFromSecretKey(new Uint8Array(64), { scheme: "ed25519" })).toThrow(/its own ed25519 public key/);
});

test("secrets show in no log, no JSON, no spread, and cannot be changed from outside", () => {
  const keypair = keypairFromUri(vectors.developmentPhrase);
  const shown = `${inspect(keypair, { depth: 9, showHidden: true })}${JSON.stringify(keypair)}${inspect({ ...keypair })}`;
  expect(shown).not.toContain("bottom drive");
  expect(shown).not.toContain(vectors.developmentSeed);
  expect(Object.keys(keypair)).toEqual(["scheme", "publicKey", "address", "signer"]);
  expect(Object.keys(keypair.signer)).toEqual(["address", "publicKey", "scheme", "sign"]);
  expect(keypair.mnemonic).toBe(vectors.developmentPhrase);
  keypair.secretKey.fill(0);
  keypair.seed?.fill(0);
  expect(toHex(keypair.seed ?? new Uint8Array())).toBe(vectors.developmentSeed);
  expect(keypairFromSecretKey(keypair.secretKey).address).toBe(keypair.address);
});

test("mnemonics have the words asked for, differ, and repeat with the same randomness", () => {
  for (const words of [12, 15, 18, 21, 24]) {
    const phrase = generateMnemonic(words);
    expect(phrase.split(" ")).toHaveLength(words);
    expect(seedFromMnemonic(phrase)).toHaveLength(32);
    expect(generateMnemonic(words)).not.toBe(phrase);
  }
  expect(generateMnemonic(12, { random: createRandom(1) })).toBe(generateMnemonic(12, { random: createRandom(1) }));
  expect(() => generateMnemonic(13)).toThrow(/words must be 12/);
});

test("a soft key signs although its nonce half is new each time", () => {
  const [one, two] = [keypairFromUri("//Bob/test"), keypairFromUri("//Bob/test")];
  expect(one.address).toBe(two.address);
  expect(toHex(one.secretKey).slice(0, 64)).toBe(toHex(two.secretKey).slice(0, 64));
  expect(one.seed).toBeUndefined();
  expect(fromHex("key", toHex(one.publicKey), 32)).toEqual(one.publicKey);
});
