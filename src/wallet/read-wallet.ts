import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type DerivationCosts, decryptKeyfile, encryptionOf, type UnlockModules } from "./encryption.ts";
import { KeyfileInvalidError, KeyfileMissingError } from "./errors.ts";
import { type WalletLocation, walletPaths } from "./folder.ts";
import { type PublicKeyfile, parseKeyfile, parsePublicKeyfile } from "./keyfile.ts";
import type { Keypair } from "./keypair.ts";
import { isAddress } from "./ss58.ts";

/** A keyfile has some 500 bytes. */
const MAX_KEYFILE_BYTES = 64 * 1024;

/** The bytes of a keyfile, as they lie there. */
export async function readBytes(path: string, hint: string): Promise<Uint8Array> {
  const refuse = (problem: string) => new KeyfileInvalidError({ path, problem });
  let file: FileHandle | undefined;
  try {
    // A pipe that nobody writes to would otherwise be waited for, for ever. Windows has neither.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const info = await file.stat();
    if (!info.isFile()) throw refuse("is not a regular file");
    if (info.size > MAX_KEYFILE_BYTES) throw refuse(`is larger than ${MAX_KEYFILE_BYTES} bytes`);
    return await file.readFile();
  } catch (error) {
    if (error instanceof KeyfileInvalidError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") throw new KeyfileMissingError({ path, hint, cause: error });
    throw new KeyfileInvalidError({ path, problem: `cannot be read (${code})`, cause: error });
  } finally {
    await file?.close();
  }
}

async function readSecret(path: string, hint: string, modules: UnlockModules & DerivationCosts): Promise<Keypair> {
  const bytes = await readBytes(path, hint);
  const plain = await decryptKeyfile(path, bytes, modules);
  const keypair = parseKeyfile(path, Buffer.from(plain).toString("utf8"));
  plain.fill(0);
  return keypair;
}

/**
 * The key in any keyfile, wherever it lies; `modules` as of {@link readHotkey}.
 *
 * @throws as {@link readHotkey}.
 * @example
 * (await readKeyfile("/backup/coldkey", { password: "its password" })).address; // "5..."
 */
export async function readKeyfile(path: string, modules: UnlockModules & DerivationCosts = {}): Promise<Keypair> {
  return readSecret(path, "Check the path.", modules);
}

function hotkeyHint({ name, hotkey }: WalletLocation): string {
  if (isAddress(hotkey)) {
    return "What was given is an SS58 address; the hotkey's name is wanted, which is a file in the folder hotkeys.";
  }
  if (isAddress(name)) return "The wallet's name is an SS58 address; a name is wanted, which is a folder.";
  return "Check the wallet's folder, its name and the hotkey's name, or create the wallet first.";
}

/**
 * A hotkey with its secret. The coldkey need not be on this machine, and is not looked at.
 *
 * @param modules `password`: the hotkey's, or a function that is asked for it; a plain keyfile needs none. An encrypted one takes
 * some ten seconds and 512 MiB on a thread of its own; `signal` ends that.
 * @throws {KeyfileMissingError | KeyfileEncryptedError | WrongPasswordError | KeyfileInvalidError | KeyfileMismatchError}
 * @example
 * (await readHotkey({ path, name: "default", hotkey: "default" })).signer.address; // "5..."
 */
export async function readHotkey(
  where: WalletLocation,
  modules: UnlockModules & DerivationCosts = {},
): Promise<Keypair> {
  return readSecret(walletPaths(where).hotkey, hotkeyHint(where), modules);
}

/** What a public file says. */
export async function readPublic(path: string, hint = ""): Promise<PublicKeyfile> {
  return parsePublicKeyfile(path, Buffer.from(await readBytes(path, hint)).toString("utf8"));
}

const COLDKEY_HINT =
  "Check the wallet's folder and name; on a machine that only mines or validates the coldkey is rightly absent.";

/**
 * A coldkey with its secret; `modules` as of {@link readHotkey}.
 *
 * @throws as {@link readHotkey}.
 * @example
 * (await readColdkey({ path, name: "default" }, { password: () => askForIt() })).address; // "5..."
 */
export async function readColdkey(
  { path, name }: Omit<WalletLocation, "hotkey">,
  modules: UnlockModules & DerivationCosts = {},
): Promise<Keypair> {
  return readSecret(walletPaths({ path, name, hotkey: "default" }).coldkey, COLDKEY_HINT, modules);
}

/**
 * A coldkey's address and public key, from `coldkeypub.txt`; the secret file is not touched.
 *
 * @throws as {@link readHotkey}.
 * @example
 * (await readColdkeyPublic({ path, name: "default" })).address; // "5..."
 */
export async function readColdkeyPublic({ path, name }: Omit<WalletLocation, "hotkey">): Promise<PublicKeyfile> {
  const { coldkeyPublic } = walletPaths({ path, name, hotkey: "default" });
  return readPublic(coldkeyPublic, COLDKEY_HINT);
}

/**
 * A hotkey's address and public key, without any password: out of the keyfile where that is plain, else from its public file.
 *
 * @throws as {@link readHotkey}.
 * @example
 * (await readHotkeyPublic({ path, name: "default", hotkey: "default" })).address; // "5..."
 */
export async function readHotkeyPublic(where: WalletLocation): Promise<PublicKeyfile> {
  const { hotkey, hotkeyPublic } = walletPaths(where);
  const secret = await readBytes(hotkey, hotkeyHint(where)).catch((error: unknown) => {
    if (error instanceof KeyfileMissingError) return null;
    throw error;
  });
  if (secret !== null && encryptionOf(secret) === null) {
    const { address, publicKey } = parseKeyfile(hotkey, Buffer.from(secret).toString("utf8"));
    return { address, publicKey };
  }
  return readPublic(hotkeyPublic, hotkeyHint(where));
}
