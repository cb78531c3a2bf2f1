import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/index.ts";
import {
  createWallet,
  keypairFromSecretKey,
  keypairFromUri,
  readColdkey,
  readColdkeyPublic,
  readHotkey,
  walletPaths,
  writeWallet,
} from "./index.ts";

const vectors = JSON.parse(await readFile(new URL("../../test/vectors/wallet.json", import.meta.url), "utf8"));
let path = "";
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "wallets-"));
});
afterEach(() => rm(path, { recursive: true, force: true }));

const where = () => ({ path, name: "default", hotkey: "default" });
const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
const put = async (text: string | Uint8Array) => {
  const { hotkey, hotkeysFolder } = walletPaths(where());
  await mkdir(hotkeysFolder, { recursive: true });
  await writeFile(hotkey, text);
  return readHotkey(where());
};

test("a new wallet has the four files of the layout, readable by its owner only", async () => {
  const { paths, coldkey, hotkey } = await createWallet(where());
  expect((await readdir(path, { recursive: true })).sort()).toEqual([
    "default",
    "default/coldkey",
    "default/coldkeypub.txt",
    "default/hotkeys",
    "default/hotkeys/default",
    "default/hotkeys/defaultpub.txt",
  ]);
  for (const file of [paths.coldkey, paths.coldkeyPublic, paths.hotkey, paths.hotkeyPublic]) {
    expect(await mode(file)).toBe("600");
  }
  expect([await mode(paths.folder), await mode(paths.hotkeysFolder)]).toEqual(["700", "700"]);
  expect((await readHotkey(where())).address).toBe(hotkey.address);
  expect((await readColdkey(where())).mnemonic).toBe(coldkey.mnemonic);
  expect(await readColdkeyPublic(where())).toEqual({ address: coldkey.address, publicKey: coldkey.publicKey });
  expect(coldkey.address).not.toBe(hotkey.address);
});

test("the files hold the keys of btwallet, without cryptoType for sr25519", async () => {
  const { paths } = await createWallet({ ...where(), words: 24 });
  const file = JSON.parse(await readFile(paths.hotkey, "utf8"));
  expect(Object.keys(file)).toEqual([
    "accountId",
    "publicKey",
    "privateKey",
    "secretPhrase",
    "secretSeed",
    "ss58Address",
  ]);
  expect(file.secretPhrase.split(" ")).toHaveLength(24);
  expect(Object.values(file).every((value) => typeof value === "string")).toBe(true);
  expect(Object.keys(JSON.parse(await readFile(paths.hotkeyPublic, "utf8")))).toEqual([
    "accountId",
    "publicKey",
    "ss58Address",
  ]);
});

test("nothing is overwritten, and nothing is written, when any one file exists", async () => {
  const paths = walletPaths(where());
  await mkdir(paths.hotkeysFolder, { recursive: true });
  await writeFile(paths.hotkeyPublic, "precious");
  await expect(createWallet(where())).rejects.toMatchObject({ code: "WALLET_EXISTS", path: paths.hotkeyPublic });
  expect((await readdir(path, { recursive: true })).sort()).toEqual([
    "default",
    "default/hotkeys",
    "default/hotkeys/defaultpub.txt",
  ]);
  expect(await readFile(paths.hotkeyPublic, "utf8")).toBe("precious");
  const { hotkey } = await createWallet({ ...where(), overwrite: true });
  expect((await readHotkey(where())).address).toBe(hotkey.address);
  expect(await mode(paths.hotkeyPublic)).toBe("600");
});

test("a second hotkey joins a wallet without touching its coldkey", async () => {
  const { coldkey } = await createWallet(where());
  await writeWallet({ ...where(), hotkey: "second" }, { hotkey: keypairFromUri("//Bob") });
  expect((await readHotkey({ ...where(), hotkey: "second" })).address).toBe(keypairFromUri("//Bob").address);
  expect((await readColdkey(where())).address).toBe(coldkey.address);
});

test("a key without phrase or seed, and an ed25519 key, come back as they were", async () => {
  const raw = keypairFromSecretKey(keypairFromUri("//Bob/test").secretKey);
  const ed = keypairFromUri("//Alice", { scheme: "ed25519" });
  const paths = await writeWallet(where(), { hotkey: raw, coldkey: ed });
  expect(Object.keys(JSON.parse(await readFile(paths.hotkey, "utf8")))).not.toContain("secretSeed");
  expect(toHex((await readHotkey(where())).secretKey)).toBe(toHex(raw.secretKey));
  // As btwallet 4.1 and bittensor 11 write it: the seed alone, and the number of the scheme.
  const file = JSON.parse(await readFile(paths.coldkey, "utf8"));
  expect([file.cryptoType, file.privateKey]).toEqual([0, `0x${toHex(ed.secretKey.subarray(0, 32))}`]);
  expect(JSON.parse(await readFile(paths.coldkeyPublic, "utf8")).cryptoType).toBe(0);
  const back = await readColdkey(where());
  expect([back.scheme, back.address]).toEqual(["ed25519", ed.address]);
});

test("the throwaway hotkey of bittensor 11.3.0 is read, and its private key is the derived one", async () => {
  const { hotkeyFile } = vectors;
  const keypair = await put(JSON.stringify(hotkeyFile));
  expect(keypair.address).toBe(hotkeyFile.ss58Address);
  expect(`0x${toHex(keypair.secretKey)}`).toBe(hotkeyFile.privateKey);
  const { secretSeed: _, ...noSeed } = hotkeyFile;
  expect((await put(JSON.stringify(noSeed))).address).toBe(hotkeyFile.ss58Address);
  expect((await put(JSON.stringify({ ...hotkeyFile, cryptoType: "1" }))).address).toBe(hotkeyFile.ss58Address);
  expect((await put(JSON.stringify({ ...hotkeyFile, cryptoType: 0 }))).scheme).toBe("sr25519");
  const { ss58Address, ...noAddress } = hotkeyFile;
  expect((await put(JSON.stringify({ ...noAddress, " ss58Address": ss58Address }))).address).toBe(ss58Address);
  expect((await put(JSON.stringify(noAddress))).address).toBe(ss58Address);
});

test("a phrase wins over a seed, and a seed over a private key", async () => {
  const alice = keypairFromUri("//Alice");
  const [seed, privateKey] = [vectors.hotkeyFile.secretSeed, vectors.hotkeyFile.privateKey];
  const both = await put(JSON.stringify({ secretPhrase: vectors.developmentPhrase, secretSeed: seed }));
  expect(both.address).toBe(keypairFromUri(vectors.developmentPhrase).address);
  const aliceSeed = `0x${toHex(alice.seed ?? new Uint8Array())}`;
  expect((await put(JSON.stringify({ secretSeed: aliceSeed, privateKey }))).address).toBe(alice.address);
});

test("bare seeds, private keys, phrases and seeds that are text are read", async () => {
  const alice = keypairFromUri("//Alice");
  expect((await put(toHex(alice.seed ?? new Uint8Array()))).address).toBe(alice.address);
  expect((await put(`0x${toHex(alice.secretKey)}\n`)).address).toBe(alice.address);
  expect((await put(vectors.developmentPhrase)).mnemonic).toBe(vectors.developmentPhrase);
  // The quirk of btwallet: this address is that of bittensor-wallet 4.1.1.
  for (const secretSeed of ["abcdefghijklmnopqrstuvwxyz012345", "0xabcdefghijklmnopqrstuvwxyz012345"]) {
    const ss58Address = "5HEaNfCmU8w8X1Cw4LBNsh6GmMDxx5MQRkmaAjafoBm4owoy";
    expect((await put(JSON.stringify({ secretSeed, ss58Address }))).address).toBe(ss58Address);
  }
});

test("an encrypted keyfile without a password is refused with the reason", async () => {
  const nacl = put(Buffer.concat([Buffer.from("$NACL"), Buffer.alloc(60, 200)]));
  await expect(nacl).rejects.toMatchObject({
    code: "KEYFILE_ENCRYPTED",
    shortMessage: "The keyfile is encrypted, and no password was given.",
    path: walletPaths(where()).hotkey,
    encryption: "NaCl secretbox",
    hint: "Give its password, or use a hotkey made without one, as unattended miners and validators do.",
  });
  for (const text of ["$ANSIBLE_VAULT;1.1;AES256\n6162", "gAAAAABnotreal"]) {
    await expect(put(text)).rejects.toMatchObject({ code: "KEYFILE_ENCRYPTED" });
  }
});

const cheap = { argon2: { passes: 1, memoryKiB: 256 } };

test("a coldkey under a password opens with it; the hotkey beside it is plain and needs none", async () => {
  const asked: unknown[] = [];
  const coldkeyPassword = (request: unknown) => {
    asked.push(request);
    return "long and secret";
  };
  const { paths, coldkey, hotkey } = await createWallet(where(), { coldkeyPassword, ...cheap });
  expect(asked).toEqual([{ path: paths.coldkey, encryption: null }]);
  expect((await readFile(paths.coldkey)).subarray(0, 5).toString()).toBe("$NACL");
  expect(await mode(paths.coldkey)).toBe("600");
  const back = await readColdkey(where(), { password: "long and secret", ...cheap });
  expect([back.address, back.mnemonic]).toEqual([coldkey.address, coldkey.mnemonic]);
  await expect(readColdkey(where(), { password: "another", ...cheap })).rejects.toMatchObject({
    code: "WRONG_PASSWORD",
  });
  expect((await readColdkeyPublic(where())).address).toBe(coldkey.address);
  await rm(paths.coldkey);
  expect((await readHotkey(where())).address).toBe(hotkey.address);
});

test("nobody is asked for a password when the wallet is there already", async () => {
  await createWallet(where());
  const coldkeyPassword = () => Promise.reject(new Error("asked"));
  await expect(createWallet(where(), { coldkeyPassword })).rejects.toMatchObject({ code: "WALLET_EXISTS" });
});

test("an encryption that is given up leaves nothing behind", async () => {
  const signal = AbortSignal.timeout(30);
  await expect(createWallet(where(), { coldkeyPassword: "long and secret", signal })).rejects.toThrow(/timeout/);
  expect(await readdir(path)).toEqual([]);
});

test("a hotkey under the same password is opened with it", async () => {
  const passwords = { coldkeyPassword: "long and secret", hotkeyPassword: "long and secret" };
  const { hotkey } = await createWallet({ ...where(), hotkeyScheme: "ed25519" }, { ...passwords, ...cheap });
  const back = await readHotkey(where(), { password: () => "long and secret", ...cheap });
  expect([back.address, back.scheme]).toEqual([hotkey.address, "ed25519"]);
});

test.each([
  ["{", "KEYFILE_INVALID", "is not JSON"],
  ["[]", "KEYFILE_INVALID", "holds no secret"],
  ["null", "KEYFILE_INVALID", "cannot be used: (whole file)"],
  ["{}", "KEYFILE_INVALID", "holds no secret"],
  ['{"secretSeed": 5}', "KEYFILE_INVALID", "secretSeed"],
  ['{"secretSeed": "0x12"}', "KEYFILE_INVALID", "holds a value that cannot be used"],
  ['{"privateKey": "0x12"}', "KEYFILE_INVALID", "holds a value that cannot be used"],
  ['{"secretPhrase": "one two three"}', "KEYFILE_INVALID", "holds a value that cannot be used"],
  ['{"encoded": "x", "encoding": {}}', "KEYFILE_INVALID", "polkadot.js"],
  [`{"secretSeed": "0x${"11".repeat(32)}", "ss58Address": "5no"}`, "KEYFILE_INVALID", "holds a value"],
  [
    `{"secretSeed": "0x${"11".repeat(32)}", "ss58Address": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}`,
    "KEYFILE_MISMATCH",
    "does not belong",
  ],
])("the keyfile %s is refused: %s", async (text, code, problem) => {
  await expect(put(text)).rejects.toMatchObject({ code, shortMessage: expect.stringContaining(problem) });
});

test.runIf(process.platform !== "win32")("a pipe in a keyfile's place is refused, not waited for", async () => {
  const { hotkey, hotkeysFolder } = walletPaths(where());
  await mkdir(hotkeysFolder, { recursive: true });
  expect(spawnSync("mkfifo", [hotkey]).status).toBe(0);
  await expect(readHotkey(where())).rejects.toMatchObject({
    code: "KEYFILE_INVALID",
    shortMessage: "The keyfile is not a regular file.",
  });
});

test("a keyfile beyond 64 KiB is refused before it is read", async () => {
  await expect(put(" ".repeat(65_537))).rejects.toMatchObject({
    code: "KEYFILE_INVALID",
    shortMessage: "The keyfile is larger than 65536 bytes.",
  });
});

test("a public file without an address is refused, one with a key alone is read", async () => {
  const { folder, coldkeyPublic } = walletPaths(where());
  await mkdir(folder, { recursive: true });
  await writeFile(coldkeyPublic, "{}");
  await expect(readColdkeyPublic(where())).rejects.toMatchObject({ code: "KEYFILE_INVALID" });
  const alice = keypairFromUri("//Alice");
  await writeFile(coldkeyPublic, JSON.stringify({ publicKey: `0x${toHex(alice.publicKey)}` }));
  expect((await readColdkeyPublic(where())).address).toBe(alice.address);
});

test("a missing hotkey names the path, and an address in the place of a name is explained", async () => {
  await expect(
    readHotkey({ path: "/nowhere", name: "default", hotkey: "default" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`
    [KeyfileMissingError: There is no such keyfile.

    Path: /nowhere/default/hotkeys/default

    Hint: Check the wallet's folder, its name and the hotkey's name, or create the wallet first.]
  `);
  const hotkey = keypairFromUri("//Alice").address;
  await expect(readHotkey({ ...where(), hotkey })).rejects.toMatchObject({
    code: "KEYFILE_MISSING",
    hint: expect.stringContaining("What was given is an SS58 address"),
  });
  await expect(readHotkey({ ...where(), name: hotkey })).rejects.toMatchObject({
    hint: expect.stringContaining("wallet's name is an SS58 address"),
  });
  await expect(readColdkey(where())).rejects.toMatchObject({ code: "KEYFILE_MISSING" });
  await mkdir(walletPaths(where()).coldkey, { recursive: true });
  await expect(readColdkey(where())).rejects.toMatchObject({ code: "KEYFILE_INVALID" });
});

test.each(["", ".", "..", "a/b", "../x", "a\\b", "a\u0000b", "x".repeat(201), "defaultpub.txt"])(
  "the name %j is refused before anything is touched",
  async (name) => {
    expect(() => walletPaths({ ...where(), name })).toThrow(expect.objectContaining({ code: "INVALID_WALLET_NAME" }));
    await expect(createWallet({ ...where(), hotkey: name })).rejects.toMatchObject({ argument: "hotkey name" });
    expect(await readdir(path)).toEqual([]);
  },
);

test("a write that fails half way takes back what it wrote", async () => {
  const { hotkeysFolder } = walletPaths(where());
  await mkdir(join(path, "default"), { recursive: true });
  await writeFile(hotkeysFolder, "a file where a folder should be");
  await expect(createWallet(where())).rejects.toThrow();
  expect(await readdir(join(path, "default"))).toEqual(["hotkeys"]);
});
