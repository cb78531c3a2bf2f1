import { type Command, InvalidArgumentError, Option } from "commander";
import { examples, type Flags, option } from "./flags.ts";
import { historyFlags } from "./history-flags.ts";

const load = () => import("./keys.ts");

/** Those of the sources room, which `--help` does not load; a test holds them equal. */
export const SCOPE_NAMES = ["events:write", "history:read"];
export const ADAPTER_NAMES = ["chatwoot", "intercom", "rasa"];

/** "events:write,history:read". */
const scopes = (text: string) =>
  text.split(",").map((name) => {
    if (SCOPE_NAMES.includes(name)) return name;
    throw new InvalidArgumentError(`"${name}" is no scope: ${SCOPE_NAMES.join(", ")} are.`);
  });

/** `keys`: who may send conversations to a validator. */
export function keysCommands(program: Command): void {
  const keys = program
    .command("keys")
    .description("who may send conversations to a validator; it may be running meanwhile");
  historyFlags(keys.command("create"))
    .description("make an API key; its text is shown once and kept nowhere")
    .requiredOption("--name <name>", "for you: whom it is for")
    .option("--source <name>", "whose conversations it brings (default: the name)")
    .addOption(
      new Option("--scopes <names>", "what it may do, with commas between")
        .argParser(scopes)
        .default(["events:write"], "events:write"),
    )
    .addOption(new Option("--adapter <platform>", "for the webhooks of a platform").choices(ADAPTER_NAMES))
    .option("--signing-secret-file <file>", "file with the secret that the platform signs with; - is stdin")
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "keys create --name shop",
        "keys create --name desk --adapter intercom --signing-secret-file secret.txt",
      ),
    )
    .action(async (flags: Flags) => (await load()).runKeysCreate(flags));
  historyFlags(keys.command("list"))
    .description("list API keys, without their secrets")
    .addOption(option.json())
    .addHelpText("after", examples("keys list", "keys list --history history.db --json"))
    .action(async (flags: Flags) => (await load()).runKeysList(flags));
  historyFlags(keys.command("revoke"))
    .description("let a key open nothing from now on")
    .argument("<id>", "of the key, as `keys list` shows it")
    .addOption(option.json())
    .addHelpText("after", examples("keys revoke 3f9a0c1b2d4e5f60"))
    .action(async (id: string, flags: Flags) => (await load()).runKeysRevoke(id, flags));
}
