import { type Command, Option } from "commander";

/** Commands that have a part of their own in the file, by the name of that part. */
export const NODES: Readonly<Record<string, readonly string[]>> = {
  miner: ["miner", "run"],
  validator: ["validator", "run"],
  localnet: ["localnet"],
  dashboard: ["dashboard"],
};
/** Names without a dot that mean the same for every command; of all others that is true only within one. */
const COMMON = new Set(["netuid", "history"]);
/** What is said anew at each call, or could not come from a place that it names. */
const NEVER = new Set(["json", "help", "version", "config", "yes", "dry-run", "config.show"]);

/** `--axon.external_ip <ip>` and `--no-blacklist.x`: `axon.external_ip`, `blacklist.x`. */
export const keyOf = (option: Option) => (option.long ?? "").replace(/^--(no-)?/, "");
/** Every word of a command: `["miner", "run"]`. */
export function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}
/** A command with one of these asks about a validator. */
const OF_VALIDATORS = new Set(["history", "events.redis"]);
/** Which part of the file a command reads beside the common one. */
export function sectionOf(command: Command): string | null {
  const named = pathOf(command).find((word) => word in NODES);
  if (named !== undefined) return named;
  return command.options.some((option) => OF_VALIDATORS.has(keyOf(option))) ? "validator" : null;
}
/** Whether a command is the one that a part of the file is for. */
export const isNode = (command: Command) => {
  const path = pathOf(command).join(" ");
  return Object.values(NODES).some((words) => words.join(" ") === path);
};
/** Whether a name means the same for every command that has it. */
export const isCommon = (key: string) => key.includes(".") || COMMON.has(key);

const ASKS_OF_NODES = new Set(["netuid", "subtensor.network", "wallet.name", "jobs.redis", "events.redis"]);
/** Reads the settings of a node by itself: a mistake in them is what it is to find. */
const isDoctor = (command: Command) => pathOf(command).join(" ") === "doctor";
/** Whether a command reads file and environment: it runs a node, asks about one, its chain, its wallet or its events, or shares work with others. */
export const isConfigured = (command: Command) =>
  command.commands.length === 0 &&
  !isDoctor(command) &&
  (isNode(command) || command.options.some((option) => ASKS_OF_NODES.has(keyOf(option))));

/** The options of a command that file and environment may give. */
export const settingsOf = (command: Command): readonly Option[] =>
  isConfigured(command)
    ? command.options.filter(
        (option) => !NEVER.has(keyOf(option)) && (isNode(command) || isCommon(keyOf(option))) && !isOpposite(option),
      )
    : [];

/** Every command that does something. */
export const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const opposites = new WeakSet<Option>();
const isOpposite = (option: Option) => opposites.has(option);
/** `--no-logging.debug` beside `--logging.debug`, unseen: what a file switches on, the command line must be able to switch off. */
function addOpposites(command: Command): void {
  for (const option of settingsOf(command)) {
    if (option.required || option.optional) continue;
    const long = option.negate ? `--${keyOf(option)}` : `--no-${keyOf(option)}`;
    if (command.options.some((other) => other.long === long)) continue;
    const opposite = new Option(long).hideHelp();
    opposites.add(opposite);
    command.addOption(opposite);
  }
}

/** Above so many flags, help shows them in groups. */
const GROUPED_ABOVE = 14;
const GROUPS: Readonly<Record<string, string>> = {
  ...{ netuid: "Chain:", subtensor: "Chain:", wallet: "Wallet:", axon: "Axon:", blacklist: "Who is answered:" },
  ...{ neuron: "Neuron:", onnx: "ONNX:", events: "Live conversations:", logging: "Logging:", history: "History:" },
  ...{ wires: "Axon:", model: "Model:", baseline: "Model:", feedback: "Feedback:", admin: "Admin:" },
};
const titled = (prefix: string) => `${prefix.charAt(0).toUpperCase()}${prefix.slice(1)}:`;
function groupFlags(command: Command): void {
  const shown = command.options.filter(({ hidden }) => !hidden);
  if (shown.length <= GROUPED_ABOVE) return;
  for (const option of shown) {
    const [prefix = "", rest] = keyOf(option).split(".");
    const group = GROUPS[prefix] ?? (rest === undefined ? undefined : titled(prefix));
    if (group !== undefined && option.helpGroupHeading === undefined) option.helpGroup(group);
  }
}

/** `--config` stands under the help of those who read it. */
export function visibleGlobalOptions(command: Command): Option[] {
  const [first] = pathOf(command);
  const isShown = ({ long }: Option) =>
    long !== "--config" || isConfigured(command) || isDoctor(command) || first === "config";
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root === command ? [] : root.options.filter(isShown);
}

/** Gives every command that is there what configuration needs: it comes last, when all flags are known. */
export function configured(program: Command): Command {
  program.option("--config <file>", "settings of nodes, see docs/configuration.md (default: ./conversion-subnet.yaml)");
  for (const command of leavesOf(program)) {
    addOpposites(command);
    groupFlags(command);
  }
  return program.hook("preAction", async (_, command) => {
    if (isConfigured(command) || program.opts().config !== undefined)
      await (await import("./config/apply.ts")).applyConfig(command);
  });
}
