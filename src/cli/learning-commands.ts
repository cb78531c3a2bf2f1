import { type Command, Option } from "commander";
import { examples, type Flags, option, whole } from "./flags.ts";
import {
  DATA,
  dataFlags,
  jobsFlags,
  MODEL,
  modelFlags,
  sweepFlags,
  trainFlags,
  withGiven,
  workersFlag,
} from "./model-flags.ts";

import { retrainCommands } from "./retrain-commands.ts";
import { workerCommand } from "./worker-commands.ts";

/** Commands that train, measure and look into models. */
export function learningCommands(program: Command): void {
  jobsFlags(
    dataFlags(
      modelFlags(
        trainFlags(
          program
            .command("train")
            .description("train a model and say how it compares with the base rate")
            .argument("<data>", DATA),
        ),
      ),
    ),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "train train.csv --out model",
        "train chats.jsonl --out model --scoring seed-v1 --report report.html",
        "train chats.jsonl --out model --model-kind network --layers 128,64,32 --epochs 40 --schedule cosine",
        "train chats.jsonl --out model --log auto --missing --class-weights balanced",
        "train chats.jsonl --out model --checkpoints checkpoints --resume",
        "train chats.jsonl --out new --promote model.safetensors",
      ),
    )
    .action(async (data: string, flags: Flags, command: Command) =>
      (await import("./train.ts")).runTrain(data, withGiven(flags, command)),
    );
  jobsFlags(
    dataFlags(
      modelFlags(
        sweepFlags(
          program
            .command("sweep")
            .description("search for better switches of `train`, on all cores, or on many machines")
            .argument("<data>", DATA),
        ),
      ),
    ),
  )
    .addHelpText(
      "after",
      examples(
        "sweep chats.jsonl --out best.json",
        "sweep chats.jsonl --out best.json --trials 60 --measure seed-v1 --workers 2",
        "sweep train.csv --out best.json --space space.json --strategy random --model-kind trees",
        "sweep chats.jsonl --out best.json --jobs.redis redis://127.0.0.1:6379",
      ),
    )
    .action(async (data: string, flags: Flags, command: Command) =>
      (await import("./sweep.ts")).runSweep(data, withGiven(flags, command)),
    );
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
    .action(async (model: string, data: string, flags: Flags, command: Command) =>
      (await import("./evaluate.ts")).runEvaluate(model, data, withGiven(flags, command)),
    );
  jobsFlags(
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
          .addOption(workersFlag())
          .option("--report <file>", "a page with plots; ends in .html"),
      ),
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
    .action(async (data: string, flags: Flags, command: Command) =>
      (await import("./backtest.ts")).runBacktest(data, withGiven(flags, command)),
    );
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
    .action(async (model: string, data: string, flags: Flags, command: Command) =>
      (await import("./predict.ts")).runPredict(model, data, withGiven(flags, command)),
    );
  program
    .command("inspect")
    .description("say what is in a model file, or in an ONNX graph")
    .argument("<model>", `${MODEL}, or an .onnx file`)
    .addOption(option.json())
    .addHelpText("after", examples("inspect model.safetensors", "inspect model.onnx --json"))
    .action(async (model: string, flags: Flags) => (await import("./inspect.ts")).runInspect(model, flags));
  workerCommand(program);
  retrainCommands(program);
}
