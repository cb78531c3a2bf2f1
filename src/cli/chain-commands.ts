import { type Command, Option } from "commander";
import { chainFlags, examples, type Flags, numbers, option, uids, walletFlags, whole } from "./flags.ts";
import { tao } from "./tao.ts";

const read = () => import("./chain-read.ts");
const write = () => import("./chain-write.ts");
const mechid = () => new Option("--mechid <number>", "mechanism of the subnet").argParser(whole(0)).default(0);

/** A command that changes the chain: look first with `--dry-run`, and no question with `--yes` where money is spent. */
function writing(command: Command, { spends }: { spends: boolean }): Command {
  walletFlags(chainFlags(command)).option("--dry-run", "show the call and what speaks against it; send nothing");
  if (spends) command.option("--yes", "do not ask before TAO is spent");
  return command.addOption(option.json());
}
const reading = (command: Command) => chainFlags(command).addOption(option.json());

function subnetCommands(program: Command): void {
  const subnets = program.command("subnets").alias("subnet").description("what a subnet knows");
  reading(subnets.command("list"))
    .description("all subnets of a chain: places, tempo, price of a registration")
    .addHelpText("after", examples("subnets list --subtensor.network finney"))
    .action(async (flags: Flags) => (await read()).runSubnetList(flags));
  reading(subnets.command("show"))
    .description("one subnet: neurons, the next epoch, how to register")
    .addHelpText("after", examples("subnets show --netuid 1 --subtensor.network local"))
    .action(async (flags: Flags) => (await read()).runSubnetShow(flags));
  reading(subnets.command("hyperparameters"))
    .description("what the owner of a subnet has set")
    .addHelpText("after", examples("subnets hyperparameters --netuid 1 --json"))
    .action(async (flags: Flags) => (await read()).runHyperparameters(flags));
  reading(subnets.command("burn-cost"))
    .description("the price of a registration now")
    .addHelpText("after", examples("subnets burn-cost --netuid 1"))
    .action(async (flags: Flags) => (await read()).runBurnCost(flags));
  writing(subnets.command("register"), { spends: true })
    .description("register a hotkey; burns the price from the coldkey")
    .option("--max-burn <tao>", "most that may be burned (default: whatever the price is)", tao)
    .addHelpText(
      "after",
      examples(
        "subnets register --netuid 1 --subtensor.network local --wallet.name miner --wallet.hotkey default",
        "subnets register --netuid 1 --subtensor.network finney --wallet.name miner --max-burn 0.5 --dry-run",
      ),
    )
    .action(async (flags: Flags) => (await write()).runRegister(flags));
  reading(subnets.command("metagraph"))
    .description("who is registered, what they earn, where they serve")
    .addHelpText("after", examples("subnets metagraph --netuid 1 --subtensor.network local"))
    .action(async (flags: Flags) => (await read()).runMetagraph(flags));
}

/** The commands that ask a chain or write to it. */
export function chainCommands(program: Command): void {
  subnetCommands(program);
  const stake = program.command("stake").description("stake of a hotkey");
  writing(stake.command("add"), { spends: true })
    .description("move balance of the coldkey to the stake of a hotkey")
    .requiredOption("--amount <tao>", "TAO, at most nine decimals", tao)
    .addHelpText(
      "after",
      examples("stake add --amount 1000 --netuid 1 --subtensor.network local --wallet.name validator"),
    )
    .action(async (flags: Flags) => (await write()).runStakeAdd(flags));
  walletFlags(reading(program.command("balance")))
    .description("free balance of a coldkey")
    .option("--address <ss58>", "another's coldkey")
    .addHelpText("after", examples("balance --wallet.name miner", "balance --address 5Grw... --json"))
    .action(async (flags: Flags) => (await read()).runBalance(flags));
  const axon = program.command("axon").description("where the chain says that a hotkey serves");
  writing(axon.command("set"), { spends: false })
    .description("announce an address; `miner run` does it by itself")
    .requiredOption("--ip <ip>", "IPv4 or IPv6 that others can reach")
    .requiredOption("--port <port>", "port", whole(1))
    .option("--axon-version <number>", "version integer of what serves there", whole(0), 1_000)
    .addHelpText("after", examples("axon set --ip 203.0.113.9 --port 8091 --wallet.name miner --dry-run"))
    .action(async (flags: Flags) => (await write()).runAxonSet(flags));
  writing(axon.command("reset"), { spends: false })
    .description("take the announced address back")
    .addHelpText("after", examples("axon reset --wallet.name miner"))
    .action(async (flags: Flags) => (await write()).runAxonReset(flags));
  const weights = program.command("weights").description("weights of validators");
  writing(weights.command("set"), { spends: false })
    .description(
      "set weights by hand, or commit them where the subnet asks for that; `validator run` does it by itself",
    )
    .requiredOption("--uids <uids>", "0,1,2", uids)
    .requiredOption("--weights <shares>", "one a uid, in any unit", numbers)
    .addOption(mechid())
    .option("--version-key <number>", "version of the validator's software", whole(0), 0)
    .addHelpText("after", examples("weights set --uids 1,2,3 --weights .5,.3,.2 --wallet.name validator --dry-run"))
    .action(async (flags: Flags) => (await write()).runWeightsSet(flags));
  reading(weights.command("show"))
    .description("the weights that are on the chain")
    .addOption(mechid())
    .addHelpText("after", examples("weights show --netuid 1"))
    .action(async (flags: Flags) => (await read()).runWeightsShow(flags));
}
