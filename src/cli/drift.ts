import { UserError } from "../core/index.ts";
import {
  createFeatureWatch,
  createPerformanceWatch,
  createPredictor,
  type Dataset,
  type DriftLevel,
  type FeatureWatchReport,
  type Model,
  type PerformanceReport,
  type Profile,
  PSI_LEVELS,
  profileOf,
  profilePath,
  readModelFile,
  readProfileFile,
  writeProfileFile,
} from "../learning/index.ts";
import { fileHash, readFeedbackFiles } from "../miner/index.ts";
import { DEFAULT_HORIZON_SECONDS, fromVector, type Question, type Truth } from "../schema.ts";
import type { Flags } from "./flags.ts";
import { readRows, warn } from "./rows-of.ts";
import { columns } from "./table.ts";
import { print, printJson, untilSignal } from "./terminal.ts";

const INPUTS = 40;
const SHOWN = 10;

/** What was asked, and what came of it where that is known. */
interface Served {
  readonly question: Question;
  readonly truth: Truth | null;
}

function servedOf({ rows, X }: Dataset): Served[] {
  return Array.from({ length: rows }, (_, row) => ({
    question: {
      sessionId: String(row),
      features: fromVector(X.subarray(row * INPUTS, (row + 1) * INPUTS)),
      landmark: null,
      horizonSeconds: DEFAULT_HORIZON_SECONDS,
    },
    truth: null,
  }));
}

async function readServed(flags: Flags, signal: AbortSignal): Promise<Served[] | null> {
  if (typeof flags.feedback === "string") return (await readFeedbackFiles(flags.feedback)).all;
  if (typeof flags.served !== "string") return null;
  const { dataset, warnings } = await readRows(flags.served, flags, signal, { labels: false });
  warn(warnings);
  return servedOf(dataset);
}

/** The profile of a model's training rows: of the rows that are given, else what stands beside the model. */
async function profileFor(path: string, hash: string, flags: Flags, signal: AbortSignal): Promise<Profile> {
  if (typeof flags.data === "string") {
    const { dataset, warnings } = await readRows(flags.data, flags, signal, { labels: false });
    warn(warnings);
    return profileOf(dataset);
  }
  const beside = profilePath(path);
  const found = await readProfileFile(beside);
  if (found?.modelHash === hash) return found.profile;
  const reason = found === null ? `There is no ${beside}` : `${beside} belongs to another model`;
  throw new UserError(`${reason}: it is not known what ${path} was trained on.`, {
    hint: "Give the rows that it was trained on: --data train.csv; with --write they are summed up beside it.",
  });
}

function watchOver(model: Model, profile: Profile, served: readonly Served[]) {
  const features = createFeatureWatch({ profile, window: 2 * served.length + 2 });
  const performance = createPerformanceWatch({ window: 2 * served.length + 2 });
  const predict = createPredictor(model);
  const answers = served.map(({ question }) => predict(question));
  // All answers before any outcome: what could have been expected without them.
  for (const [i, { confidence, conversionHappened: named }] of answers.entries()) {
    features.question(served[i].question.features);
    performance.answered(confidence ?? 0.5, named);
  }
  for (const [i, { confidence, conversionHappened: named }] of answers.entries()) {
    const { truth } = served[i];
    if (truth !== null) performance.settled(confidence ?? 0.5, named, truth.converted);
  }
  return { features: features.report(), performance: performance.report() };
}

const cell = (value: number | null, digits = 4) => (value === null ? "-" : value.toFixed(digits));

function tell(path: string, features: FeatureWatchReport, performance: PerformanceReport): void {
  const { estimated, realised, assumption } = performance;
  print(`${path}: ${features.rows} questions against ${features.expectedRows} training rows`);
  const count = (level: DriftLevel) => features.features.filter((one) => one.level === level).length;
  print(
    `${count("large")} features have moved far (PSI from ${PSI_LEVELS.large} on), ${count("moderate")} a little (from ${PSI_LEVELS.moderate} on), ${count("stable")} not.`,
  );
  const rows = features.features
    .slice(0, SHOWN)
    .map(({ feature, psi, noise, level, unknownBefore, unknownNow }) => [
      ...[feature, cell(psi, 3), cell(noise, 3), level, cell(unknownBefore, 3), cell(unknownNow, 3)],
    ]);
  const head = ["feature", "PSI", "by chance", "level", "unknown then", "now"];
  for (const line of columns([head, ...rows], { right: [1, 2, 4, 5] })) print(line);
  print("");
  const figures = [
    ["AUC", cell(estimated.auc), "", "-"],
    ["Brier", cell(estimated.brier), cell(estimated.brierError), cell(realised.brier)],
    ["converted", cell(estimated.rate), "", cell(realised.rate)],
    ["accuracy", cell(estimated.accuracy), cell(estimated.accuracyError), cell(realised.accuracy)],
  ];
  const came = `came true (${realised.rows})`;
  for (const line of columns([["", "estimated", "+-", came], ...figures], { right: [1, 2, 3] })) print(line);
  print(assumption);
}

/** `conversion-subnet drift` */
export async function runDrift(path: string, flags: Flags): Promise<void> {
  const model = await readModelFile(path);
  const hash = await fileHash(path);
  await untilSignal(async (signal) => {
    if (flags.write === true && typeof flags.data !== "string")
      throw new UserError("--write needs --data.", { hint: "Give the rows that the model was trained on." });
    const served = await readServed(flags, signal);
    if (served === null && flags.write !== true)
      throw new UserError("There is nothing to look at.", { hint: "Give --feedback FOLDER or --served rows.csv." });
    const profile = await profileFor(path, hash, flags, signal);
    const beside = profilePath(path);
    if (flags.write === true) await writeProfileFile(beside, profile, hash);
    const written = flags.write === true ? beside : null;
    if (served === null) {
      if (flags.json === true) printJson({ model: path, profile: written, rows: profile.rows });
      else print(`${beside}: the spread of 40 features over ${profile.rows} rows`);
      return;
    }
    if (served.length === 0) throw new UserError("There are no questions to look at.");
    const { features, performance } = watchOver(model, profile, served);
    if (flags.json === true) printJson({ model: path, profile: written, ...features, performance });
    else tell(path, features, performance);
  });
}
