import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toHex } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createProgram } from "./program.ts";

const vectors = JSON.parse(await readFile(new URL("../../test/vectors/keyfiles.json", import.meta.url), "utf8"));
const alice = keypairFromUri("//Alice");
let folder = "";
let stdout = "";
let stderr = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wallet-cli-"));
  vi.stubEnv("BT_WALLET_PATH", folder);
  [stdout, stderr] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});
async function run(...args: string[]): Promise<string> {
  stdout = "";
  await createProgram().parseAsync(["node", "cli", "wallet", ...args]);
  return stdout;
}
const json = async (...args: string[]) => JSON.parse(await run(...args, "--json"));
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const keyfile = async (...path: string[]) => JSON.parse(await readFile(join(folder, ...path), "utf8"));
/** Cheap to open, unlike what we write. */
async function putVault(name: string): Promise<void> {
  await mkdir(join(folder, name, "hotkeys"), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, name, "coldkey"), vectors.ansible, { mode: 0o600 });
}

describe("wallet create", () => {
  it("refuses to guess where nobody can be asked for a password, says what to do, and writes nothing", async () => {
    await expect(run("create", "--wallet.name", "me")).rejects.toMatchObject({
      code: "KEYFILE_ENCRYPTED",
      hint: expect.stringMatching(/BT_WALLET_PASSWORD.*--no-password/),
    });
    await expect(stat(join(folder, "me"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("--no-password writes plain files, warns of it, and shows no phrase where no terminal is", async () => {
    const text = await run("create", "--wallet.name", "me", "--no-password", "--n-words", "24");
    const { secretPhrase, ss58Address } = await keyfile("me", "coldkey");
    expect(text).toContain(`coldkey ${ss58Address}`);
    expect(stderr).toContain("not for a coldkey of value");
    expect(stderr).toContain("--show-mnemonic");
    expect(secretPhrase.split(" ")).toHaveLength(24);
    expect(stdout + stderr).not.toContain(secretPhrase);
    await expect(run("create", "--wallet.name", "me", "--no-password")).rejects.toMatchObject({
      code: "WALLET_EXISTS",
    });
  });

  it("--show-mnemonic prints the phrases to whoever asks, in --json too", async () => {
    await run("create", "--no-password", "--show-mnemonic");
    expect(stderr).toContain((await keyfile("default", "coldkey")).secretPhrase);
    const made = await json(
      "create",
      "--wallet.name",
      "b",
      "--no-password",
      "--show-mnemonic",
      "--hotkey-crypto-type",
      "ed25519",
    );
    expect(made).toMatchObject({ coldkeyEncrypted: false, hotkeyCryptoType: "ed25519" });
    expect(made.hotkeyMnemonic).toBe((await keyfile("b", "hotkeys", "default")).secretPhrase);
    expect(await json("create", "--wallet.name", "c", "--no-password")).not.toHaveProperty("coldkeyMnemonic");
  });
});

describe("wallet new-hotkey, new-coldkey", () => {
  it("add one key to a wallet, the hotkey plain", async () => {
    const cold = await json("new-coldkey", "--wallet.name", "me", "--no-password");
    const hot = await json("new-hotkey", "--wallet.name", "me", "--wallet.hotkey", "second");
    expect(hot).toMatchObject({ hotkeyEncrypted: false, hotkeyFile: join(folder, "me/hotkeys/second") });
    const { wallets } = await json("list");
    expect(wallets).toMatchObject([
      {
        name: "me",
        coldkey: { address: cold.coldkey, secret: "plain" },
        hotkeys: [{ name: "second", address: hot.hotkey }],
      },
    ]);
  });
});

describe("wallet regen-coldkey, regen-hotkey", () => {
  const { mnemonic, address } = vectors;
  it("make the key again from files, without a word of it in what is printed", async () => {
    const phrase = await file("phrase", `${mnemonic}\n`);
    expect(await json("regen-hotkey", "--mnemonic-file", phrase)).toMatchObject({ hotkey: address });
    expect((await keyfile("default", "hotkeys", "default")).secretPhrase).toBe(mnemonic);
    const seed = await file("seed", `0x${toHex(alice.seed ?? new Uint8Array())}`);
    expect(await json("regen-coldkey", "--seed-file", seed, "--no-password")).toMatchObject({ coldkey: alice.address });
    const key = await file("key", toHex(alice.secretKey));
    const again = ["--private-key-file", key, "--no-password", "--overwrite"];
    expect(await json("regen-coldkey", ...again)).toMatchObject({ coldkey: alice.address });
    const uri = await file("uri", `${mnemonic}//polkadot//js`);
    const derived = await json("regen-coldkey", "--mnemonic-file", uri, "--no-password", "--overwrite");
    expect(derived.coldkey).toBe(vectors.polkadot[0].address);
    expect(stdout + stderr).not.toContain("leopard");
  });

  it("take a secret on the command line with a warning", async () => {
    expect(await json("regen-hotkey", "--mnemonic", mnemonic, "--crypto-type", "ed25519")).toMatchObject({
      hotkeyCryptoType: "ed25519",
    });
    expect(stderr).toContain("Warning: a secret on the command line");
  });

  it("bring a key back to a machine that has its public file alone", async () => {
    const phrase = await file("phrase", mnemonic);
    await run("regen-coldkey", "--mnemonic-file", phrase, "--no-password");
    await rm(join(folder, "default/coldkey"));
    await run("regen-coldkey", "--mnemonic-file", phrase, "--no-password");
    expect((await keyfile("default", "coldkey")).ss58Address).toBe(address);
    await rm(join(folder, "default/coldkey"));
    await expect(run("regen-coldkey", "--mnemonic", "//Alice", "--no-password")).rejects.toMatchObject({
      code: "WALLET_EXISTS",
      path: join(folder, "default/coldkeypub.txt"),
    });
  });

  it.each([
    ["no secret", [], "No secret was given"],
    ["two secrets", ["--mnemonic", "a", "--seed", "b"], "More than one secret"],
    ["a phrase that is none", ["--mnemonic", "one two"], "The mnemonic has a wrong length"],
    ["a seed that is none", ["--seed", "0x12"], "seed"],
  ])("refuse %s", async (_, args, problem) => {
    await expect(run("regen-hotkey", ...args)).rejects.toThrow(problem);
  });
});

describe("wallet import", () => {
  it("takes an export of polkadot.js and a keyfile of an older wallet", async () => {
    const [polkadot] = vectors.polkadot;
    const [account, password] = [
      await file("account.json", JSON.stringify(polkadot.json)),
      await file("pw", "throw-away password 1\n"),
    ];
    const common = ["--import-password-file", password];
    expect(await json("import", account, "--as", "hotkey", ...common)).toMatchObject({ hotkey: polkadot.address });
    const old = await file("old", vectors.ansible);
    expect(await json("import", old, "--no-password", ...common)).toMatchObject({ coldkey: vectors.address });
    const regen = ["regen-hotkey", "--wallet.hotkey", "b", "--json-path", account];
    expect(await json(...regen, ...common)).toMatchObject({ hotkey: polkadot.address });
    await expect(run("import", old)).rejects.toMatchObject({ code: "KEYFILE_ENCRYPTED", path: old });
    await expect(run("import", old, "--import-password-file", old)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  });
});

describe("wallet unlock-check", () => {
  it("opens a key with the password of the environment, and tells a wrong one", async () => {
    await putVault("old");
    const check = ["unlock-check", "--wallet.name", "old"];
    await expect(run(...check)).rejects.toMatchObject({ code: "KEYFILE_ENCRYPTED" });
    vi.stubEnv("BT_WALLET_PASSWORD", vectors.password);
    expect(await run(...check)).toContain(`The password opens the coldkey ${vectors.address} (Ansible vault)`);
    expect(stderr).toContain("Unlocking the coldkey...\n");
    vi.stubEnv("BT_WALLET_PASSWORD", "another");
    await expect(run(...check)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  });

  it("says of a plain key that it needs none", async () => {
    await run("create", "--no-password");
    expect(await run("unlock-check", "--use-hotkey")).toMatch(/hotkey 5\w+ is plain/);
  });
});

describe("on a terminal", () => {
  /** Somebody who sits at it and answers each hidden question with the next of these. */
  function sitDown(answers: string[]): void {
    Object.defineProperty(process.stdin, "isTTY", { value: true, configurable: true });
    Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
    const setRawMode = (raw: boolean) => {
      if (raw) setImmediate(() => process.stdin.emit("data", Buffer.from(`${answers.shift()}\r`)));
      return process.stdin;
    };
    Object.defineProperty(process.stdin, "setRawMode", { value: setRawMode, configurable: true });
  }
  afterEach(() => {
    for (const stream of [process.stdin, process.stderr]) Reflect.deleteProperty(stream, "isTTY");
    Reflect.deleteProperty(process.stdin, "setRawMode");
  });

  it("a wrong password may be typed again, twice", async () => {
    await putVault("old");
    sitDown(["wrong", "wrong again", vectors.password]);
    expect(await run("unlock-check", "--wallet.name", "old")).toContain(vectors.address);
    expect(stderr.match(/once more, please/g)).toHaveLength(2);
    expect(stderr).not.toContain("wrong again");
    sitDown(["1", "2", "3", vectors.password]);
    await expect(run("unlock-check", "--wallet.name", "old")).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  });

  it("a mnemonic is asked for when no secret is given, and is not shown", async () => {
    sitDown([vectors.mnemonic]);
    expect(await json("regen-hotkey")).toMatchObject({ hotkey: vectors.address });
    expect(stdout + stderr).not.toContain("leopard");
  });

  it("a new password that will not do, or is not the same twice, is asked for again", async () => {
    sitDown(["short", "long and secret", "long and sacred", "\x03"]);
    await expect(run("new-coldkey")).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
    expect(stderr).toContain("It has fewer than 6 characters");
    expect(stderr).toContain("The two are not the same");
    await expect(stat(join(folder, "default/coldkey"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("fresh phrases are shown", async () => {
    sitDown([]);
    await run("create", "--no-password");
    expect(stderr).toContain(`hotkey:  ${(await keyfile("default", "hotkeys", "default")).secretPhrase}`);
  });
});

describe("wallet sign, verify", () => {
  it("agree about text and about bytes, and disagree about anything else", async () => {
    await run("regen-hotkey", "--mnemonic", "//Alice");
    const { signature, address } = await json("sign", "--use-hotkey", "--message", "hello");
    expect(address).toBe(alice.address);
    const who = ["--signature", signature, "--address", address];
    expect(await run("verify", "-m", "hello", ...who)).toContain("The signature holds");
    const bytes = await file("message", "hello");
    const named = ["--signature", signature.slice(2), "--public-key", toHex(alice.publicKey)];
    expect(await json("verify", "--message-file", bytes, ...named)).toMatchObject({ valid: true });
    await expect(run("verify", "-m", "hello!", ...who)).rejects.toThrow("The signature does not hold.");
    await expect(run("verify", "-m", "hello", ...who, "--crypto-type", "ed25519", "--json")).rejects.toThrow();
    expect(JSON.parse(stdout)).toMatchObject({ valid: false });
  });

  it("sign with the coldkey when nothing else is said", async () => {
    await putVault("old");
    vi.stubEnv("BT_WALLET_PASSWORD", vectors.password);
    expect((await json("sign", "--wallet.name", "old", "--message", "x")).address).toBe(vectors.address);
  });

  it.each([
    [["sign"], "There is no message"],
    [["verify", "-m", "x", "-s", "00".repeat(64)], "whose signature"],
    [["verify", "-m", "x", "-s", "00", "-a", alice.address], "signature"],
  ])("refuse %j", async (args, problem) => {
    await expect(run(...args)).rejects.toThrow(problem);
  });
});

describe("wallet list, inspect", () => {
  it("show what is there without a password, and what is wrong with it", async () => {
    await putVault("old");
    await run("create", "--wallet.name", "new", "--no-password");
    await writeFile(join(folder, "new/hotkeys/broken"), "{", { mode: 0o644 });
    const text = await run("list");
    expect(text).toContain("encrypted (Ansible vault)");
    expect(text).toMatch(/^ {2}broken +\(address unknown\) +unusable$/m);
    const inspected = await run("inspect", "--wallet.name", "new");
    expect(inspected).toContain(`address  ${(await keyfile("new", "coldkey")).ss58Address}`);
    expect(inspected).toContain("problem  The keyfile is not JSON, a seed or a mnemonic.");
    expect(await json("inspect", "--wallet.name", "old")).toMatchObject({ coldkey: { secret: "Ansible vault" } });
  });

  it("say so where there is nothing", async () => {
    expect(await run("list")).toContain("There is no wallet here");
    await expect(run("inspect", "--wallet.name", "nobody")).rejects.toThrow("There is no such wallet.");
  });
});
