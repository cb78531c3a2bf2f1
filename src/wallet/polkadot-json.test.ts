import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { keypairFromPolkadotJson } from "./index.ts";

interface Vector {
  readonly scheme: string;
  readonly kind: string;
  readonly address: string;
  readonly json: { readonly address: string; readonly encoded: string; readonly encoding: object };
}
const file = JSON.parse(await readFile(new URL("../../test/vectors/keyfiles.json", import.meta.url), "utf8"));
const password: string = file.password;
const vectors: readonly Vector[] = file.polkadot;
const [encrypted, , plain] = vectors.map(({ json }) => json);
const open = (json: unknown, given: string | undefined = password) =>
  keypairFromPolkadotJson(JSON.stringify(json), { password: given });

describe("an export of polkadot.js", () => {
  it.each(vectors)("is read: $scheme $kind", async ({ scheme, kind, address, json }) => {
    const keypair = await open(json, kind === "plain" ? undefined : password);
    expect([keypair.scheme, keypair.address]).toEqual([scheme, address]);
  });

  it("under another password is no damage, and without one says so", async () => {
    await expect(open(encrypted, "wrong")).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
    await expect(keypairFromPolkadotJson(JSON.stringify(encrypted))).rejects.toMatchObject({
      code: "KEYFILE_ENCRYPTED",
    });
    await expect(open(vectors[1]?.json, "wrong")).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  });

  const scrypt = (N: number, p: number, r: number) => {
    const bytes = Buffer.from(encrypted?.encoded ?? "", "base64");
    [N, p, r].forEach((value, i) => {
      bytes.writeUInt32LE(value, 32 + 4 * i);
    });
    return { ...encrypted, encoded: bytes.toString("base64") };
  };
  const encoding = { ...plain?.encoding };
  it.each<[string, unknown, string]>([
    ["no object", 5, "(whole file)"],
    ["no text in it", { ...plain, encoded: 5 }, "encoded"],
    ["an unknown version", { ...plain, encoding: { ...encoding, version: "9" } }, "encoding.version"],
    [
      "another kind of key",
      { ...plain, encoding: { ...encoding, content: ["pkcs8", "ecdsa"] } },
      "another kind of key",
    ],
    ["another cipher", { ...plain, encoding: { ...encoding, type: ["rot13"] } }, "something else than xsalsa20"],
    ["no base64", { ...plain, encoded: "?" }, "holds no bytes"],
    ["no key", { ...plain, encoded: "AAAA" }, "does not hold a key in PKCS#8"],
    [
      "the address of another",
      { ...plain, address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" },
      "another key",
    ],
    ["too few bytes", { ...encrypted, encoded: "AAAA" }, "ends too early"],
    ["a scrypt beyond all memory", scrypt(2 ** 31, 1, 8), "derivation that no export needs"],
    ["a scrypt that is no power of two", scrypt(3, 1, 8), "derivation that no export needs"],
  ])("is refused with the reason: %s", async (_, json, problem) => {
    await expect(open(json)).rejects.toMatchObject({
      code: "INVALID_POLKADOT_JSON",
      shortMessage: expect.stringContaining(problem),
    });
  });

  it("that is no JSON is refused without quoting it", async () => {
    const reading = keypairFromPolkadotJson("secret words");
    await expect(reading).rejects.toMatchObject({ message: expect.not.stringContaining("secret words") });
  });

  it("whose public key is not the secret's is refused", async () => {
    const bytes = Buffer.from(plain?.encoded ?? "", "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await expect(open({ ...plain, encoded: bytes.toString("base64") })).rejects.toThrow(/does not belong/);
  });
});
