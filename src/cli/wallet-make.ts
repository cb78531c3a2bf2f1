import {
  createWallet,
  generateMnemonic,
  type Keypair,
  keypairFromUri,
  type PasswordRequest,
  writeWallet,
} from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { askNewPassword } from "./password.ts";
import { importedKeypair, keypairOf, schemeOf } from "./secret-flags.ts";
import { print, printAside, printJson, untilSignal } from "./terminal.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";

type Which = "coldkey" | "hotkey";

/** Coldkeys are encrypted unless `--no-password` is given, hotkeys only with `--use-password`, as btcli has it. */
function isEncrypted(which: Which, flags: Flags): boolean {
  return which === "coldkey" ? flags.password !== false : flags.usePassword === true;
}

/** Who is asked for the passwords of what is written. */
function askers(flags: Flags, signal: AbortSignal) {
  const [coldkey, hotkey] = (["coldkey", "hotkey"] as const).map((which) =>
    isEncrypted(which, flags) ? askNewPassword(which, signal) : undefined,
  );
  const hotkeyPassword = (request: PasswordRequest) => {
    // Nothing turns where somebody types.
    coldkey?.stop();
    return hotkey?.source(request) ?? "";
  };
  return {
    modules: { coldkeyPassword: coldkey?.source, hotkeyPassword: hotkey && hotkeyPassword, signal },
    stop() {
      coldkey?.stop();
      hotkey?.stop();
    },
  };
}

interface Made {
  readonly which: Which;
  readonly keypair: Keypair;
  readonly file: string;
}

/** A fresh phrase is shown once, and only to somebody who sits there or has asked for it. */
function tellPhrases(flags: Flags, made: readonly Made[]): void {
  const phrases = made.flatMap(({ which, keypair }) =>
    keypair.mnemonic === undefined ? [] : [[which, keypair.mnemonic]],
  );
  const asked = flags.showMnemonic === true;
  if (phrases.length === 0 || (flags.json === true && asked)) return;
  if (!asked && (flags.json === true || process.stderr.isTTY !== true)) {
    printAside("No phrase is shown here; each is in its keyfile, and --show-mnemonic prints it when the key is made.");
    return;
  }
  printAside("\nShown once: whoever has these words has the keys. Write them down, never send them to anybody.");
  for (const [which = "", phrase = ""] of phrases) printAside(`  ${`${which}:`.padEnd(8)} ${phrase}`);
}

function warnOfPlainColdkey(flags: Flags, made: readonly Made[]): void {
  if (!made.some(({ which }) => which === "coldkey") || isEncrypted("coldkey", flags)) return;
  printAside(
    "The coldkey's file is plain text, readable by you alone: right for development, not for a coldkey of value.",
  );
}

async function tell(flags: Flags, made: readonly Made[], { fresh }: { fresh: boolean }): Promise<void> {
  await warnOfExposures(flags);
  const words = (keypair: Keypair) => (fresh && flags.showMnemonic === true ? keypair.mnemonic : undefined);
  if (flags.json === true) {
    const fields = made.map(({ which, keypair, file }) => ({
      [which]: keypair.address,
      [`${which}File`]: file,
      [`${which}Encrypted`]: isEncrypted(which, flags),
      [`${which}CryptoType`]: keypair.scheme,
      [`${which}Mnemonic`]: words(keypair),
    }));
    printJson(Object.assign({}, ...fields));
  } else {
    for (const { which, keypair, file } of made) print(`${which.padEnd(7)} ${keypair.address}  ${file}`);
  }
  if (fresh) tellPhrases(flags, made);
  warnOfPlainColdkey(flags, made);
}

/** `conversion-subnet wallet create` */
export async function runWalletCreate(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const asking = askers(flags, signal);
    const options = {
      ...walletOf(flags),
      words: Number(flags.nWords),
      coldkeyScheme: schemeOf(flags.cryptoType),
      hotkeyScheme: schemeOf(flags.hotkeyCryptoType),
      overwrite: flags.overwrite === true,
    };
    const { paths, coldkey, hotkey } = await createWallet(options, asking.modules).finally(() => asking.stop());
    const made: Made[] = [
      { which: "coldkey", keypair: coldkey, file: paths.coldkey },
      { which: "hotkey", keypair: hotkey, file: paths.hotkey },
    ];
    await tell(flags, made, { fresh: true });
  });
}

async function writeOne(flags: Flags, which: Which, fresh: boolean, make: (signal: AbortSignal) => Promise<Keypair>) {
  await untilSignal(async (signal) => {
    const keypair = await make(signal);
    const asking = askers(flags, signal);
    const where = { ...walletOf(flags), overwrite: flags.overwrite === true };
    const paths = await writeWallet(where, { [which]: keypair }, asking.modules).finally(() => asking.stop());
    await tell(flags, [{ which, keypair, file: paths[which] }], { fresh });
  });
}

/** `conversion-subnet wallet new-coldkey` and `new-hotkey` */
export async function runNewKey(which: Which, flags: Flags): Promise<void> {
  const scheme = schemeOf(flags.cryptoType);
  await writeOne(flags, which, true, async () => keypairFromUri(generateMnemonic(Number(flags.nWords)), { scheme }));
}

/** `conversion-subnet wallet regen-coldkey` and `regen-hotkey` */
export async function runRegenKey(which: Which, flags: Flags): Promise<void> {
  await writeOne(flags, which, false, (signal) => keypairOf(flags, signal));
}

/** `conversion-subnet wallet import` */
export async function runWalletImport(path: string, flags: Flags): Promise<void> {
  const which = flags.as === "hotkey" ? "hotkey" : "coldkey";
  await writeOne(flags, which, false, (signal) => importedKeypair(path, flags, signal));
}
