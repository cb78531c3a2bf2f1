import { type Command, Option } from "commander";
import { examples, type Flags, option } from "./flags.ts";
import { CALIBRATION_KINDS, dataFlags, MODEL } from "./model-flags.ts";

/** Commands that bring models from and to other programs. */
export function exchangeCommands(program: Command): void {
  program
    .command("export")
    .description("write a model as an ONNX graph, for other programs to run")
    .argument("<model>", MODEL)
    .requiredOption("--out <file>", "ends in .onnx, or .onnx is added")
    .addOption(option.json())
    .addHelpText("after", examples("export model.safetensors --out model.onnx"))
    .action(async (model: string, flags: Flags) => (await import("./exchange.ts")).runExport(model, flags));
  dataFlags(
    program
      .command("import")
      .description("turn a PyTorch state_dict (.pt, .pth) into a model file; nothing of it is run")
      .argument("<file>", "what torch.save(model.state_dict(), file) wrote")
      .requiredOption("--out <file>", "model file; .safetensors is added")
      .addOption(
        new Option("--activation <kind>", "what stands between its Linear layers: the file does not tell")
          .choices(["relu", "leakyRelu", "gelu", "tanh"])
          .default("relu"),
      )
      .option("--data <file>", "rows that tell base rate and times: .csv, .parquet or .jsonl")
      .addOption(
        new Option("--calibration <kind>", "fitted on --data, which it should not have learned from")
          .choices(CALIBRATION_KINDS)
          .default("none"),
      ),
  )
    .addOption(option.seed())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "import my_model.pt --out model",
        "import my_model.pt --out model --activation gelu --data rows.csv --calibration platt",
      ),
    )
    .action(async (file: string, flags: Flags) => (await import("./exchange.ts")).runImport(file, flags));
}
