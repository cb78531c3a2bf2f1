import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createWallet, type WalletLocation, walletExposures } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { loggerOf, print, printJson } from "./terminal.ts";

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

/** `conversion-subnet wallet create` */
export async function runWalletCreate(flags: Flags): Promise<void> {
  const where = walletOf(flags);
  const { paths, coldkey, hotkey } = await createWallet({
    ...where,
    words: Number(flags.nWords),
    overwrite: flags.overwrite === true,
  });
  await warnOfExposures(flags);
  if (flags.json === true) {
    printJson({
      coldkey: coldkey.address,
      hotkey: hotkey.address,
      coldkeyFile: paths.coldkey,
      hotkeyFile: paths.hotkey,
    });
    return;
  }
  print(`coldkey ${coldkey.address}  ${paths.coldkey}`);
  print(`hotkey  ${hotkey.address}  ${paths.hotkey}`);
  process.stderr.write(
    [
      "",
      "The phrases below are shown once. Whoever has them has the keys; write them down, never send them to anybody.",
      `  coldkey: ${coldkey.mnemonic ?? ""}`,
      `  hotkey:  ${hotkey.mnemonic ?? ""}`,
      "The files are plain text, readable by you alone: right for a hotkey and for development, not for a coldkey of value.",
      "",
    ].join("\n"),
  );
}
