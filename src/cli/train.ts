import { basename, dirname, extname } from "node:path";
import { UserError } from "../core/index.ts";
import {
  BinaryClassificationMiner,
  describeModel,
  evaluate,
  loadData,
  saveModel,
  toDataset,
  trainModel,
} from "../learning/index.ts";
import { readTranscripts } from "../sources/index.ts";
import type { Flags } from "./flags.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";

const number = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));

/** `conversion-subnet train` */
export async function runTrain(data: string, flags: Flags): Promise<void> {
  const out = String(flags.out);
  if (!["", ".safetensors"].includes(extname(out))) {
    throw new UserError(`--out ${out} must end in .safetensors, or in nothing.`, { hint: "Try --out model" });
  }
  const seed = Number(flags.seed);
  const epochs = Number(flags.epochs);
  await untilSignal(async (signal) => {
    const loaded = await loadData(data, {
      testShare: Number(flags.testShare),
      seed,
      engine: flags.engine === "duckdb" ? "duckdb" : "own",
      transcripts: (path) => readTranscripts(path, { signal }),
    });
    for (const warning of loaded.warnings) process.stderr.write(`${warning}\n`);
    const { XTrain, yTrain, XTest, yTest } = loaded;
    const layerSizes = Array.isArray(flags.layers) ? flags.layers.map(Number) : [];
    const miner = new BinaryClassificationMiner({ layerSizes });
    const bar = createProgress("Training");
    let note = "";
    let rowsPerSecond = 0;
    const history = await trainModel({
      miner,
      XTrain,
      yTrain,
      epochs,
      batchSize: Number(flags.batchSize),
      learningRate: Number(flags.learningRate),
      seed,
      signal,
      onEpoch(report) {
        rowsPerSecond = report.rowsPerSecond;
        note = `epoch ${report.epoch}/${epochs}  loss ${report.trainLoss.toFixed(4)}  val ${report.valLoss.toFixed(4)}  ${Math.round(rowsPerSecond)} rows/s`;
      },
      onProgress: (share) => bar.update(share, note),
    });
    const why = history.aborted ? "interrupted: the best so far is kept" : history.stoppedEarly ? "stopped early" : "";
    bar.done(`best epoch ${history.bestEpoch}${why && `, ${why}`}`);
    const model = miner.model;
    if (model === null)
      throw new UserError("Training ended before there was a model.", { hint: "Let the first epoch finish." });
    const file = await saveModel(miner, dirname(out), basename(out));
    const report = evaluate(model, toDataset(XTest, yTest));
    const summary = describeModel(model);
    if (flags.json === true) {
      printJson({
        file,
        model: summary,
        test: report,
        bestEpoch: history.bestEpoch,
        stoppedEarly: history.stoppedEarly,
        aborted: history.aborted,
      });
      return;
    }
    print(`${file}: ${summary.text}`);
    print(`On ${report.rows} rows held back, beside the base rate:`);
    print(`  Brier     ${number(report.brier, 4)}   base rate ${number(report.baseRateBrier, 4)}`);
    print(`  AUC       ${number(report.auc, 3)}`);
    print(`  time MAE  ${number(report.timeMaeSeconds, 1)} s   median ${number(report.baselineTimeMaeSeconds, 1)} s`);
  });
}
