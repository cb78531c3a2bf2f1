import { type Command, Option } from "commander";
import { examples, type Flags, option, positive, share, sizes, whole } from "./flags.ts";

const DATA = ".csv or .parquet with the guide's columns, or .jsonl with conversations";
const MODEL = "model file of `train`";

/** How rows are read. */
const dataFlags = (command: Command) =>
  command
    .option("--landmarks <counts>", "cut conversations of a .jsonl after so many messages", sizes, [4, 8])
    .addOption(
      new Option("--engine <name>", "who reads a .csv: duckdb takes dirty ones too, and is installed apart")
        .choices(["own", "duckdb"])
        .default("own"),
    );

/** What is trained. The lists are those of the learning room, which `--help` does not load; a test holds them together. */
const modelFlags = (command: Command) =>
  command
    .addOption(
      new Option("--model-kind <kind>", "auto was measured to be best (docs/models.md)")
        .choices(["auto", "baseline", "logistic", "network", "trees", "ensemble"])
        .default("auto"),
    )
    .addOption(
      new Option("--calibration <kind>", "what makes probabilities honest")
        .choices(["none", "shrink", "temperature", "platt", "isotonic"])
        .default("shrink"),
    )
    .addOption(
      new Option("--time <kind>", "what says when").choices(["median", "regression", "hazard"]).default("regression"),
    )
    .addOption(
      new Option(
        "--scoring <mode>",
        "name the class that earns most under this mode (default: the likelier one)",
      ).choices(["seed-v1", "readme-v1", "proper-v1"]),
    )
    .option("--epochs <number>", "of networks, at most", whole(1), 20)
    .option("--batch-size <number>", "rows a step", whole(1), 64)
    .option("--learning-rate <number>", "of Adam", positive, 0.001)
    .option("--layers <sizes>", "hidden layers of networks", sizes, [64, 32]);

/** Commands that train, measure and look into models. */
export function learningCommands(program: Command): void {
  dataFlags(
    modelFlags(
      program
        .command("train")
        .description("train a model and say how it compares with the base rate")
        .argument("<data>", DATA)
        .requiredOption("--out <file>", "model file; .safetensors is added"),
    )
      .option("--test-share <share>", "held back for the report", share, 0.2)
      .addOption(
        new Option("--cv <folds>", "measure in so many folds, and learn from all rows")
          .argParser(whole(2))
          .conflicts(["testShare", "promote"]),
      )
      .option(
        "--promote <model>",
        "write the new model only if it is better than this one by more than noise, on later conversations",
      )
      .option("--report <file>", "a page with plots; ends in .html"),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "train train.csv --out model",
        "train chats.jsonl --out model --scoring seed-v1 --report report.html",
        "train chats.jsonl --out model --model-kind network --layers 128,64,32 --epochs 40",
        "train chats.jsonl --out new --promote model.safetensors",
      ),
    )
    .action(async (data: string, flags: Flags) => (await import("./train.ts")).runTrain(data, flags));
  dataFlags(
    program
      .command("evaluate")
      .description("measure a model on rows it has not seen, beside the base rate")
      .argument("<model>", MODEL)
      .argument("<data>", DATA)
      .option("--report <file>", "a page with plots; ends in .html"),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("evaluate model.safetensors test.csv", "evaluate model.safetensors chats.jsonl --report report.html"),
    )
    .action(async (model: string, data: string, flags: Flags) =>
      (await import("./evaluate.ts")).runEvaluate(model, data, flags),
    );
  dataFlags(
    modelFlags(
      program
        .command("backtest")
        .description("train on some conversations, measure on others, round by round")
        .argument("<data>", DATA)
        .addOption(
          new Option("--by <what>", "group: folds of whole conversations; time: earlier ones foretell later ones")
            .choices(["group", "time"])
            .default("group"),
        )
        .option("--folds <number>", "rounds; by time one less", whole(2), 5)
        .addOption(
          new Option("--compare", "every kind of model, as a Markdown table").conflicts(["modelKind", "report"]),
        )
        .option("--report <file>", "a page with plots; ends in .html"),
    ),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "backtest chats.jsonl",
        "backtest chats.jsonl --by time --model-kind trees --report backtest.html",
        "backtest chats.jsonl --compare",
      ),
    )
    .action(async (data: string, flags: Flags) => (await import("./backtest.ts")).runBacktest(data, flags));
  dataFlags(
    program
      .command("predict")
      .description("write a model's answer to every row, as CSV on stdout")
      .argument("<model>", MODEL)
      .argument("<data>", DATA),
  )
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("predict model.safetensors rows.csv", "predict model.safetensors chats.jsonl --json"),
    )
    .action(async (model: string, data: string, flags: Flags) =>
      (await import("./predict.ts")).runPredict(model, data, flags),
    );
  program
    .command("inspect")
    .description("say what is in a model file")
    .argument("<model>", MODEL)
    .addOption(option.json())
    .addHelpText("after", examples("inspect model.safetensors", "inspect model.safetensors --json"))
    .action(async (model: string, flags: Flags) => (await import("./inspect.ts")).runInspect(model, flags));
}
