import { extname, join } from "node:path";
import { lockFile, systemClock, UserError } from "../core/index.ts";
import {
  type Checkpoints,
  createReport,
  crossValidate,
  type Dataset,
  datasetHash,
  describeModel,
  evaluate,
  type FitOptions,
  type FitSwitches,
  fileCheckpoints,
  fit,
  type History,
  type Model,
  measureLatency,
  type Promotion,
  profileOf,
  profilePath,
  type Report,
  readModelFile,
  reportForecasts,
  reportLines,
  shareLearned,
  shouldPromote,
  splitByTime,
  splitDataset,
  writeModelFile,
  writeProfileFile,
} from "../learning/index.ts";
import { fileHash } from "../miner/index.ts";
import { readSwitches, type SwitchesFile, switchesOf } from "./fit-options.ts";
import type { Flags } from "./flags.ts";
import { withJobs } from "./jobs.ts";
import { checkReportPath, oddities, readRows, warn, writeReport } from "./rows-of.ts";
import { createProgress, print, printAside, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

interface Trained {
  readonly model: Model;
  readonly history: History;
  readonly report: Report;
  readonly learned: Dataset;
  /** Rows that it has not learned from; all of them, out of fold, with `--cv`. */
  readonly test: Dataset | null;
  /** Whether those began after all that it has learned from. */
  readonly isLater: boolean;
}

function outOf(flags: Flags): string {
  const out = String(flags.out);
  if (!["", ".safetensors"].includes(extname(out))) {
    throw new UserError(`--out ${out} must end in .safetensors, or in nothing.`, { hint: "Try --out model" });
  }
  return extname(out) === "" ? `${out}.safetensors` : out;
}

/** How long putting the best so far together may take. */
const KEEPING_MS = 30_000;

/** Tells where it goes on. */
async function tellOfResuming(folder: string, { read }: Checkpoints): Promise<void> {
  const found = await read();
  if (found === null) return printAside(`There is nothing to go on from in ${folder}: starting.`);
  const parts = Object.keys(found.learned).length;
  const running = found.running ? `, a network is after epoch ${found.running.state.epoch}` : "";
  printAside(`Going on from ${folder}: parts of the model that are learned: ${parts}${running}.`);
}

/** Where the way is kept, if it is. */
async function keepingOf(flags: Flags): Promise<Pick<FitOptions, "checkpoints" | "resume" | "onBest">> {
  if (typeof flags.checkpoints !== "string") return {};
  const checkpoints = fileCheckpoints(flags.checkpoints);
  const best = join(flags.checkpoints, "best.safetensors");
  if (flags.resume === true) await tellOfResuming(flags.checkpoints, checkpoints);
  return { checkpoints, resume: flags.resume === true, onBest: (model) => writeModelFile(best, model) };
}

/** Trains on rows, with a bar that tells the epochs of networks. */
async function fitWithBar(rows: Dataset, switches: FitSwitches, flags: Flags, signal: AbortSignal) {
  // Two trainings in one folder would write over each other's way.
  const unlock = typeof flags.checkpoints === "string" ? await lockFile(join(flags.checkpoints, "last.json")) : null;
  try {
    return await fitKeeping(rows, switches, await keepingOf(flags), signal);
  } finally {
    await unlock?.();
  }
}

async function fitKeeping(rows: Dataset, switches: FitSwitches, keeping: Partial<FitOptions>, signal: AbortSignal) {
  const bar = createProgress("Training");
  let note = "";
  const { model, history } = await fit(rows, {
    ...{ ...switches, ...keeping, signal },
    onEpoch({ epoch, epochs, trainLoss, valLoss, rowsPerSecond }) {
      note = `epoch ${epoch}/${epochs}  loss ${trainLoss.toFixed(4)}  val ${valLoss.toFixed(4)}  ${Math.round(rowsPerSecond)} rows/s`;
    },
    onProgress: (share) => bar.update(share, note),
  });
  const why = history.aborted ? "interrupted: the best so far is kept" : history.stoppedEarly ? "stopped early" : "";
  const epochs = history.bestEpoch > 0 ? `best epoch ${history.bestEpoch}` : "";
  bar.done([epochs, why].filter((text) => text !== "").join(", "));
  return { model, history };
}

/** The rows that a sweep chose on are not those that are learned from: then some of those held back were among them. */
const CHOSEN_HERE =
  "The switches may have been chosen with rows that they are measured on here, which would flatter the figures. Give the data, --seed and --test-share of the sweep.";

/** Both sides, and whether the test side is later: what a new model is judged on before it replaces another. */
function sidesOf(dataset: Dataset, flags: Flags): { train: Dataset; test: Dataset; isLater: boolean } {
  const testShare = Number(flags.testShare);
  const known = dataset.startedAtMs?.every((at) => !Number.isNaN(at)) === true;
  if (typeof flags.promote === "string" && known) return { ...splitByTime(dataset, { testShare }), isLater: true };
  return { ...splitDataset(dataset, { testShare, seed: Number(flags.seed) }), isLater: false };
}

async function trainAndMeasure(
  dataset: Dataset,
  file: SwitchesFile | null,
  flags: Flags,
  {
    signal,
    warnings,
    keep,
  }: { signal: AbortSignal; warnings: string[]; keep: (model: Model, rows: Dataset) => Promise<void> },
): Promise<Trained> {
  const switches = switchesOf(flags, file);
  const warnOf = (...more: string[]) => {
    warnings.push(...more);
    warn(more);
  };
  const seed = Number(flags.seed);
  const title = `Training on ${dataset.rows} rows`;
  if (typeof flags.cv === "number") {
    const bar = createProgress("Cross-validating");
    if (file !== null && file.dataHash !== null) warnOf(CHOSEN_HERE);
    const options = { folds: flags.cv, seed, signal };
    let note = "";
    const found = await withJobs(flags, (jobs) =>
      crossValidate(dataset, switches, {
        ...{ ...options, jobs },
        onFold: (done, folds) => {
          note = `fold ${done}/${folds}`;
        },
        onProgress: (share) => bar.update(share, note),
      }),
    );
    bar.done();
    const { model, history } = await fitWithBar(dataset, switches, flags, signal);
    await keep(model, dataset);
    const latency = measureLatency(model, dataset, systemClock);
    const facts = { title, seed, warnings, history, latency, model: describeModel(model) };
    return {
      model,
      history,
      report: reportForecasts(found.dataset, found.forecasts, facts),
      learned: dataset,
      test: null,
      isLater: false,
    };
  }
  const { train, test, isLater } = sidesOf(dataset, flags);
  if (typeof flags.promote === "string" && !isLater) {
    warnOf(
      "Not every conversation has a beginning: the models are compared on conversations drawn at random, not on later ones.",
    );
  }
  if (file !== null && file.dataHash !== null && file.dataHash !== datasetHash(train)) warnOf(CHOSEN_HERE);
  if (typeof flags.promote === "string") {
    const share = Math.round(100 * shareLearned(await readModelFile(flags.promote), test));
    if (share > 0) {
      warnOf(
        `About ${share} % of the conversations that ${flags.promote} learned from are among those on which it is compared: it is flattered, and hardly to be beaten. Train both on the same earlier conversations.`,
      );
    }
  }
  const { model, history } = await fitWithBar(train, switches, flags, signal);
  if (typeof flags.promote !== "string") await keep(model, train);
  const latency = measureLatency(model, test, systemClock);
  const withImportance = typeof flags.report === "string" && !history.aborted;
  const facts = { title, seed, warnings, history, latency, withImportance };
  // Whoever interrupts wants to be gone soon.
  const report = createReport(model, test, { ...facts, ...(history.aborted && { resamples: 50 }) });
  return { model, history, report, learned: train, test, isLater };
}

async function judge(flags: Flags, { model, test, isLater }: Trained): Promise<Promotion | null> {
  if (typeof flags.promote !== "string" || test === null) return null;
  const scoring = typeof flags.scoring === "string" ? flags.scoring : undefined;
  const options = { scoring, seed: Number(flags.seed), what: isLater ? "later" : "other" };
  return shouldPromote(model, await readModelFile(flags.promote), test, options);
}

/** `conversion-subnet train` */
export async function runTrain(data: string, flags: Flags): Promise<void> {
  const out = outOf(flags);
  const reportPath = checkReportPath(flags);
  if (flags.resume === true && typeof flags.checkpoints !== "string") {
    throw new UserError("--resume needs --checkpoints.", { hint: "Name the folder of the training that was killed." });
  }
  if (typeof flags.promote === "string") await readModelFile(flags.promote);
  const file = await readSwitches(flags);
  await assertWritable(out, profilePath(out), ...(reportPath === null ? [] : [reportPath]));
  const run = async (signal: AbortSignal) => {
    const read = await readRows(data, flags, signal);
    const warnings = await oddities(read.dataset, read.warnings, Number(flags.seed));
    warn(warnings);
    const keep = async (model: Model, rows: Dataset) => {
      await writeModelFile(out, model);
      // What drift of its questions is measured against.
      await writeProfileFile(profilePath(out), profileOf(rows), await fileHash(out));
    };
    const trained = await trainAndMeasure(read.dataset, file, flags, { signal, warnings, keep });
    const { model, history, report, learned, test } = trained;
    const promotion = await judge(flags, trained);
    if (promotion?.promote === true) await keep(model, learned);
    await writeReport(reportPath, report);
    const summary = describeModel(model);
    if (flags.json === true) {
      const { bestEpoch, stoppedEarly, aborted } = history;
      const file = promotion === null || promotion.promote ? out : null;
      const figures = test === null ? null : evaluate(model, test);
      printJson({ file, model: summary, test: figures, report, promotion, bestEpoch, stoppedEarly, aborted });
      return;
    }
    if (promotion !== null) print(promotion.reason);
    print(promotion?.promote === false ? `Not promoted: ${out} was not written.` : `${out}: ${summary.text}`);
    if (history.aborted)
      print("Interrupted: this is the best so far; what was not learned yet says the median or is left out.");
    const [all] = report.slices;
    print(
      test === null
        ? `Out of fold on ${all.rows} rows, beside the base rate:`
        : `On ${all.rows} rows held back, beside the base rate:`,
    );
    for (const line of reportLines(report, { brief: true })) print(line);
  };
  await untilSignal(run, { closingMs: KEEPING_MS, keeping: "Stopping; the best so far is kept." });
}
