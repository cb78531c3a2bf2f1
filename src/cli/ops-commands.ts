import { type Command, Option } from "commander";
import { moment } from "./explain-commands.ts";
import { chainFlags, examples, type Flags, option, positive } from "./flags.ts";

/** The run commands' own flags, without their help: what is right for a node is right for its doctor. */
function flagsOfNodes(doctor: Command, nodes: readonly Command[]): void {
  for (const one of nodes.flatMap((node) => node.options)) {
    if (doctor.options.some(({ long }) => long === one.long)) continue;
    doctor.addOption(Object.assign(new Option(one.flags), one, { hidden: true, mandatory: false }));
  }
}

/** What an operator asks of nodes that run, or do not. */
export function opsCommands(program: Command, nodes: { readonly miner: Command; readonly validator: Command }): void {
  program.commandsGroup("Operate:");
  const doctor = program
    .command("doctor")
    .description("find out what is wrong with a node, running or not, and how to mend it")
    .addOption(
      new Option("--as <node>", "what the flags are for; takes all flags of `miner run` or `validator run`")
        .choices(["miner", "validator"])
        .makeOptionMandatory(),
    )
    .option("--time-from <url>", "compare the clock with the HTTP Date of this address too")
    .addOption(option.json());
  flagsOfNodes(doctor, [nodes.miner, nodes.validator]);
  doctor
    .addHelpText(
      "after",
      examples(
        "doctor --as miner --model model.safetensors --wallet.name miner",
        "doctor --as validator --wallet.name validator --time-from https://example.com",
      ),
    )
    .action(async (_: Flags, command: Command) => (await import("./doctor/doctor.ts")).runDoctor(command, nodes));
  const score = program
    .command("score")
    .description("say what a miner's score is, what it is made of, what has changed and what to do")
    .option("--feedback <path>", "a miner's own: the folder of miner run --feedback.accept, or a file of it")
    .option("--hotkey <address>", "a miner in a validator's history instead, whose silence is known too")
    .option("--history <file>", "that history (default: in its neuron's folder, see docs/history.md)")
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)")
    .option("--wallet.name <name>", "wallet of that validator", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default")
    .option("--model <file>", "the model that is served: tells what changed with it, and completes commands")
    .option("--validator <hotkey>", "what this validator told, and no other")
    .addOption(
      new Option("--hours <number>", "the last so many against as many before").argParser(positive).default(24),
    )
    .addOption(
      new Option("--day <day>", "a day (UTC) against the day before it instead").argParser(moment).conflicts("hours"),
    )
    .option("--no-chain", "do not ask the chain for the place among the others");
  chainFlags(score)
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "score --feedback feedback --model model.safetensors",
        "score --feedback feedback --day 2026-11-25",
        "score --hotkey 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --wallet.name validator",
      ),
    )
    .action(async (flags: Flags) => (await import("./score/score.ts")).runScore(flags));
}
