import { type Command, InvalidArgumentError, Option } from "commander";
import { moment } from "./explain-commands.ts";
import { chainFlags, examples, type Flags, option, positive, whole } from "./flags.ts";
import { postgresFlags } from "./history-flags.ts";

const RUNNING = ["miner", "validator", "localnet", "demo"];
const LEVELS = ["trace", "debug", "info", "warn", "error"];
/** "90s", "10m", "2h", "3d" ago, or a moment: milliseconds since 1970. */
const since = (text: string) => {
  const [, number, unit = ""] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  if (number === undefined) {
    if (/^\d{4}-/.test(text)) return moment(text);
    throw new InvalidArgumentError("It must be like 90s, 10m, 2h, 3d, 2026-11-26 or 2026-11-26T12:00:00Z.");
  }
  const lengths: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Date.now() - Number(number) * (lengths[unit] ?? 0);
};

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
    .option(
      "--reach <url>",
      "ask this address whether a miner can be reached: {ip} and {port} are filled in, 200 is a yes",
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
  program
    .command("status")
    .description(
      "say how the nodes on this machine are: score, rank and why, leaderboard, flow, weights, recent errors",
    )
    .option("--watch", "show it on the whole terminal, and go on; a line every ten seconds where there is none")
    .addOption(new Option("--node <kind>", "these nodes only").choices(RUNNING))
    .addOption(option.json())
    .addHelpText("after", examples("status", "status --watch", "status --node miner --json"))
    .action(async (flags: Flags) => (await import("./status/status.ts")).runStatus(flags));
  const leaderboard = program
    .command("leaderboard")
    .description("rank the miners: as a running validator does, else as its history says, else as the chain pays")
    .addOption(new Option("--from <source>", "ask this one only").choices(["running", "history", "chain"]))
    .option("--top <number>", "so many of the best (default: all)", whole(1))
    .option("--history <file>", "a validator's history (default: in its neuron's folder, see docs/history.md)")
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)")
    .option("--wallet.name <name>", "wallet of the validator", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default");
  postgresFlags(chainFlags(leaderboard))
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("leaderboard", "leaderboard --from chain --top 10", "leaderboard --history history.db --json"),
    )
    .action(async (flags: Flags) => (await import("./status/leaderboard.ts")).runLeaderboard(flags));
  program
    .command("logs")
    .description("read what nodes logged: of those that run, else of the log files of a wallet")
    .option("-f, --follow", "go on with what comes")
    .option("-n, --lines <number>", "begin with so many of the latest", whole(0), 50)
    .addOption(new Option("--level <level>", "this and louder").choices(LEVELS).default("info"))
    .option("--text <text>", "lines with it in the sentence or in a field, in any case")
    .option("--since <moment>", "lines since then: 10m, 2h, 3d, or 2026-11-26T12:00:00Z", since)
    .addOption(new Option("--node <kind>", "of these nodes only").choices(RUNNING))
    .option("--file <file>", "of this log, and those put aside before it")
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)")
    .addOption(option.netuid())
    .option("--wallet.name <name>", "wallet of the node", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default")
    .option("--json", "one JSON object a line")
    .addHelpText(
      "after",
      examples("logs -f", "logs --level warn --since 1d", "logs --node miner --text Refused -n 200 --json"),
    )
    .action(async (flags: Flags) => (await import("./status/logs.ts")).runLogs(flags));
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
