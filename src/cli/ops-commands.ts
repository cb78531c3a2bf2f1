import { type Command, Option } from "commander";
import { examples, type Flags, option } from "./flags.ts";

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
    .action(async (flags: Flags) => (await import("./doctor/doctor.ts")).runDoctor(flags));
}
