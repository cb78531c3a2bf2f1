import { type Command, InvalidArgumentError, Option } from "commander";
import { type Flags, option, positive, share, sizes, whole } from "./flags.ts";

/** What a data file may be. */
export const DATA = ".csv or .parquet with the guide's columns, or .jsonl with conversations";

export const MODEL = "model file of `train`";
/** Those of the learning room, which `--help` does not load; a test holds them together. */
export const CALIBRATION_KINDS: readonly string[] = ["none", "shrink", "temperature", "platt", "isotonic"];

/** How rows are read. */
export const dataFlags = (command: Command) =>
  command
    .option("--landmarks <counts>", "cut conversations of a .jsonl after so many messages, 4,8 by default", sizes)
    .addOption(
      new Option("--engine <name>", "who reads a .csv: duckdb takes dirty ones too, and is installed apart")
        .choices(["own", "duckdb"])
        .default("own"),
    );

const names = (text: string) => text.split(",").map((name) => name.trim());
const logs = (text: string) => (text === "auto" ? text : names(text));
const pairs = (text: string) =>
  names(text).map((pair) => {
    const parts = pair.split("*").map((name) => name.trim());
    if (parts.length === 2 && parts.every((name) => name !== "")) return parts;
    throw new InvalidArgumentError("It must be pairs of features: a*b,c*d.");
  });
const classWeights = (text: string) => {
  const numbers = text.split(",").map(Number);
  if (text === "balanced") return text;
  if (numbers.length === 2 && numbers.every((number) => number > 0 && Number.isFinite(number))) return numbers;
  throw new InvalidArgumentError('It must be "balanced", or two numbers above 0: those of class 0 and 1.');
};

/** How features become inputs. */
const preparationFlags = (command: Command) =>
  command
    .option("--log <features>", "take these as log(1 + x), or auto: those with a long tail", logs)
    .option("--missing", "a column for unknown of each feature that is known in some rows only")
    .option("--interactions <pairs>", "products of features as columns: a*b,c*d", pairs)
    .option("--clip <deviations>", "cut standardised numbers here", positive, 6);

/** How networks are trained. */
const networkFlags = (command: Command) =>
  command
    .option("--epochs <number>", "of networks, at most", whole(1), 20)
    .option("--batch-size <number>", "rows a step", whole(1), 64)
    .option("--learning-rate <number>", "of Adam", positive, 0.001)
    .addOption(
      new Option("--schedule <name>", "of the learning rate: cosine brings it down to 0")
        .choices(["constant", "cosine"])
        .default("constant"),
    )
    .option("--weight-decay <number>", "of networks (default: 2000 / rows, at most 1)", positive)
    .option("--clip-norm <number>", "scale larger gradients down to this norm (default: none)", positive)
    .option("--patience <epochs>", "stop after so many without a better validation loss", whole(1), 5)
    .option("--layers <sizes>", "hidden layers of networks, 64,32 by default", sizes)
    .option("--deterministic", "the same bytes on every processor and Node, more slowly on Node 22 and later");

/** What is trained. The lists are those of the learning room, which `--help` does not load; a test holds them together. */
export const modelFlags = (command: Command) =>
  networkFlags(
    preparationFlags(
      command
        .addOption(
          new Option("--model-kind <kind>", "auto was measured to be best (docs/models.md)")
            .choices(["auto", "baseline", "logistic", "network", "trees", "ensemble"])
            .default("auto"),
        )
        .addOption(
          new Option("--calibration <kind>", "what makes probabilities honest")
            .choices(CALIBRATION_KINDS)
            .default("shrink"),
        )
        .addOption(
          new Option("--time <kind>", "what says when")
            .choices(["median", "regression", "hazard"])
            .default("regression"),
        )
        .addOption(
          new Option(
            "--scoring <mode>",
            "name the class that earns most under this mode (default: the likelier one)",
          ).choices(["seed-v1", "readme-v1", "proper-v1"]),
        )
        .option("--class-weights <weights>", "balanced, or those of class 0 and 1: 1,5 (default: alike)", classWeights),
    ),
  ).option("--switches <file>", "switches as JSON, as `sweep` writes them; flags that are given go before");

/** How many threads. */
export const workersFlag = () =>
  new Option("--workers <number>", "threads that learn at once (default: as many as there are cores)").argParser(
    whole(1),
  );

/** Who else may do the pieces. */
export const jobsFlags = (command: Command) =>
  command
    .option("--jobs.redis <url>", "Redis of the `worker` processes that do the pieces (default: threads here)")
    .option("--jobs.data <folder>", "folder that they see too, for the data (default: they fetch it from here)")
    .option("--jobs.listen <address>", "where they fetch it: address[:port] of this machine", "127.0.0.1");

/** What `train` writes, and where it goes on. */
export const trainFlags = (command: Command) =>
  command
    .requiredOption("--out <file>", "model file; .safetensors is added")
    .option("--checkpoints <folder>", "keep the best network, the way so far and its plot there, for --resume")
    .option("--resume", "go on from --checkpoints after a kill, to the same model as without it")
    .option("--test-share <share>", "held back for the report", share, 0.2)
    .addOption(
      new Option("--cv <folds>", "measure in so many folds, and learn from all rows")
        .argParser(whole(2))
        .conflicts(["testShare", "promote"]),
    )
    .addOption(workersFlag())
    .option(
      "--promote <model>",
      "write the new model only if it is better than this one by more than noise, on later conversations",
    )
    .option("--report <file>", "a page with plots; ends in .html");

/** What `sweep` searches, and how. */
export const sweepFlags = (command: Command) =>
  command
    .requiredOption("--out <file>", "trials and the best switches; ends in .json")
    .option("--trials <number>", "choices that are tried, the defaults among them", whole(1), 24)
    .addOption(
      new Option("--strategy <name>", "halving: all on few conversations, the best third on three times as many")
        .choices(["halving", "random"])
        .default("halving"),
    )
    .option("--space <file>", "what is searched, as JSON (default: kinds and their switches)")
    .option("--measure <name>", "what is best: logLoss, brier, auc, timeMaeSeconds, or a reward: seed-v1", "logLoss")
    .option("--folds <number>", "a trial is measured in so many", whole(2), 3)
    .addOption(
      new Option("--by <what>", "group: folds of whole conversations; time: earlier ones foretell later ones")
        .choices(["group", "time"])
        .default("group"),
    )
    .option("--test-share <share>", "held back, for `train` to measure on", share, 0.2)
    .addOption(workersFlag())
    .addOption(option.seed())
    .addOption(option.json());

/** The flags, and which of them were typed. */
export const withGiven = (flags: Flags, command: Command): Flags => ({
  ...flags,
  given: Object.keys(flags).filter((name) => command.getOptionValueSource(name) === "cli"),
});
