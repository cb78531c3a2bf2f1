import { access } from "node:fs/promises";
import { utf8 } from "../core/index.ts";
import { createSealer, type DerivationCosts, type PasswordSource } from "./encryption.ts";
import { WalletExistsError } from "./errors.ts";
import { type WalletLocation, type WalletPaths, walletPaths } from "./folder.ts";
import { keypairFromUri } from "./key-uri.ts";
import { formatKeyfile, formatPublicKeyfile } from "./keyfile.ts";
import type { Keypair, Scheme } from "./keypair.ts";
import { generateMnemonic } from "./mnemonic.ts";
import { readPublic } from "./read-wallet.ts";
import { type NewFile, writeTogether } from "./write-together.ts";

/** Passwords of what is written: a key without one is left plain. */
export interface WriteModules {
  readonly coldkeyPassword?: PasswordSource | undefined;
  readonly hotkeyPassword?: PasswordSource | undefined;
  /** Ends the encryption at once; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** The public file of the very same key is in nobody's way. */
async function refuseWhatIsThere({
  keypair,
  path,
  publicPath,
}: {
  keypair: Keypair;
  path: string;
  publicPath: string;
}) {
  if (await exists(path)) throw new WalletExistsError({ path });
  if (!(await exists(publicPath))) return;
  const found = await readPublic(publicPath).catch(() => null);
  if (found?.address !== keypair.address) throw new WalletExistsError({ path: publicPath });
}

/**
 * Writes a coldkey, a hotkey, or both, each with its public file; nothing at all when any of the files exists already.
 *
 * @param modules passwords; asked for only when nothing stands in the way. With one, the keyfile is encrypted, which takes some ten
 * seconds and 512 MiB on a thread of its own; without, it is plain.
 * @throws {WalletExistsError} when a file is there and `overwrite` is not set.
 * @example
 * const location = { path, name: "alice", hotkey: "default" };
 * await writeWallet(location, { hotkey: keypairFromUri("//Alice") });
 * (await readHotkeyPublic(location)).address; // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export async function writeWallet(
  { path, name, hotkey, overwrite = false }: WalletLocation & { readonly overwrite?: boolean | undefined },
  keys: { readonly coldkey?: Keypair; readonly hotkey?: Keypair },
  { coldkeyPassword, hotkeyPassword, ...modules }: WriteModules & DerivationCosts = {},
): Promise<WalletPaths> {
  const paths = walletPaths({ path, name, hotkey });
  const plans = [
    { keypair: keys.coldkey, path: paths.coldkey, publicPath: paths.coldkeyPublic, password: coldkeyPassword },
    { keypair: keys.hotkey, path: paths.hotkey, publicPath: paths.hotkeyPublic, password: hotkeyPassword },
  ].flatMap(({ keypair, ...plan }) => (keypair === undefined ? [] : [{ ...plan, keypair }]));
  if (!overwrite) for (const plan of plans) await refuseWhatIsThere(plan);

  const sealer = createSealer(modules);
  const files: NewFile[] = [];
  try {
    for (const { keypair, path, publicPath, password } of plans) {
      const plain = utf8(formatKeyfile(keypair));
      const content = password === undefined ? plain : await sealer.seal(path, plain, password);
      files.push({ path, content });
      // What is left of a key that comes back to a machine which had its public file alone.
      if (overwrite || !(await exists(publicPath)))
        files.push({ path: publicPath, content: formatPublicKeyfile(keypair) });
    }
  } finally {
    sealer.forget();
  }
  modules.signal?.throwIfAborted();
  await writeTogether(files, { overwrite });
  return paths;
}

/** A new wallet: words of each mnemonic (12, 15, 18, 21 or 24) and kinds of key. */
export interface CreateWalletOptions extends WalletLocation {
  readonly words?: number;
  readonly coldkeyScheme?: Scheme;
  readonly hotkeyScheme?: Scheme;
  readonly overwrite?: boolean | undefined;
}

/**
 * Makes a new wallet out of two fresh mnemonics. With `coldkeyPassword` the coldkey is encrypted, as it should be where it owns
 * anything; a hotkey of an unattended machine is mostly plain.
 *
 * @throws {WalletExistsError} when a file is there and `overwrite` is not set; nothing is written then.
 * @example
 * const { hotkey } = await createWallet({ path: "/wallets", name: "default", hotkey: "default" });
 * hotkey.address; // "5..."
 */
export async function createWallet(
  { words = 12, coldkeyScheme, hotkeyScheme, ...where }: CreateWalletOptions,
  modules: WriteModules & DerivationCosts = {},
): Promise<{ readonly paths: WalletPaths; readonly coldkey: Keypair; readonly hotkey: Keypair }> {
  const fresh = (scheme: Scheme = "sr25519") => keypairFromUri(generateMnemonic(words), { scheme });
  const keys = { coldkey: fresh(coldkeyScheme), hotkey: fresh(hotkeyScheme) };
  return { paths: await writeWallet(where, keys, modules), ...keys };
}
