/** Wallets beside those of bittensor-wallet and of bittensor 11: files opened both ways, derivations, signatures. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVariable, variableOf } from "../../src/cli/password.ts";
import { createRandom, toHex, utf8 } from "../../src/core/index.ts";
import {
  createWallet,
  generateMnemonic,
  keypairFromPolkadotJson,
  keypairFromPrivateKey,
  keypairFromUri,
  readHotkey,
  readKeyfile,
  type Scheme,
  verifySignature,
  walletPaths,
  writeWallet,
} from "../../src/wallet/index.ts";
import { type Python, skipped, startPython } from "./support/python.ts";

const vectors = JSON.parse(await readFile(new URL("../vectors/keyfiles.json", import.meta.url), "utf8"));
const PASSWORD = "interop pässword";
const MESSAGE = utf8("a message");
const cryptoType = (scheme: Scheme) => (scheme === "ed25519" ? 0 : 1);

interface Key {
  readonly address: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

/** 100 phrases of every length with paths of every kind: the same ones each time. */
const PATHS = [
  "",
  "//hard",
  "/soft",
  "//1/2//three",
  "///secret",
  "//a/b///with a word",
  `//${"long".repeat(20)}`,
  "//ü/ß",
];
const random = createRandom("wallet interop");
const URIS = Array.from({ length: 100 }, (_, i) => {
  const phrase = generateMnemonic([12, 15, 18, 21, 24][i % 5], { random });
  return { phrase, path: PATHS[i % PATHS.length] ?? "" };
});
/** ed25519 has no soft junctions, and says so. */
const isHard = (path: string) => !/(^|[^/])\/[^/]/.test(path.replace(/\/\/\/.*/, ""));

describe.skipIf(skipped("v11")).each([
  ["bittensor-wallet", /^4\.1\.1$/],
  ["bittensor", /^11\.3\.0$/],
] as const)("%s", (name, version) => {
  let python: Python;
  let path = "";
  async function ask<T>(command: object): Promise<T> {
    const { value, error } = await python.call(command);
    if (error !== undefined) throw new Error(String(error));
    return value as T;
  }
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), "interop-"));
    python = await startPython("v11", "wallet.py", [name]);
    expect(python.hello.version).toMatch(version);
  });
  afterAll(async () => {
    await python?.stop();
    await rm(path, { recursive: true, force: true });
  });

  it.each<Scheme>(["sr25519", "ed25519"])("derives the same %s keys from 100 phrases and paths", async (scheme) => {
    const uris = URIS.filter(({ path }) => scheme === "sr25519" || isHard(path)).map(
      ({ phrase, path }) => phrase + path,
    );
    expect(uris.length).toBeGreaterThan(scheme === "sr25519" ? 99 : 45);
    const theirs = await ask<Key[]>({ do: "derive_all", uris, cryptoType: cryptoType(scheme) });
    const ours = uris.map((uri) => keypairFromUri(uri, { scheme }));
    expect(ours.map(({ address }) => address)).toEqual(theirs.map(({ address }) => address));
    for (const [i, { privateKey, address }] of theirs.entries()) {
      // Behind a soft junction half of it is random, and the key is still the key.
      expect(keypairFromPrivateKey(privateKey, { scheme }).address).toBe(address);
      if (ours[i]?.seed !== undefined && scheme === "sr25519")
        expect(privateKey).toBe(`0x${toHex(ours[i]?.secretKey ?? new Uint8Array())}`);
    }
  });

  it.each<Scheme>(["sr25519", "ed25519"])("opens our plain %s keyfiles, and we open its", async (scheme) => {
    const uri = `${vectors.mnemonic}//plain`;
    const ours = keypairFromUri(uri, { scheme });
    for (const keypair of [ours, keypairFromUri(vectors.mnemonic, { scheme })]) {
      const { hotkey } = await writeWallet({ path, name: "ours", hotkey: "h", overwrite: true }, { hotkey: keypair });
      expect(await ask({ do: "derive", path: hotkey })).toMatchObject({
        address: keypair.address,
        cryptoType: cryptoType(scheme),
      });
    }
    const where = { path, name: "theirs", hotkey: `plain-${scheme}` };
    const { hotkey, hotkeysFolder } = walletPaths(where);
    await mkdir(hotkeysFolder, { recursive: true });
    await ask({ do: "write", uri, cryptoType: cryptoType(scheme), to: hotkey });
    const read = await readHotkey(where);
    expect([read.address, read.scheme]).toEqual([ours.address, scheme]);
  });

  it("opens our encrypted coldkey, and we open its", async () => {
    const { paths, coldkey } = await createWallet(
      { path, name: "cold", hotkey: "default" },
      { coldkeyPassword: PASSWORD },
    );
    expect(await ask({ do: "derive", path: paths.coldkey, password: PASSWORD })).toMatchObject({
      address: coldkey.address,
    });
    const file = join(path, "their-coldkey");
    await ask({ do: "write", mnemonic: vectors.mnemonic, to: file, password: PASSWORD });
    expect((await readFile(file)).subarray(0, 5).toString()).toBe("$NACL");
    const read = await readKeyfile(file, { password: PASSWORD });
    expect([read.address, read.mnemonic]).toEqual([vectors.address, vectors.mnemonic]);
  });

  it.each<Scheme>(["sr25519", "ed25519"])("takes our %s signatures, and we take its", async (scheme) => {
    const keypair = keypairFromUri("//Alice", { scheme });
    const { address, publicKey } = keypair;
    const message = toHex(MESSAGE);
    const ours = toHex(await keypair.signer.sign(MESSAGE));
    const check = { do: "verify", address, cryptoType: cryptoType(scheme), message };
    expect(await ask({ ...check, signature: ours })).toBe(true);
    const broken = `${ours.slice(0, -3)}${ours.at(-3) === "0" ? "1" : "0"}${ours.slice(-2)}`;
    expect(await ask({ ...check, signature: broken })).toBe(false);
    const theirs = await ask<string>({ do: "sign", uri: "//Alice", cryptoType: cryptoType(scheme), message });
    const signature = new Uint8Array(Buffer.from(theirs, "hex"));
    expect(verifySignature({ scheme, publicKey, message: MESSAGE, signature })).toBe(true);
  });

  it("keeps a password in the environment as we read it", async () => {
    const keyfile = "/some where/My-w.z/coldkey";
    const { name: variable, value } = await ask<{ name: string; value: string }>({
      do: "environment",
      path: keyfile,
      password: PASSWORD,
    });
    expect(variableOf(keyfile)).toBe(variable);
    expect(readVariable(variable, value)).toBe(PASSWORD);
  });

  it("reads the export of polkadot.js that we read, as the same key", async () => {
    const [{ json }] = vectors.polkadot;
    const theirs = await ask<Key>({ do: "polkadot_json", json: JSON.stringify(json), password: vectors.password });
    const ours = await keypairFromPolkadotJson(JSON.stringify(json), { password: vectors.password });
    expect(theirs.address).toBe(ours.address);
    expect(theirs.privateKey).toBe(`0x${toHex(ours.secretKey)}`);
  });

  it("writes and reads the older encryptions as we do, where it still does", async () => {
    const plain = JSON.stringify({ secretPhrase: vectors.mnemonic, ss58Address: vectors.address });
    const vault = toHex(utf8(vectors.ansible));
    const opened = await ask<string>({ do: "decrypt", data: vault, password: vectors.password });
    expect(JSON.parse(Buffer.from(opened, "hex").toString()).ss58Address).toBe(vectors.address);
    const fernet = { do: "decrypt", data: toHex(utf8(vectors.fernet)), password: vectors.password };
    if (name === "bittensor") {
      expect(JSON.parse(Buffer.from(await ask<string>(fernet), "hex").toString()).ss58Address).toBe(vectors.address);
    } else {
      await expect(ask(fernet)).rejects.toThrow("Wrong password");
      const written = await ask<string>({ do: "encrypt_legacy", data: toHex(utf8(plain)), password: PASSWORD });
      const file = join(path, "their-vault");
      await writeFile(file, Buffer.from(written, "hex"));
      expect((await readKeyfile(file, { password: PASSWORD })).address).toBe(vectors.address);
    }
  });

  it("reads a cryptoType that is a number, as bittensor 11 writes it", async () => {
    const file = join(path, "numeric");
    await writeFile(
      file,
      JSON.stringify({ secretPhrase: vectors.mnemonic, ss58Address: vectors.address, cryptoType: 1 }),
    );
    expect(await ask({ do: "derive", path: file })).toMatchObject({ address: vectors.address, cryptoType: 1 });
  });
});

describe.skipIf(skipped("wallet40"))("bittensor-wallet 4.0, which knows no cryptoType", () => {
  let python: Python;
  let path = "";
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), "interop-"));
    python = await startPython("wallet40", "wallet.py", ["bittensor-wallet"]);
    expect(python.hello.version).toBe("4.0.1");
  });
  afterAll(async () => {
    await python?.stop();
    await rm(path, { recursive: true, force: true });
  });

  it("opens our sr25519 keyfiles, plain and encrypted", async () => {
    const { paths, coldkey, hotkey } = await createWallet(
      { path, name: "new", hotkey: "default" },
      { coldkeyPassword: PASSWORD },
    );
    const plain = await python.call({ do: "derive", path: paths.hotkey });
    expect(plain).toMatchObject({ value: { address: hotkey.address } });
    const encrypted = await python.call({ do: "derive", path: paths.coldkey, password: PASSWORD });
    expect(encrypted).toMatchObject({ value: { address: coldkey.address } });
  });

  it("refuses a cryptoType that is a number: that is why ours have none", async () => {
    const file = join(path, "numeric");
    await writeFile(file, JSON.stringify({ secretPhrase: vectors.mnemonic, cryptoType: 1 }));
    expect(await python.call({ do: "derive", path: file })).toMatchObject({ error: expect.stringContaining("parse") });
  });
});
