import type { Command } from "commander";
import { bashScript, fishScript, zshScript } from "./scripts.ts";
import { commandTree } from "./tree.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `conversion-subnet completion` */
export async function runCompletion(program: Command, shell: string): Promise<void> {
  const write = shell === "zsh" ? SCRIPTS.zsh : shell === "fish" ? SCRIPTS.fish : SCRIPTS.bash;
  const done = new Promise<void>((resolve) => process.stdout.write(write(commandTree(program)), () => resolve()));
  await done;
}
