import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWallet, inspectWallet, keypairFromUri, listWallets, walletPaths, writeWallet } from "./index.ts";

let path = "";
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "wallets-"));
});
afterEach(() => rm(path, { recursive: true, force: true }));
const where = (name: string, hotkey = "default") => ({ path, name, hotkey });

describe("what is known of a wallet without a password", () => {
  it("are addresses, kinds of key, modes and encryption", async () => {
    const cheap = { argon2: { passes: 1, memoryKiB: 256 } };
    const { coldkey, hotkey } = await createWallet(
      { ...where("me"), hotkeyScheme: "ed25519" },
      { coldkeyPassword: "long and secret", ...cheap },
    );
    const found = await inspectWallet({ path, name: "me" });
    expect(found.coldkey).toMatchObject({
      secret: "NaCl secretbox",
      address: coldkey.address,
      scheme: null,
      mode: "600",
      problems: [],
    });
    expect(found.hotkeys).toMatchObject([
      { name: "default", secret: "plain", address: hotkey.address, scheme: "ed25519", problems: [] },
    ]);
  });

  it("is what is there of a wallet that lacks parts", async () => {
    const keypair = keypairFromUri("//Alice");
    const { coldkey, hotkeysFolder, hotkeyPublic } = await writeWallet(where("hot"), {
      coldkey: keypair,
      hotkey: keypair,
    });
    await rm(coldkey);
    await rm(hotkeyPublic);
    await writeFile(join(hotkeysFolder, "default.lock"), "1");
    await writeFile(join(hotkeysFolder, ".other.aa.tmp"), "");
    await writeFile(join(hotkeysFolder, "elsewherepub.txt"), JSON.stringify({ ss58Address: keypair.address }));
    const found = await inspectWallet({ path, name: "hot" });
    expect(found.coldkey).toMatchObject({ secret: "absent", address: keypair.address, mode: null });
    expect(found.hotkeys).toMatchObject([
      { name: "default", secret: "plain", address: keypair.address },
      { name: "elsewhere", secret: "absent", address: keypair.address },
    ]);
  });

  it("names damage instead of stopping at it", async () => {
    const { hotkey, hotkeyPublic, coldkeyPublic } = await writeWallet(where("odd"), {
      coldkey: keypairFromUri("//Alice"),
      hotkey: keypairFromUri("//Bob"),
    });
    await writeFile(hotkey, "{");
    await writeFile(hotkeyPublic, "{}");
    await writeFile(coldkeyPublic, JSON.stringify({ ss58Address: keypairFromUri("//Bob").address }));
    const found = await inspectWallet({ path, name: "odd" });
    expect(found.coldkey.problems).toEqual(["the public file is of another key"]);
    expect(found.hotkeys[0]).toMatchObject({ secret: "unusable", address: null });
    expect(found.hotkeys[0]?.problems).toEqual([
      "public file: The keyfile holds no address.",
      "The keyfile is not JSON, a seed or a mnemonic.",
    ]);
  });
});

describe("the list of wallets", () => {
  it("has those with a key, by name, and is empty where there is no folder", async () => {
    for (const name of ["b", "a"]) await createWallet(where(name));
    await mkdir(walletPaths(where("empty")).hotkeysFolder, { recursive: true });
    await writeFile(join(path, "a file"), "");
    await chmod(walletPaths(where("b")).hotkey, 0o644);
    const found = await listWallets(path);
    expect(found.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found[1]?.hotkeys[0]?.mode).toBe("644");
    expect(await listWallets(join(path, "nowhere"))).toEqual([]);
  });

  it("passes over a folder whose name no wallet can have", async () => {
    await mkdir(join(path, "oddpub.txt"), { recursive: true });
    await createWallet(where("a"));
    expect((await listWallets(path)).map(({ name }) => name)).toEqual(["a"]);
  });
});
