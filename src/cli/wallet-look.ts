import { readFile } from "node:fs/promises";
import { fromHex, systemClock, toHex, UserError, utf8 } from "../core/index.ts";
import {
  decodeAddress,
  encodeAddress,
  inspectWallet,
  type KeyfileSummary,
  listWallets,
  verifySignature,
  walletExposures,
  walletPaths,
} from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { schemeOf } from "./secret-flags.ts";
import { print, printJson, untilSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";

const UNKNOWN_ADDRESS = "(address unknown)".padEnd(48);

function secretText({ secret }: KeyfileSummary): string {
  if (secret === "absent") return "public file only";
  return secret === "plain" || secret === "unusable" ? secret : `encrypted (${secret})`;
}

const line = (indent: string, name: string, key: KeyfileSummary) =>
  print(`${indent}${name.padEnd(24 - indent.length)} ${key.address ?? UNKNOWN_ADDRESS}  ${secretText(key)}`);

/** `conversion-subnet wallet list` */
export async function runWalletList(flags: Flags): Promise<void> {
  const { path } = walletOf(flags);
  const wallets = await listWallets(path);
  if (flags.json === true) return printJson({ path, wallets });
  print(path);
  if (wallets.length === 0) print("There is no wallet here: npx conversion-subnet wallet create makes one.");
  for (const { name, coldkey, hotkeys } of wallets) {
    line("", name, coldkey);
    for (const hotkey of hotkeys) line("  ", hotkey.name, hotkey);
  }
}

/** `conversion-subnet wallet inspect` */
export async function runWalletInspect(flags: Flags): Promise<void> {
  const where = walletOf(flags);
  const wallet = await inspectWallet(where);
  const exposures = await walletExposures(where);
  const isThere = wallet.hotkeys.length > 0 || wallet.coldkey.secret !== "absent" || wallet.coldkey.address !== null;
  if (!isThere) {
    const hint = "npx conversion-subnet wallet list shows those that are there.";
    throw new UserError("There is no such wallet.", { details: { Path: walletPaths(where).folder }, hint });
  }
  if (flags.json === true) return printJson({ ...wallet, exposures });
  const show = (title: string, key: KeyfileSummary) => {
    print(`${title}\n  address  ${key.address ?? "unknown"}\n  secret   ${secretText(key)}`);
    if (key.scheme !== null) print(`  scheme   ${key.scheme}`);
    print(`  file     ${key.path}${key.mode === null ? "" : ` (${key.mode})`}`);
    for (const problem of key.problems) print(`  problem  ${problem}`);
  };
  show(`coldkey of ${wallet.name}`, wallet.coldkey);
  for (const hotkey of wallet.hotkeys) show(`hotkey ${hotkey.name}`, hotkey);
  for (const { path, problem, remedy } of exposures) print(`Warning: ${path} ${problem}; ${remedy}`);
}

/** `--message`, or the bytes of `--message-file`. */
async function messageOf(flags: Flags): Promise<Uint8Array> {
  if (typeof flags.message === "string") return utf8(flags.message);
  if (typeof flags.messageFile === "string") return readFile(flags.messageFile);
  throw new UserError("There is no message.", { hint: "Give --message or --message-file." });
}

/** `conversion-subnet wallet sign` */
export async function runWalletSign(flags: Flags): Promise<void> {
  const message = await messageOf(flags);
  await warnOfExposures(flags);
  await untilSignal(async (signal) => {
    const keypair = await unlockKey(flags, flags.useHotkey === true ? "hotkey" : "coldkey", signal);
    const signature = `0x${toHex(await keypair.signer.sign(message))}`;
    if (flags.json === true) printJson({ address: keypair.address, cryptoType: keypair.scheme, signature });
    else print(`address   ${keypair.address}\nsignature ${signature}`);
  });
}

function publicKeyOf(flags: Flags): Uint8Array {
  if (typeof flags.address === "string") return decodeAddress(flags.address);
  if (typeof flags.publicKey === "string") return fromHex("public-key", flags.publicKey, 32);
  throw new UserError("It is not said whose signature this is.", { hint: "Give --address or --public-key." });
}

/** `conversion-subnet wallet verify` */
export async function runWalletVerify(flags: Flags): Promise<void> {
  const message = await messageOf(flags);
  const [publicKey, scheme] = [publicKeyOf(flags), schemeOf(flags.cryptoType)];
  const signature = fromHex("signature", String(flags.signature), 64);
  const valid = verifySignature({ scheme, publicKey, message, signature });
  const address = encodeAddress(publicKey);
  if (flags.json === true) printJson({ valid, address, cryptoType: scheme });
  else if (valid) print(`The signature holds: ${address} has signed this message.`);
  if (valid) return;
  throw new UserError("The signature does not hold.", {
    details: { Address: address, "Crypto type": scheme },
    hint: "One changed byte of the message is enough, a line's end for instance; so is another --crypto-type.",
  });
}

/** `conversion-subnet wallet unlock-check` */
export async function runUnlockCheck(flags: Flags): Promise<void> {
  const which = flags.useHotkey === true ? "hotkey" : "coldkey";
  await untilSignal(async (signal) => {
    const where = walletOf(flags);
    const wallet = await inspectWallet(where);
    const summary = which === "coldkey" ? wallet.coldkey : wallet.hotkeys.find(({ name }) => name === where.hotkey);
    const secret = summary?.secret ?? "absent";
    const startMs = systemClock.monotonicMs();
    const { address } = await unlockKey(flags, which, signal);
    const seconds = Math.round((systemClock.monotonicMs() - startMs) / 100) / 10;
    if (flags.json === true) printJson({ address, key: which, file: walletPaths(where)[which], secret, seconds });
    else if (secret === "plain") print(`The ${which} ${address} is plain: it needs no password.`);
    else print(`The password opens the ${which} ${address} (${secret}).`);
  });
}
