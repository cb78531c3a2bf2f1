import { Argument, type Command } from "commander";
import { examples } from "./flags.ts";

/** `completion`: a script made of the commands and flags that there are. */
export function completionCommands(program: Command): void {
  program
    .command("completion")
    .description("print a script with which a shell completes commands, flags, choices and files")
    .addArgument(new Argument("<shell>", "which").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", examples("completion bash > ~/.local/share/bash-completion/completions/conversion-subnet"))
    .action(async (shell: string) => (await import("./completion/run.ts")).runCompletion(program, shell));
}
