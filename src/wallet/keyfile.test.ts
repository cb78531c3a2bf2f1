import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../core/index.ts";
import { keypairFromPrivateKey, keypairFromUri } from "./index.ts";
import { formatKeyfile, parseKeyfile } from "./keyfile.ts";
import { numberFromBytes, numberToBytes } from "./ristretto.ts";

const vectors = JSON.parse(await readFile(new URL("../../test/vectors/keyfiles.json", import.meta.url), "utf8"));
/** The same private key as polkadot.js has it. */
function timesEight(hex: string): string {
  const bytes = fromHex("privateKey", hex, 64);
  return `0x${toHex(numberToBytes(numberFromBytes(bytes.subarray(0, 32)) * 8n))}${toHex(bytes.subarray(32))}`;
}
const parse = (file: object) => parseKeyfile("k", JSON.stringify(file));

describe("derivations of bittensor 11.3.0 and bittensor-wallet 4.1.1", () => {
  it.each<{ uri: string; scheme: "sr25519" | "ed25519"; address: string; publicKey: string; privateKey?: string }>(
    vectors.derivations,
  )("are ours: $scheme $address", ({ uri, scheme, address, publicKey, privateKey }) => {
    const keypair = keypairFromUri(uri, { scheme });
    expect([keypair.address, toHex(keypair.publicKey)]).toEqual([address, publicKey]);
    if (privateKey !== undefined) expect(JSON.parse(formatKeyfile(keypair)).privateKey).toBe(privateKey);
  });
});

describe("ed25519 keyfiles of other programs", () => {
  it.each(Object.entries<{ ss58Address: string; privateKey: string; cryptoType: number }>(vectors.ed25519Files))(
    "are read whole, by private key alone, and without their cryptoType: %s",
    (_, file) => {
      const { ss58Address, privateKey, cryptoType } = file;
      const { cryptoType: _type, ...undeclared } = file;
      for (const one of [file, { ss58Address, privateKey, cryptoType }, { ss58Address, privateKey }, undeclared]) {
        const keypair = parse(one);
        expect([keypair.scheme, keypair.address]).toEqual(["ed25519", ss58Address]);
      }
      expect(JSON.parse(formatKeyfile(parse(file)))).toEqual(file);
    },
  );
});

describe("a private key", () => {
  const alice = keypairFromUri("//Alice");
  const hex = `0x${toHex(alice.secretKey)}`;

  it("is read as keyfiles have it, and with the scalar times 8 as polkadot.js has it", () => {
    expect(keypairFromPrivateKey(hex).address).toBe(alice.address);
    expect(keypairFromPrivateKey(timesEight(hex)).address).toBe(alice.address);
    expect(parse({ privateKey: timesEight(hex), ss58Address: alice.address }).address).toBe(alice.address);
  });

  it("that could be either is what its address says", () => {
    // Below the group's order also when multiplied: only behind soft junctions.
    const small = `0x${toHex(numberToBytes(2n ** 240n + 8n))}${"07".repeat(32)}`;
    const [ours, theirs] = [keypairFromPrivateKey(small), keypairFromPrivateKey(timesEight(small))];
    expect(ours.address).not.toBe(theirs.address);
    const file = { privateKey: timesEight(small) };
    expect(parse({ ...file, ss58Address: theirs.address }).address).toBe(theirs.address);
    expect(parse({ ...file, ss58Address: ours.address }).address).toBe(ours.address);
    expect(parse(file).address).toBe(theirs.address);
  });

  it("of ed25519 is its seed, or its seed and public key", () => {
    const ed = keypairFromUri("//Alice", { scheme: "ed25519" });
    const whole = toHex(ed.secretKey);
    for (const text of [whole, whole.slice(0, 64), `0x${whole}`]) {
      expect(keypairFromPrivateKey(text, { scheme: "ed25519" }).address).toBe(ed.address);
    }
  });

  it.each(["", "0x12", "zz", "00".repeat(32), "00".repeat(64), "ff".repeat(64)])("is not %j", (text) => {
    expect(() => keypairFromPrivateKey(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
