import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "../core/index.ts";
import { type Encryption, encryptionOf } from "./encryption.ts";
import { KeyfileMissingError } from "./errors.ts";
import { isName, type WalletLocation, walletPaths } from "./folder.ts";
import { parseKeyfile } from "./keyfile.ts";
import type { Scheme } from "./keypair.ts";
import { readBytes, readPublic } from "./read-wallet.ts";

/** What is known of a key without any password. */
export interface KeyfileSummary {
  readonly path: string;
  /** `absent`: only the public file is here, as on a machine that need not have the secret. */
  readonly secret: "absent" | "plain" | Encryption | "unusable";
  /** From the public file, else out of a plain keyfile; null when neither tells. */
  readonly address: string | null;
  /** Known for plain keyfiles. */
  readonly scheme: Scheme | null;
  /** Permission bits of the secret, e.g. "600"; null where there is none. */
  readonly mode: string | null;
  /** What is wrong with it. */
  readonly problems: readonly string[];
}

/** One wallet: its coldkey and its hotkeys. */
export interface WalletSummary {
  readonly name: string;
  readonly coldkey: KeyfileSummary;
  readonly hotkeys: readonly (KeyfileSummary & { readonly name: string })[];
}

async function addressIn(publicPath: string, problems: string[]): Promise<string | null> {
  try {
    return (await readPublic(publicPath)).address;
  } catch (error) {
    if (!(error instanceof KeyfileMissingError)) problems.push(`public file: ${errorText(error)}`);
    return null;
  }
}

async function summaryOf(path: string, publicPath: string): Promise<KeyfileSummary> {
  const problems: string[] = [];
  const address = await addressIn(publicPath, problems);
  const unknown = { path, address, scheme: null, mode: null, problems };
  try {
    const bytes = await readBytes(path, "");
    const mode = ((await stat(path)).mode & 0o777).toString(8).padStart(3, "0");
    const encryption = encryptionOf(bytes);
    if (encryption !== null) return { ...unknown, secret: encryption, mode };
    const keypair = parseKeyfile(path, Buffer.from(bytes).toString("utf8"));
    if (address !== null && address !== keypair.address) problems.push("the public file is of another key");
    return { path, secret: "plain", address: keypair.address, scheme: keypair.scheme, mode, problems };
  } catch (error) {
    if (error instanceof KeyfileMissingError) return { ...unknown, secret: "absent" };
    problems.push(errorText(error));
    return { ...unknown, secret: "unusable" };
  }
}

/** Names of keys in a folder: `NAMEpub.txt` is the public file of `NAME`, and what begins with a dot was being written. */
async function hotkeyNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  const names = entries
    .filter((entry) => !entry.startsWith(".") && !entry.endsWith(".lock"))
    .map((entry) => entry.replace(/pub\.txt$/, ""));
  return [...new Set(names)].filter(isName).toSorted();
}

/**
 * What is in a wallet: addresses, how its keys are encrypted, what is wrong with them. Asks no password and throws at no damage.
 *
 * @throws {InvalidWalletNameError}
 * @example
 * (await inspectWallet({ path: "/wallets", name: "default" })).coldkey.secret; // "NaCl secretbox"
 */
export async function inspectWallet({ path, name }: Omit<WalletLocation, "hotkey">): Promise<WalletSummary> {
  const { coldkey, coldkeyPublic, hotkeysFolder } = walletPaths({ path, name, hotkey: "default" });
  const hotkeys = [];
  for (const hotkey of await hotkeyNames(hotkeysFolder)) {
    const file = join(hotkeysFolder, hotkey);
    hotkeys.push({ name: hotkey, ...(await summaryOf(file, `${file}pub.txt`)) });
  }
  return { name, coldkey: await summaryOf(coldkey, coldkeyPublic), hotkeys };
}

/**
 * Every wallet in a folder, by name; folders in which there is no key are left out, and a folder that is not there has none.
 *
 * @example
 * (await listWallets("/wallets")).map(({ name }) => name); // ["default"]
 */
export async function listWallets(path: string): Promise<WalletSummary[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => isName(entry.name) && !entry.name.startsWith(".") && !entry.isFile())
    .map(({ name }) => name);
  const found = [];
  for (const name of names.toSorted()) {
    const wallet = await inspectWallet({ path, name });
    const isThere = wallet.hotkeys.length > 0 || wallet.coldkey.secret !== "absent" || wallet.coldkey.address !== null;
    if (isThere) found.push(wallet);
  }
  return found;
}
