import { extname } from "node:path";
import { UserError } from "../core/index.ts";
import {
  type Dataset,
  describeModel,
  type Evaluation,
  evaluate,
  fit,
  type Model,
  type Promotion,
  profileOf,
  profilePath,
  readModelFile,
  shareLearned,
  shouldPromote,
  splitByTime,
  writeModelFile,
  writeProfileFile,
} from "../learning/index.ts";
import { fileHash, promoteModel, readFeedbackFiles, rollbackModel, type StoredFeedback } from "../miner/index.ts";
import { readSwitches, switchesOf } from "./fit-options.ts";
import type { Flags } from "./flags.ts";
import { joinRows, rowsOfFeedback, type ValidatorWord, wordsOf } from "./retrain-rows.ts";
import { readRows, warn } from "./rows-of.ts";
import { columns } from "./table.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

const companions = { companionOf: profilePath };
const short = (hash: string) => hash.slice(0, 16);
const number = (value: number | null) => (value === null ? "-" : value.toFixed(4));

function textFlag(flags: Flags, name: string): string {
  const value = flags[name];
  if (typeof value === "string") return value;
  throw new UserError(`retrain needs --${name}.`, { hint: "npx conversion-subnet retrain --help shows an example." });
}

/** `--rollback` */
async function rollBack(path: string, flags: Flags): Promise<void> {
  const { number: version, hash } = await rollbackModel(path, companions);
  const { text } = describeModel(await readModelFile(path));
  if (flags.json === true) printJson({ file: path, version, hash, model: text });
  else print(`${path}: version ${version} is back (SHA-256 ${short(hash)}): ${text}`);
}

/** What is learned from: only whom the flags name, and only what agrees with itself. */
function believed(all: readonly StoredFeedback[], flags: Flags): StoredFeedback[] {
  const from = flags["feedback.from"];
  return all.filter(({ validator, holds }) => holds !== false && (!Array.isArray(from) || from.includes(validator)));
}

function sidesOf(all: readonly StoredFeedback[], flags: Flags): { train: Dataset; test: Dataset } {
  const rows = rowsOfFeedback(all);
  if (new Set(rows.groups).size < 2) {
    throw new UserError(`There are ${rows.rows} messages of feedback to learn from and to judge on: too few.`, {
      hint: "Let the miner run with --feedback.accept for longer, or name more validators.",
    });
  }
  return splitByTime(rows, { testShare: Number(flags.laterShare) });
}

async function fitWithBar(rows: Dataset, flags: Flags, signal: AbortSignal): Promise<Model> {
  const bar = createProgress("Training");
  const switches = switchesOf(flags, await readSwitches(flags));
  const { model, history } = await fit(rows, { ...switches, signal, onProgress: (share) => bar.update(share) });
  bar.done();
  // What was cut short is no candidate: it would be judged for what it is not.
  if (history.aborted) signal.throwIfAborted();
  return model;
}

interface Outcome {
  readonly candidate: string;
  readonly model: string;
  readonly rows: { readonly data: number; readonly feedback: number; readonly later: number };
  readonly current: Evaluation;
  readonly new: Evaluation;
  readonly promotion: Promotion;
  readonly promoted: boolean;
  /** SHA-256 of what stands in the place of the model now; null = nothing was changed. */
  readonly hash: string | null;
  readonly validators: readonly ValidatorWord[];
  readonly warnings: readonly string[];
}

function tell({ candidate, model, rows, current, new: fresh, promotion, hash, validators }: Outcome, promote: boolean) {
  const measures = ["auc", "brier", "logLoss", "timeMaeSeconds"] as const;
  print(
    `Learned from ${rows.data} rows of data and ${rows.feedback} of feedback; judged on the ${rows.later} that came last:`,
  );
  const table = measures.map((name) => [name, number(current[name]), number(fresh[name])]);
  for (const line of columns([["", "current", "candidate"], ...table], { right: [1, 2] })) print(line);
  print("");
  const words = validators.map(({ validator, rows: said, converted, brier, disputed }) => [
    ...[validator, String(said), (converted / said).toFixed(3), number(brier), String(disputed)],
  ]);
  const head = ["validator", "rows", "converted", "Brier of the answers", "disputed"];
  for (const line of columns([head, ...words], { right: [1, 2, 3, 4] })) print(line);
  print("");
  print(promotion.reason);
  if (hash !== null)
    print(`Promoted: ${model} is now ${candidate} (SHA-256 ${short(hash)}). Back: retrain --rollback --model ${model}`);
  else if (promotion.promote && !promote)
    print(`${candidate} would be promoted; --promote puts it in the place of ${model}.`);
  else print(`Not promoted: ${model} stays as it is; the candidate is ${candidate}.`);
}

/** `conversion-subnet retrain` */
export async function runRetrain(flags: Flags): Promise<void> {
  const path = textFlag(flags, "model");
  if (extname(path) !== ".safetensors") {
    throw new UserError(`--model ${path} must end in .safetensors.`, {
      hint: "An ONNX graph is trained where it was made.",
    });
  }
  if (flags.rollback === true) return rollBack(path, flags);
  const feedbackPath = textFlag(flags, "feedback");
  const out = textFlag(flags, "out").replace(/(\.safetensors)?$/, ".safetensors");
  if (out === path)
    throw new UserError("--out and --model are the same file.", { hint: "Give the candidate a name of its own." });
  const incumbent = await readModelFile(path);
  await assertWritable(out);
  await untilSignal(async (signal) => {
    const { all, skipped } = await readFeedbackFiles(feedbackPath);
    const chosen = believed(all, flags);
    const validators = wordsOf(all);
    const { train: earlier, test: later } = sidesOf(chosen, flags);
    const read = typeof flags.data === "string" ? await readRows(flags.data, flags, signal) : null;
    const warnings = [...(read?.warnings ?? [])];
    if (skipped > 0) warnings.push(`${skipped} lines of ${feedbackPath} are no feedback and were passed over.`);
    const left = all.length - chosen.length;
    if (left > 0)
      warnings.push(
        `${left} of ${all.length} messages are not learned from: disputed, or of validators that are not named.`,
      );
    for (const { validator, odd } of validators) {
      if (odd)
        warnings.push(
          `By the word of ${validator} the same answers are worse than by the others', by more than noise: look at it, or leave it out with --feedback.from.`,
        );
    }
    const seen = Math.round(100 * shareLearned(incumbent, later));
    if (seen > 0)
      warnings.push(
        `About ${seen} % of what ${path} learned from is among the rows that it is judged on: it is flattered, and hard to beat.`,
      );
    warn(warnings);
    const rows = read === null ? earlier : joinRows(read.dataset, earlier);
    const model = await fitWithBar(rows, flags, signal);
    await writeModelFile(out, model);
    await writeProfileFile(profilePath(out), profileOf(rows), await fileHash(out));
    const scoring = typeof flags.scoring === "string" ? flags.scoring : undefined;
    const promotion = shouldPromote(model, incumbent, later, { scoring, seed: Number(flags.seed) });
    const hash =
      promotion.promote && flags.promote === true
        ? await promoteModel(out, path, { keep: Number(flags.keep), ...companions })
        : null;
    const outcome: Outcome = {
      ...{ candidate: out, model: path, promotion, promoted: hash !== null, hash, validators, warnings },
      rows: { data: read?.dataset.rows ?? 0, feedback: earlier.rows, later: later.rows },
      current: evaluate(incumbent, later),
      new: evaluate(model, later),
    };
    if (flags.json === true) printJson(outcome);
    else tell(outcome, flags.promote === true);
  });
}
