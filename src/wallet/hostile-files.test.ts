/** Whatever bytes lie in a keyfile's place: a key, or an error with a code, never a bug's. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SubnetError, utf8 } from "../core/index.ts";
import { decryptKeyfile } from "./encryption.ts";
import { keypairFromPolkadotJson, keypairFromPrivateKey } from "./index.ts";
import { parseKeyfile, parsePublicKeyfile } from "./keyfile.ts";

const cheap = { password: "any", argon2: { passes: 1, memoryKiB: 256 }, fernetRounds: 10 };
async function endsWell(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(SubnetError);
  }
}
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString("hex"));
const value = fc.oneof(
  fc.string(),
  hex(32),
  hex(64),
  hex(64).map((h) => `0x${h}`),
  fc.constant(null),
  fc.jsonValue(),
);
const keyfile = fc.record(
  {
    publicKey: value,
    privateKey: value,
    secretPhrase: value,
    secretSeed: value,
    ss58Address: value,
    cryptoType: fc.oneof(fc.constantFrom(0, 1, "0", "1", 2), value),
  },
  { requiredKeys: [] },
);

test("any keyfile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        keyfile.map((file) => JSON.stringify(file)),
        fc.string(),
        fc.json(),
      ),
      async (text) => {
        await endsWell(() => parseKeyfile("k", text));
        await endsWell(() => parsePublicKeyfile("k", text));
      },
    ),
    { numRuns: 500 },
  );
});

test("any private key", async () => {
  const text = fc.oneof(
    hex(32),
    hex(64),
    fc.string(),
    fc.bigInt({ min: 0n, max: 2n ** 512n }).map((n) => n.toString(16).padStart(128, "0")),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom("sr25519" as const, "ed25519" as const), async (one, scheme) =>
      endsWell(() => keypairFromPrivateKey(one, { scheme })),
    ),
    { numRuns: 300 },
  );
});

test("any old encryption", async () => {
  const vault = fc.tuple(hex(32), hex(32), hex(32)).map((parts) => {
    const outer = Buffer.from(parts.join("\n")).toString("hex");
    return `$ANSIBLE_VAULT;1.1;AES256\n${outer}`;
  });
  const token = fc.uint8Array({ maxLength: 200 }).map((bytes) => {
    return Buffer.from([0x80, 0, 0, 0, 0, ...bytes]).toString("base64url");
  });
  const text = fc.oneof(
    vault,
    fc.string().map((t) => `$ANSIBLE_VAULT${t}`),
    token,
    fc.string().map((t) => `gAAAAA${t}`),
  );
  await fc.assert(
    fc.asyncProperty(text, async (one) => endsWell(() => decryptKeyfile("k", utf8(one), cheap))),
    { numRuns: 200 },
  );
});

test("any export of polkadot.js", async () => {
  const encoded = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("base64")),
    hex(85).map((h) => `0x${h}`),
    fc.string(),
  );
  const type = fc.subarray(["none", "scrypt", "xsalsa20-poly1305", "rot13"]);
  const content = fc.subarray(["pkcs8", "sr25519", "ed25519", "ecdsa"]);
  const file = fc.record({
    address: fc.option(fc.string()),
    encoded,
    encoding: fc.record({ content, type, version: fc.constantFrom("2", "3", "4") }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        file.map((one) => JSON.stringify(one)),
        fc.json(),
      ),
      async (json) => endsWell(() => keypairFromPolkadotJson(json, { password: "any" })),
    ),
    { numRuns: 300 },
  );
});
