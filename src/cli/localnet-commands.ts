import { type Command, InvalidArgumentError, Option } from "commander";
import { adminFlags } from "./admin-flags.ts";
import { examples, type Flags, logFlags, option, positive, whole } from "./flags.ts";
import { tao } from "./tao.ts";

const run = () => import("./localnet.ts");

/** "Alice,Bob", "5" (Alice to Eve), or addresses. */
const accounts = (text: string) => {
  const names = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > 1_000) throw new InvalidArgumentError("It must be names, or a number from 1 to 1000.");
    return Array.from({ length: count }, (_, i) => names[i] ?? `Account${i + 1}`);
  }
  return text.split(",").map((part) => {
    const name = part.trim().replace(/^\/\//, "");
    if (/^[A-Za-z0-9_-]{1,60}$/.test(name)) return name;
    throw new InvalidArgumentError(`"${part}" is no name: letters, digits, - and _ make one.`);
  });
};
/** "tempo=50": the value is JSON, or a word. */
const setting = (text: string, before: readonly (readonly [string, unknown])[] = []) => {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must look like tempo=50.");
  let parsed: unknown = value;
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(value) && !/Rao$/.test(name)) parsed = JSON.parse(value);
  return [...before, [name, parsed] as const];
};

const endpoint = (command: Command) =>
  command.option("--endpoint <url>", "where the ledger is served", "http://127.0.0.1:9944").addOption(option.json());

/** `localnet` and `dev`. */
export function localnetCommands(program: Command): void {
  adminFlags(logFlags(program.command("localnet")), "localnet")
    .description("a subnet on this machine, served on loopback: the chain's rules, no peers, no value")
    .option("--host <address>", "loopback address", "127.0.0.1")
    .option("--port <port>", "port; 0 = any", whole(0), 9944)
    .option("--block-time <ms>", "milliseconds a block", positive, 1_000)
    .option("--tempo <blocks>", "blocks an epoch", whole(1), 20)
    .option("--commit-reveal", "take weights by commit and reveal only")
    .option("--faucet <tao>", "what every coldkey owns at first sight (default: 10000)", tao)
    .option("--accounts <names>", "coldkeys like //Alice that own 1,000,000 TAO: names, or how many", accounts)
    .option("--state <folder>", "keep the ledger there, and go on from what is there (default: in memory)")
    .option("--save-every <blocks>", "blocks between two snapshots of --state", whole(1), 1_000)
    .addOption(option.netuid())
    .addOption(option.seed())
    .addHelpText(
      "after",
      examples(
        "localnet",
        "localnet --block-time 250 --tempo 10 --commit-reveal",
        "localnet --state ./localnet --accounts Alice,Bob --faucet 0",
      ),
    )
    .action(async (flags: Flags, command: Command) => (await run()).runLocalnet(flags, command));
  const dev = program
    .command("dev")
    .description("what a developer may do to a localnet that runs, and nobody to a chain");
  endpoint(dev.command("mint"))
    .description("balance from nowhere")
    .requiredOption("--coldkey <key>", "SS58 address, or a development key like //Alice")
    .requiredOption("--amount <tao>", "TAO, at most nine decimals", tao)
    .addHelpText("after", examples("dev mint --coldkey //Alice --amount 1000"))
    .action(async (flags: Flags) => (await run()).runMint(flags));
  endpoint(dev.command("register"))
    .description("register a hotkey without its coldkey's signature; what the coldkey lacks is minted")
    .requiredOption("--hotkey <key>", "SS58 address, or a development key like //Alice//miner")
    .requiredOption("--coldkey <key>", "SS58 address, or a development key like //Alice")
    .option("--stake <tao>", "stake to add", tao)
    .addOption(option.netuid())
    .addHelpText("after", examples("dev register --hotkey //Alice//validator --coldkey //Alice --stake 1000"))
    .action(async (flags: Flags) => (await run()).runDevRegister(flags));
  endpoint(dev.command("advance"))
    .description("make blocks at once, or go to the next epoch")
    .addOption(new Option("--blocks <number>", "how many, at most a million").argParser(whole(1)).default(1))
    .option("--epoch", "as many as the next epoch needs")
    .addOption(option.netuid())
    .addHelpText("after", examples("dev advance --blocks 100", "dev advance --epoch"))
    .action(async (flags: Flags) => (await run()).runAdvance(flags));
  endpoint(dev.command("set"))
    .description("change settings of a subnet: the names of `subnets hyperparameters --json`")
    .requiredOption("--change <name=value>", "one setting; may be given more than once", setting)
    .addOption(option.netuid())
    .addHelpText("after", examples("dev set --change commitReveal=true --change tempo=50"))
    .action(async (flags: Flags) => (await run()).runSet(flags));
}
