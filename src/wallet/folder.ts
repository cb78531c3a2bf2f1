import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../core/index.ts";
import { InvalidWalletNameError, KeyfileInvalidError, KeyfileMissingError, WalletExistsError } from "./errors.ts";
import { keypairFromUri } from "./key-uri.ts";
import { formatKeyfile, formatPublicKeyfile, type PublicKeyfile, parseKeyfile, parsePublicKeyfile } from "./keyfile.ts";
import type { Keypair } from "./keypair.ts";
import { generateMnemonic } from "./mnemonic.ts";
import { isAddress } from "./ss58.ts";

/** Which wallet: the folder of all wallets, a wallet's name and the name of one of its hotkeys. */
export interface WalletLocation {
  /** The folder of all wallets, e.g. `/home/me/.bittensor/wallets`: absolute; `~` is the command line's business. */
  readonly path: string;
  readonly name: string;
  readonly hotkey: string;
}

/** The files of one wallet. */
export interface WalletPaths {
  readonly folder: string;
  readonly coldkey: string;
  readonly coldkeyPublic: string;
  readonly hotkeysFolder: string;
  readonly hotkey: string;
  readonly hotkeyPublic: string;
}

function assertName(argument: string, value: string): string {
  const fits = /^[^/\\\p{Cc}]{1,200}$/u.test(value) && value !== "." && value !== ".." && !value.endsWith("pub.txt");
  if (!fits) throw new InvalidWalletNameError({ argument, value });
  return value;
}

/**
 * Where the files of a wallet are. The tree, as Bittensor's own tools lay it out:
 *
 * ```
 * path/
 *   name/                  folder    0700
 *     coldkey              coldkey   0600
 *     coldkeypub.txt       coldkeyPublic
 *     hotkeys/             hotkeysFolder
 *       hotkey             hotkey    0600
 *       hotkeypub.txt      hotkeyPublic (may be absent in old wallets)
 * ```
 *
 * @throws {InvalidWalletNameError} when a name could leave the folder or is not a file name.
 * @example
 * walletPaths({ path: "/wallets", name: "default", hotkey: "default" }).hotkey; // "/wallets/default/hotkeys/default"
 */
export function walletPaths({ path, name, hotkey }: WalletLocation): WalletPaths {
  const folder = join(path, assertName("wallet name", name));
  const hotkeysFolder = join(folder, "hotkeys");
  const hotkeyFile = join(hotkeysFolder, assertName("hotkey name", hotkey));
  return {
    folder,
    coldkey: join(folder, "coldkey"),
    coldkeyPublic: join(folder, "coldkeypub.txt"),
    hotkeysFolder,
    hotkey: hotkeyFile,
    hotkeyPublic: `${hotkeyFile}pub.txt`,
  };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Writes a coldkey, a hotkey, or both, each with its public file; nothing at all when any of the files exists already.
 *
 * @throws {WalletExistsError} when a file is there and `overwrite` is not set.
 * @example
 * await writeWallet({ path, name: "alice", hotkey: "default" }, { hotkey: keypairFromUri("//Alice") });
 */
export async function writeWallet(
  { path, name, hotkey, overwrite = false }: WalletLocation & { readonly overwrite?: boolean | undefined },
  keys: { readonly coldkey?: Keypair; readonly hotkey?: Keypair },
): Promise<WalletPaths> {
  const paths = walletPaths({ path, name, hotkey });
  const files: { path: string; text: string }[] = [];
  if (keys.coldkey) {
    files.push({ path: paths.coldkey, text: formatKeyfile(keys.coldkey) });
    files.push({ path: paths.coldkeyPublic, text: formatPublicKeyfile(keys.coldkey) });
  }
  if (keys.hotkey) {
    files.push({ path: paths.hotkey, text: formatKeyfile(keys.hotkey) });
    files.push({ path: paths.hotkeyPublic, text: formatPublicKeyfile(keys.hotkey) });
  }
  if (!overwrite) for (const file of files) if (await exists(file.path)) throw new WalletExistsError(file);
  await mkdir(paths.hotkeysFolder, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  try {
    for (const file of files) {
      await writeFileAtomic(file.path, file.text, { mode: 0o600, overwrite });
      written.push(file.path);
    }
  } catch (error) {
    // A disk that fills up half way must not leave a wallet that is neither there nor absent.
    if (!overwrite) for (const done of written) await rm(done, { force: true });
    throw error;
  }
  return paths;
}

/**
 * Makes a new wallet: two fresh mnemonics, a coldkey and a hotkey (sr25519), in plain files.
 *
 * @param words words of each mnemonic: 12, 15, 18, 21 or 24.
 * @throws {WalletExistsError} when a file is there and `overwrite` is not set; nothing is written then.
 * @example
 * const { hotkey } = await createWallet({ path: "/wallets", name: "default", hotkey: "default" });
 * hotkey.address; // "5..."
 */
export async function createWallet({
  words = 12,
  ...where
}: WalletLocation & { readonly words?: number; readonly overwrite?: boolean | undefined }): Promise<{
  readonly paths: WalletPaths;
  readonly coldkey: Keypair;
  readonly hotkey: Keypair;
}> {
  const keys = { coldkey: keypairFromUri(generateMnemonic(words)), hotkey: keypairFromUri(generateMnemonic(words)) };
  return { paths: await writeWallet(where, keys), ...keys };
}

/** A keyfile has some 500 bytes. */
const MAX_KEYFILE_BYTES = 64 * 1024;

async function readText(path: string, hint: string): Promise<string> {
  const refuse = (problem: string) => new KeyfileInvalidError({ path, problem });
  let file: FileHandle | undefined;
  try {
    // A pipe that nobody writes to would otherwise be waited for, for ever. Windows has neither.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const info = await file.stat();
    if (!info.isFile()) throw refuse("is not a regular file");
    if (info.size > MAX_KEYFILE_BYTES) throw refuse(`is larger than ${MAX_KEYFILE_BYTES} bytes`);
    return await file.readFile("utf8");
  } catch (error) {
    if (error instanceof KeyfileInvalidError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") throw new KeyfileMissingError({ path, hint, cause: error });
    throw new KeyfileInvalidError({ path, problem: `cannot be read (${code})`, cause: error });
  } finally {
    await file?.close();
  }
}

function hotkeyHint({ name, hotkey }: WalletLocation): string {
  if (isAddress(hotkey)) {
    return "What was given is an SS58 address; the hotkey's name is wanted, which is a file in the folder hotkeys.";
  }
  if (isAddress(name)) return "The wallet's name is an SS58 address; a name is wanted, which is a folder.";
  return "Check the wallet's folder, its name and the hotkey's name, or create the wallet first.";
}

/**
 * A hotkey with its secret. The coldkey need not be on this machine.
 *
 * @throws {KeyfileMissingError | KeyfileEncryptedError | KeyfileInvalidError | KeyfileMismatchError}
 * @example
 * (await readHotkey({ path, name: "default", hotkey: "default" })).signer.address; // "5..."
 */
export async function readHotkey(where: WalletLocation): Promise<Keypair> {
  const { hotkey } = walletPaths(where);
  return parseKeyfile(hotkey, await readText(hotkey, hotkeyHint(where)));
}

const COLDKEY_HINT =
  "Check the wallet's folder and name; on a machine that only mines or validates the coldkey is rightly absent.";

/**
 * A coldkey with its secret.
 *
 * @throws as {@link readHotkey}.
 */
export async function readColdkey({ path, name }: Omit<WalletLocation, "hotkey">): Promise<Keypair> {
  const { coldkey } = walletPaths({ path, name, hotkey: "default" });
  return parseKeyfile(coldkey, await readText(coldkey, COLDKEY_HINT));
}

/**
 * A coldkey's address and public key, from `coldkeypub.txt`; the secret file is not touched.
 *
 * @throws as {@link readHotkey}.
 */
export async function readColdkeyPublic({ path, name }: Omit<WalletLocation, "hotkey">): Promise<PublicKeyfile> {
  const { coldkeyPublic } = walletPaths({ path, name, hotkey: "default" });
  return parsePublicKeyfile(coldkeyPublic, await readText(coldkeyPublic, COLDKEY_HINT));
}
