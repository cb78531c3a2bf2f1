import { type Command, Option } from "commander";
import { examples, type Flags, option, walletFlags, whole } from "./flags.ts";

const flag = {
  words: () =>
    new Option("--n-words <number>", "words of each phrase: 12, 15, 18, 21 or 24").argParser(whole(12)).default(12),
  noPassword: () => new Option("--no-password", "leave the coldkey plain: for development"),
  usePassword: () => new Option("--use-password", "encrypt the hotkey too (default: plain, for unattended machines)"),
  overwrite: () => new Option("--overwrite", "replace keys that are there, which destroys them"),
  showMnemonic: () => new Option("--show-mnemonic", "print fresh phrases also where no terminal is, and into --json"),
  scheme: (name: string, what: string) =>
    new Option(`${name} <kind>`, what).choices(["sr25519", "ed25519"]).default("sr25519"),
  useHotkey: () => new Option("--use-hotkey", "the hotkey, not the coldkey"),
  importPasswordFile: () =>
    new Option("--import-password-file <file>", "file that holds the password of the file read"),
};
const load = () => import("./wallet-make.ts");
const look = () => import("./wallet-look.ts");

function newKeys(wallet: Command): void {
  walletFlags(wallet.command("create"))
    .description("make a coldkey, encrypted, and a hotkey, plain")
    .addOption(flag.words())
    .addOption(flag.noPassword())
    .addOption(flag.usePassword())
    .addOption(flag.scheme("--crypto-type", "kind of the coldkey"))
    .addOption(flag.scheme("--hotkey-crypto-type", "kind of the hotkey"))
    .addOption(flag.overwrite())
    .addOption(flag.showMnemonic())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "wallet create --wallet.name miner --wallet.hotkey default",
        "wallet create --wallet.name miner --no-password",
      ),
    )
    .action(async (flags: Flags) => (await load()).runWalletCreate(flags));
  for (const which of ["coldkey", "hotkey"] as const) {
    const isCold = which === "coldkey";
    walletFlags(wallet.command(`new-${which}`))
      .description(isCold ? "make a coldkey, encrypted" : "make a hotkey, plain, in a wallet that may be there")
      .addOption(flag.words())
      .addOption(isCold ? flag.noPassword() : flag.usePassword())
      .addOption(flag.scheme("--crypto-type", "kind of key"))
      .addOption(flag.overwrite())
      .addOption(flag.showMnemonic())
      .addOption(option.json())
      .addHelpText(
        "after",
        examples(`wallet new-${which} --wallet.name miner${isCold ? "" : " --wallet.hotkey second"}`),
      )
      .action(async (flags: Flags) => (await load()).runNewKey(which, flags));
  }
}

function oldKeys(wallet: Command): void {
  for (const which of ["coldkey", "hotkey"] as const) {
    const isCold = which === "coldkey";
    walletFlags(wallet.command(`regen-${which}`))
      .description(
        `make a ${which} again from its mnemonic, seed or private key, or from a file (a terminal is asked for the mnemonic)`,
      )
      .option("--mnemonic-file <file>", "file with the mnemonic, which may end in //hard/soft///password; - is stdin")
      .option("--seed-file <file>", "file with the seed: 64 hex digits")
      .option("--private-key-file <file>", "file with the private key: 128 hex digits (ed25519 also 64)")
      .option("--json-path <file>", "export of polkadot.js, or a keyfile from elsewhere")
      .addOption(flag.importPasswordFile())
      .option("--mnemonic <words>", "the mnemonic itself; others on this machine can see it")
      .option("--seed <hex>", "the seed itself; others on this machine can see it")
      .option("--private-key <hex>", "the private key itself; others on this machine can see it")
      .addOption(isCold ? flag.noPassword() : flag.usePassword())
      .addOption(flag.scheme("--crypto-type", "kind of key"))
      .addOption(flag.overwrite())
      .addOption(option.json())
      .addHelpText(
        "after",
        examples(
          `wallet regen-${which} --wallet.name miner`,
          `wallet regen-${which} --wallet.name miner --mnemonic-file phrase.txt`,
        ),
      )
      .action(async (flags: Flags) => (await load()).runRegenKey(which, flags));
  }
  walletFlags(wallet.command("import"))
    .description("make a key of an account that polkadot.js exported, or of a keyfile from elsewhere")
    .argument("<file>", "export or keyfile, encrypted or not")
    .addOption(new Option("--as <key>", "what it becomes").choices(["coldkey", "hotkey"]).default("coldkey"))
    .addOption(flag.importPasswordFile())
    .addOption(flag.noPassword())
    .addOption(flag.usePassword())
    .addOption(flag.overwrite())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("wallet import account.json --wallet.name mine", "wallet import backup/hotkey --as hotkey"),
    )
    .action(async (file: string, flags: Flags) => (await load()).runWalletImport(file, flags));
}

function looks(wallet: Command): void {
  walletFlags(wallet.command("list"))
    .description("wallets on this machine, their addresses, and how they are kept")
    .addOption(option.json())
    .addHelpText("after", examples("wallet list"))
    .action(async (flags: Flags) => (await look()).runWalletList(flags));
  walletFlags(wallet.command("inspect"))
    .description("everything that is known of one wallet without a password")
    .addOption(option.json())
    .addHelpText("after", examples("wallet inspect --wallet.name miner"))
    .action(async (flags: Flags) => (await look()).runWalletInspect(flags));
  walletFlags(wallet.command("sign"))
    .description("sign a message")
    .option("--message <text>", "what is signed, as UTF-8")
    .option("--message-file <file>", "its bytes, as they are")
    .addOption(flag.useHotkey())
    .addOption(option.json())
    .addHelpText("after", examples("wallet sign --wallet.name miner --use-hotkey --message hello"))
    .action(async (flags: Flags) => (await look()).runWalletSign(flags));
  wallet
    .command("verify")
    .description("say whether a signature holds; 0 when it does, else 1")
    .option("-m, --message <text>", "what was signed, as UTF-8")
    .option("--message-file <file>", "its bytes, as they are")
    .requiredOption("-s, --signature <hex>", "the signature: 128 hex digits")
    .option("-a, --address <address>", "SS58 address of whoever is said to have signed")
    .option("-p, --public-key <hex>", "its public key instead")
    .addOption(flag.scheme("--crypto-type", "kind of key"))
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "wallet verify --message hello --signature 0x... --address 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
      ),
    )
    .action(async (flags: Flags) => (await look()).runWalletVerify(flags));
  walletFlags(wallet.command("unlock-check"))
    .description("try a password on a key, and do nothing else")
    .addOption(flag.useHotkey())
    .addOption(option.json())
    .addHelpText("after", examples("wallet unlock-check --wallet.name miner"))
    .action(async (flags: Flags) => (await look()).runUnlockCheck(flags));
}

/** Keys on disk, in btcli's spelling. */
export function walletCommands(program: Command): void {
  const wallet = program.command("wallet").description("keys on disk");
  newKeys(wallet);
  oldKeys(wallet);
  looks(wallet);
}
