import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type WalletLocation, walletExposures } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { loggerOf } from "./terminal.ts";

/** The wallet that the flags name; the folder is BT_WALLET_PATH or Bittensor's own when not given. */
export function walletOf(flags: Flags): WalletLocation {
  const given = flags["wallet.path"] ?? process.env.BT_WALLET_PATH;
  const home = homedir();
  const path =
    typeof given === "string" ? resolve(given.replace(/^~(?=$|\/)/, home)) : join(home, ".bittensor", "wallets");
  return { path, name: String(flags["wallet.name"]), hotkey: String(flags["wallet.hotkey"]) };
}

/** Says what of a wallet others on this machine can get at; wallets made elsewhere are used all the same. */
export async function warnOfExposures(flags: Flags): Promise<void> {
  const logger = loggerOf(flags);
  for (const { path, problem, remedy } of await walletExposures(walletOf(flags)))
    logger.warn("Others on this machine can get at the wallet", { path, problem, remedy });
}
