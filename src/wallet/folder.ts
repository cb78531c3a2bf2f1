import { join } from "node:path";
import { InvalidWalletNameError } from "./errors.ts";

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

/** Whether a text can be the name of a wallet or of a hotkey. */
export function isName(value: string): boolean {
  return /^[^/\\\p{Cc}]{1,200}$/u.test(value) && value !== "." && value !== ".." && !value.endsWith("pub.txt");
}

function assertName(argument: string, value: string): string {
  if (!isName(value)) throw new InvalidWalletNameError({ argument, value });
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
