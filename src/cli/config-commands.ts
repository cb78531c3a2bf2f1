import { Argument, type Command } from "commander";
import { examples, type Flags, option } from "./flags.ts";

const load = () => import("./config/commands.ts");
/** For whom `config init` writes a file. */
export const ROLES = ["miner", "validator", "owner"] as const;

/** `config`: what a file and the environment say. */
export function configCommands(program: Command): void {
  const config = program.command("config").description("settings of nodes, from a file and the environment");
  config
    .command("init")
    .description("write a file with every setting, explained, to be changed by hand")
    .addArgument(new Argument("<role>", "for whom").choices(ROLES))
    .option("--out <file>", "where it is written (default: --config, else conversion-subnet.yaml)")
    .option("--overwrite", "replace a file that is there")
    .addOption(option.json())
    .addHelpText("after", examples("config init miner", "config init validator --out validator.yaml"))
    .action(async (role: string, flags: Flags, command: Command) => (await load()).runConfigInit(role, flags, command));
  config
    .command("show")
    .description("every setting as it would be now, and where it comes from")
    .argument("[node]", "miner, validator or another part of the file (default: all)")
    .addOption(option.json())
    .addHelpText("after", examples("config show miner", "config show --config both.yaml --json"))
    .action(async (node: string | undefined, flags: Flags, command: Command) =>
      (await load()).runConfigShow(node, flags, command),
    );
  config
    .command("check")
    .description("say everything that is wrong with file and environment; 0 when nothing is, else 1")
    .addOption(option.json())
    .addHelpText("after", examples("config check", "config check --config both.yaml --json"))
    .action(async (flags: Flags, command: Command) => (await load()).runConfigCheck(flags, command));
}
