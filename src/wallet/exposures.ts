import { stat } from "node:fs/promises";
import { type WalletLocation, walletPaths } from "./folder.ts";

/** A file or folder of a wallet that others on this machine can get at. */
export interface WalletExposure {
  readonly path: string;
  readonly problem: string;
  /** The command that ends it. */
  readonly remedy: string;
}

/**
 * What of a wallet others on this machine can read or replace: keyfiles open to group or others, folders that anybody may
 * write to. Wallets come from elsewhere, so they are used all the same, and nothing is changed. Empty where files have no modes.
 *
 * @example
 * (await walletExposures({ path: "/wallets", name: "default", hotkey: "default" }))[0]?.remedy; // "chmod 600 /wallets/..."
 */
export async function walletExposures(where: WalletLocation): Promise<WalletExposure[]> {
  if (process.platform === "win32") return [];
  const { coldkey, hotkey, folder, hotkeysFolder } = walletPaths(where);
  const found: WalletExposure[] = [];
  const look = async (path: string, forbidden: number, problem: string, remedy: string) => {
    const info = await stat(path).catch(() => null);
    if (info !== null && (info.mode & forbidden) !== 0) found.push({ path, problem, remedy: `${remedy} ${path}` });
  };
  for (const path of [coldkey, hotkey]) await look(path, 0o077, "is open to others than its owner", "chmod 600");
  for (const path of [where.path, folder, hotkeysFolder])
    await look(path, 0o002, "is a folder that anybody may write to", "chmod o-w");
  return found;
}
