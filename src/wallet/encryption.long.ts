import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { utf8 } from "../core/index.ts";
import { createSealer, decryptKeyfile, encryptionOf } from "./encryption.ts";
import { parseKeyfile } from "./keyfile.ts";
import { openSecretbox, sealSecretbox } from "./secretbox.ts";

const vectors = JSON.parse(await readFile(new URL("../../test/vectors/keyfiles.json", import.meta.url), "utf8"));
const password: string = vectors.password;
/** A thousandth of the price; the vectors below pay all of it. */
const cheap = { argon2: { passes: 1, memoryKiB: 256 }, fernetRounds: 1_000 };
const addressIn = (plain: Uint8Array) => parseKeyfile("k", Buffer.from(plain).toString("utf8")).address;
const seal = (text: string, key = password) => createSealer(cheap).seal("k", utf8(text), key);

test("btwallet's $NACL file opens, and the event loop goes on turning meanwhile", { timeout: 180_000 }, async () => {
  const bytes = Buffer.from(vectors.nacl["bittensor-wallet 4.1.1"], "base64");
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  const plain = await decryptKeyfile("k", bytes, { password });
  clearInterval(turning);
  expect(addressIn(plain)).toBe(vectors.address);
  // On this thread the derivation would have let it turn twice.
  expect(turns).toBeGreaterThan(100);
});

test("ansible-vault files of older wallets open", async () => {
  const bytes = utf8(vectors.ansible);
  expect(encryptionOf(bytes)).toBe("Ansible vault");
  expect(addressIn(await decryptKeyfile("k", bytes, { password }))).toBe(vectors.address);
  const windows = utf8(vectors.ansible.replaceAll("\n", "\r\n").replace("1.1;AES256", "1.2;AES256;label"));
  expect(addressIn(await decryptKeyfile("k", windows, { password }))).toBe(vectors.address);
});

test("Fernet files of the first wallets open", { timeout: 180_000 }, async () => {
  const bytes = utf8(vectors.fernet);
  expect(encryptionOf(bytes)).toBe("Fernet");
  expect(addressIn(await decryptKeyfile("k", bytes, { password }))).toBe(vectors.address);
});

test("what is sealed has btwallet's form, opens again, and is never the same twice", async () => {
  const sealer = createSealer(cheap);
  const [one, two] = [await sealer.seal("k", utf8("{}"), password), await sealer.seal("k", utf8("{}"), () => password)];
  sealer.forget();
  expect(Buffer.from(one.subarray(0, 5)).toString()).toBe("$NACL");
  expect(one).toHaveLength(5 + 24 + 16 + 2);
  expect(one).not.toEqual(two);
  for (const bytes of [one, two]) {
    expect(Buffer.from(await decryptKeyfile("k", bytes, { password, ...cheap })).toString()).toBe("{}");
  }
});

test.each([
  ["NaCl secretbox", () => seal("{}")],
  ["Ansible vault", () => utf8(vectors.ansible)],
  ["Fernet", () => utf8(vectors.fernet)],
])("a wrong password and a missing one are errors of their own: %s", async (encryption, make) => {
  const bytes = await make();
  const wrong = decryptKeyfile("/w/coldkey", bytes, { password: "not that one", ...cheap });
  await expect(wrong).rejects.toMatchObject({
    code: "WRONG_PASSWORD",
    path: "/w/coldkey",
    encryption,
    message: expect.not.stringContaining("not that one"),
    hint: expect.stringContaining("mnemonic"),
  });
  for (const none of [undefined, "", () => ""]) {
    await expect(decryptKeyfile("/w/coldkey", bytes, { password: none, ...cheap })).rejects.toMatchObject({
      code: "KEYFILE_ENCRYPTED",
      encryption,
    });
  }
});

test("the password of a plain file is asked of nobody", async () => {
  const password = () => Promise.reject(new Error("asked"));
  expect(await decryptKeyfile("k", utf8("{}"), { password })).toEqual(utf8("{}"));
});

test.each([
  ["a $NACL file that ends in its nonce", utf8(`$NACL${"x".repeat(30)}`)],
  ["a vault of another cipher", utf8("$ANSIBLE_VAULT;1.1;AES\n6162")],
  ["a vault without hex", utf8("$ANSIBLE_VAULT;1.1;AES256\nxyz")],
  ["a vault of one part", utf8(`$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from("6162").toString("hex")}`)],
  ["a token that is too short", utf8("gAAAAAB")],
  ["a token with a foreign letter", utf8("gAAAAAB!!")],
])("damage is told from a wrong password: %s", async (_, bytes) => {
  await expect(decryptKeyfile("k", bytes, { password, ...cheap })).rejects.toMatchObject({ code: "KEYFILE_INVALID" });
});

test("every flipped bit of a box is noticed", async () => {
  const [key, nonce] = [new Uint8Array(32).fill(7), new Uint8Array(24).fill(8)];
  const box = await sealSecretbox(key, nonce, utf8("secret"));
  expect(await openSecretbox(key, nonce, box)).toEqual(utf8("secret"));
  for (let i = 0; i < box.length; i++) {
    const changed = box.slice();
    changed[i] = (changed[i] ?? 0) ^ 1;
    expect(await openSecretbox(key, nonce, changed)).toBeNull();
  }
  expect(await openSecretbox(key, nonce.subarray(1), box)).toBeNull();
});

test("a derivation is given up at once, with the signal's reason", async () => {
  const bytes = Buffer.from(vectors.nacl["bittensor 11.3.0"], "base64");
  const controller = new AbortController();
  const opening = decryptKeyfile("k", bytes, { password, signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await expect(opening).rejects.toThrow("enough");
});

test("memory that cannot be had is an error of its own", async () => {
  const argon2 = { passes: 1, memoryKiB: 2 ** 40 };
  const sealing = createSealer({ argon2 }).seal("k", utf8("{}"), password);
  await expect(sealing).rejects.toMatchObject({
    code: "KEY_DERIVATION_FAILED",
    hint: expect.stringContaining("memory"),
  });
});
