import type { Command } from "commander";
import { examples, type Flags, hotkeys, option, share, whole } from "./flags.ts";
import { DATA, dataFlags, MODEL, modelFlags, withGiven } from "./model-flags.ts";

/** What `miner run` does with feedback and with its model's file. */
export const minerLearningFlags = (command: Command) =>
  command
    .option("--no-model.watch", "serve the model as it is now, whatever takes its file's place")
    .option("--feedback.accept <folder>", "take what validators tell of answers, and keep it there for retrain")
    .option("--feedback.max_mb <number>", "of one validator; the older half goes when it is full", whole(1), 64);

/** What `validator run` tells miners. */
export const feedbackFlags = (command: Command) =>
  command.option("--feedback.send", "tell every miner, after scoring, what became of its own answers");

/** What a miner does between two trainings. */
export function retrainCommands(program: Command): void {
  dataFlags(
    modelFlags(
      program
        .command("retrain")
        .description("learn from feedback, judge the candidate on the latest of it, put it in place or go back")
        .requiredOption("--model <file>", "what is served now; ends in .safetensors")
        .option("--feedback <path>", "folder of miner run --feedback.accept, or a file of it")
        .option("--feedback.from <hotkeys>", "believe these validators only (default: all)", hotkeys)
        .option("--data <file>", `learn from these too, as if they came before: ${DATA}`)
        .option("--out <file>", "the candidate; .safetensors is added")
        .option("--later-share <share>", "the latest part of the feedback, on which both are judged", share, 0.25)
        .option("--promote", "put the candidate in the place of --model if it is better by more than noise")
        .option("--keep <number>", "versions kept beside --model", whole(1), 5)
        .option("--rollback", "put the version before back in the place of --model, and nothing else"),
    ),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "retrain --model model.safetensors --data train.csv --feedback feedback --out candidate",
        "retrain --model model.safetensors --data train.csv --feedback feedback --out candidate --promote",
        "retrain --model model.safetensors --rollback",
      ),
    )
    .action(async (flags: Flags, command: Command) =>
      (await import("./retrain.ts")).runRetrain(withGiven(flags, command)),
    );
  dataFlags(
    program
      .command("drift")
      .description("say how far questions have moved from the training, and what may be expected of a model on them")
      .argument("<model>", MODEL)
      .option("--data <file>", `what it was trained on, where no profile stands beside it: ${DATA}`)
      .option("--write", "write the profile of --data beside the model, for miner run and later calls")
      .option("--feedback <path>", "look at the questions in a miner's feedback, and at what came true")
      .option("--served <file>", "look at these rows instead; what came true may be blank"),
  )
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "drift model.safetensors --data train.csv --write",
        "drift model.safetensors --feedback feedback",
        "drift model.safetensors --data train.csv --served rows.csv --json",
      ),
    )
    .action(async (model: string, flags: Flags, command: Command) =>
      (await import("./drift.ts")).runDrift(model, withGiven(flags, command)),
    );
}
