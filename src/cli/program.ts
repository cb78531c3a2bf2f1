import { Command, Option } from "commander";
import { adminFlags } from "./admin-flags.ts";
import { chainCommands } from "./chain-commands.ts";
import { completionCommands } from "./completion-commands.ts";
import { configCommands } from "./config-commands.ts";
import { configured, visibleGlobalOptions } from "./config-flags.ts";
import { exchangeCommands } from "./exchange-commands.ts";
import { explainCommands } from "./explain-commands.ts";
import {
  chainFlags,
  examples,
  type Flags,
  hotkeys,
  landmarks,
  landmarksBySource,
  logFlags,
  numberOrNan,
  option,
  positive,
  seconds,
  share,
  sizes,
  speed,
  walletFlags,
  whole,
} from "./flags.ts";
import { historyCommands } from "./history-commands.ts";
import { keepFlags } from "./history-flags.ts";
import { ingestCommands } from "./ingest-commands.ts";
import { eventsFlags } from "./ingest-flags.ts";
import { keysCommands } from "./keys-commands.ts";
import { learningCommands } from "./learning-commands.ts";
import { localnetCommands } from "./localnet-commands.ts";
import { nodeLogFlags } from "./log-flags.ts";
import { jobsFlags } from "./model-flags.ts";
import { opsCommands } from "./ops-commands.ts";
import { feedbackFlags, minerLearningFlags } from "./retrain-commands.ts";
import { packageVersion } from "./version.ts";
import { walletCommands } from "./wallet-commands.ts";

/** The whole command line. Each action loads its own code: `--help` loads none of it. */
export function createProgram(): Command {
  const program = new Command("conversion-subnet")
    .description("A Bittensor conversation-analytics subnet: miners, validators, scoring and a local chain.")
    .version(packageVersion())
    .showHelpAfterError("(--help says more)")
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
    .exitOverride();

  program.commandsGroup("Look:");
  adminFlags(program.command("demo"), "demo")
    .description("a whole subnet on this machine: trains models, starts a ledger, a validator and eight miners")
    .option("--conversations <file>", "recorded conversations (JSON Lines) instead of simulated ones")
    .option("--skip-bad-lines", "go on after a line that is no conversation")
    .option(
      "--rounds <number>",
      "end after so many settled questions (default: never on a terminal, else 200)",
      whole(1),
    )
    .option("--speed <factor>", "virtual seconds per second, or max", speed, 100)
    .addOption(option.seed())
    .addOption(option.scoring())
    .addOption(option.json())
    .option("--logging.debug", "say what the nodes do")
    .addHelpText(
      "after",
      examples(
        "demo",
        "demo --rounds 300 --speed max --json",
        "demo --conversations chats.jsonl --rounds 300 --speed max",
      ),
    )
    .action(async (flags: Flags) => (await import("./demo.ts")).runDemo(flags));

  adminFlags(logFlags(chainFlags(program.command("dashboard"))), "dashboard")
    .description("the same views over files and a chain, with no node running")
    .option("--history <file>", "a validator's history")
    .option("--feedback <folder>", "a miner's folder of miner run --feedback.accept")
    .addHelpText(
      "after",
      examples("dashboard --history history.db", "dashboard --feedback feedback --netuid 1 --subtensor.network local"),
    )
    .action(async (flags: Flags) => (await import("./dashboard.ts")).runDashboard(flags));

  program.commandsGroup("Mine:");
  program
    .command("simulate")
    .description("write simulated training data: .csv (the guide's columns) or .jsonl (whole conversations)")
    .requiredOption("--out <file>", "ends in .csv or .jsonl")
    .option("--rows <number>", "rows of a .csv", whole(1), 20_000)
    .option("--conversations <number>", "conversations of a .jsonl", whole(1), 1_000)
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("simulate --rows 20000 --out train.csv", "simulate --conversations 500 --out chats.jsonl --seed 8"),
    )
    .action(async (flags: Flags) => (await import("./simulate.ts")).runSimulate(flags));
  jobsFlags(program.command("features"))
    .description("turn recorded conversations into training rows, cut at landmarks as a validator cuts them")
    .argument("<transcripts>", "conversations (JSON Lines)")
    .requiredOption("--out <file>", "ends in .csv, or in .parquet where @duckdb/node-api is installed")
    .option("--landmarks <counts>", "cut after so many messages", sizes, [4, 8])
    .addOption(
      new Option("--landmark-seconds <seconds>", "cut so many seconds after the first message instead")
        .argParser(seconds)
        .conflicts("landmarks"),
    )
    .option("--horizon-seconds <seconds>", "a conversion later than this is none", positive, 1_800)
    .option("--time-zone <name>", "of hour_of_day and day_of_week", "UTC")
    .option("--skip-bad-lines", "go on after a line that is no conversation")
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "features chats.jsonl --out rows.csv",
        "features chats.jsonl --out rows.parquet --landmark-seconds 60,120 --time-zone Europe/Berlin",
      ),
    )
    .action(async (transcripts: string, flags: Flags) =>
      (await import("./features.ts")).runFeatures(transcripts, flags),
    );
  program
    .command("import-transcripts")
    .description("turn a local clone of a public collection of chats into conversations (JSON Lines)")
    .argument("<collection>", "star (RasaHQ/STAR), redial (ReDial) or p4g (PersuasionForGood)")
    .argument("<path>", "the clone, its folder of data, or one file of it")
    .requiredOption("--out <file>", "ends in .jsonl")
    .option("--skip-bad", "go on after a conversation that does not have the collection's form")
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "import-transcripts star STAR --out star.jsonl",
        "import-transcripts redial redial/valid_data.jsonl --out redial.jsonl",
        "import-transcripts p4g PersuasionForGood --out p4g.jsonl",
      ),
    )
    .action(async (collection: string, path: string, flags: Flags) =>
      (await import("./import.ts")).runImportTranscripts(collection, path, flags),
    );
  learningCommands(program);
  exchangeCommands(program);
  const miner = program.command("miner").description("answer questions");
  const minerRun = miner.command("run");
  minerLearningFlags(adminFlags(nodeLogFlags(walletFlags(chainFlags(minerRun))), "miner"))
    .description("serve a model to the validators of a subnet")
    .option(
      "--model <file>",
      "model file of `train`, an .onnx graph where onnxruntime-node is installed, or a .js file that predicts",
    )
    .addOption(
      new Option("--onnx.output <kind>", "what another program's graph gives")
        .choices(["probability", "logit"])
        .default("probability"),
    )
    .option("--onnx.time_output <name>", "its output that says when, in seconds from the first message")
    .option("--onnx.median_seconds <seconds>", "the time that is answered where it says none (default: 900)", positive)
    .option("--onnx.unknown <number>", "what it is given where a feature is unknown: a number, or NaN", numberOrNan, 0)
    .option("--baseline", "serve the base rate, knowing that it earns little, when there is no --model")
    .option("--axon.ip <ip>", "address to listen on", "127.0.0.1")
    .option("--axon.port <port>", "port to listen on", whole(0), 8091)
    .option("--axon.external_ip <ip>", "address that the chain is told")
    .option("--axon.external_port <port>", "port that the chain is told", whole(1))
    .addOption(option.wires("formats answered", { axonSince: "7.2" }))
    .option("--blacklist.allow_non_registered", "also answer callers that are not on the subnet")
    .option("--no-blacklist.force_validator_permit", "also answer callers without a validator permit")
    .option("--blacklist.min_stake <tao>", "answer registered callers with at least this stake only", whole(0), 0)
    .option("--blacklist.allow <hotkeys>", "answer these whatever their stake and permit, registered or not", hotkeys)
    .option("--blacklist.deny <hotkeys>", "never answer these", hotkeys)
    .option("--blacklist.max_requests_per_second <number>", "of one hotkey, in the long run (default: any)", positive)
    .option(
      "--axon.verify_threads <number>",
      "threads that check signatures (default: one less than the cores)",
      whole(0),
    )
    .option("--workers <number>", "processes that answer, for more than one core (default: this one alone)", whole(1))
    .option("--redis.url <url>", "Redis through which several processes of this miner accept each request once")
    .addHelpText(
      "after",
      examples(
        "miner run --model model.safetensors --netuid 1 --subtensor.network local --wallet.name miner --wallet.hotkey default --logging.debug",
        "miner run --model model.onnx --onnx.output logit --onnx.unknown NaN --wallet.name miner",
      ),
    )
    .action(async (flags: Flags, command: Command) => (await import("./miner.ts")).runMiner(flags, command));

  program.commandsGroup("Validate:");
  const validator = program.command("validator").description("ask and judge");
  const validatorRun = validator.command("run");
  eventsFlags(feedbackFlags(keepFlags(adminFlags(nodeLogFlags(walletFlags(chainFlags(validatorRun))), "validator"))))
    .description("turn conversations into questions, score the answers, set weights")
    .option("--conversations <file>", "recorded conversations (JSON Lines) instead of simulated ones")
    .option("--skip-bad-lines", "go on after a line that is no conversation")
    .option("--speed <factor>", "virtual seconds per second, or max", speed, 1)
    .option("--interval <seconds>", "mean virtual seconds between two conversations", positive, 20)
    .addOption(
      new Option("--landmarks <list>", "ask after so many messages of a conversation, or so many seconds: 4,8,60s")
        .argParser(landmarks)
        .default([4, 8]),
    )
    .option("--landmarks.of <source=list>", "the same for one source; may be given again", landmarksBySource)
    .option("--horizon-seconds <seconds>", "a conversion later than this is none", positive, 1_800)
    .option("--rounds <number>", "end after so many settled questions", whole(1))
    .option("--neuron.sample_size <number>", "miners asked per question, 0 = all", whole(0), 0)
    .option("--neuron.timeout <seconds>", "deadline of an answer", positive, 12)
    .addOption(option.wires("formats asked in, the preferred one first", { axonSince: "6" }))
    .option("--neuron.epoch_length <blocks>", "blocks between two settings of weights", whole(1), 100)
    .option("--neuron.moving_average_alpha <share>", "weight of the newest score", share, 0.05)
    .option("--neuron.disable_set_weights", "only look")
    .addOption(
      new Option("--neuron.originality <treatment>", "hotkeys that answer as one share one reward, or are only shown")
        .choices(["split", "report"])
        .default("split"),
    )
    .option("--neuron.burn_share <share>", "part of the weights that goes to --neuron.burn_uid (default: none)", share)
    .option("--neuron.burn_uid <uid>", "uid whose emission is burned: the subnet owner's", whole(0), 0)
    .option(
      "--neuron.vpermit_tao_limit <tao>",
      "more stake than this, with a permit, is another validator",
      whole(0),
      4_096,
    )
    .addOption(option.scoring())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "validator run --netuid 1 --subtensor.network local --wallet.name validator --wallet.hotkey default --speed 20",
      ),
    )
    .action(async (flags: Flags, command: Command) => (await import("./validator.ts")).runValidator(flags, command));
  explainCommands(program);
  historyCommands(program);
  keysCommands(program);
  ingestCommands(program);

  opsCommands(program, { miner: minerRun, validator: validatorRun });

  program.commandsGroup("Keys and chain:");
  walletCommands(program);
  chainCommands(program);
  localnetCommands(program);

  program.commandsGroup("Set up:");
  configCommands(program);
  completionCommands(program);
  return configured(program);
}
