import { extname } from "node:path";
import { UserError, writeFileAtomic } from "../core/index.ts";
import {
  DEFAULT_SPACE,
  datasetHash,
  MEASURES,
  parseSpace,
  type SearchSpace,
  type Sweep,
  splitDataset,
  sweep,
  type Trial,
} from "../learning/index.ts";
import { SCORING_MODES } from "../scoring/index.ts";
import { readJson, readSwitches, switchesOf } from "./fit-options.ts";
import type { Flags } from "./flags.ts";
import { isShared, withJobs } from "./jobs.ts";
import { oddities, readRows, warn } from "./rows-of.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

const SHOWN = 8;

function measureOf(flags: Flags): string {
  const name = String(flags.measure);
  return SCORING_MODES.some((mode) => mode === name) ? `reward ${name}` : name;
}

const short = (value: unknown): string =>
  typeof value === "number"
    ? String(Number(value.toPrecision(3)))
    : Array.isArray(value)
      ? value.join("-") || "none"
      : String(value);

/** Switches by their names in a search space. */
function flat(switches: object, prefix = ""): (readonly [name: string, value: unknown])[] {
  return Object.entries(switches).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flat(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}

/** What a trial chose: its switches less those that all trials have. */
function choiceText({ switches, id }: Trial, base: object): string {
  if (id === 0) return "as they were given";
  const same = new Map(flat(base).map(([name, value]) => [name, JSON.stringify(value)]));
  return flat(switches)
    .filter(([name, value]) => same.get(name) !== JSON.stringify(value))
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(", ");
}

function gainText({ id, gain, share, failure }: Trial): string {
  if (failure !== null) return failure;
  if (id === 0) return "what it began with";
  if (gain === null) return share === 0 ? "not measured" : `on ${Math.round(100 * share)} % of the conversations`;
  const word = gain.low > 0 ? "better by" : gain.high < 0 ? "worse by" : "not told apart:";
  const number = (value: number) => (gain.high < 0 ? -value : value).toFixed(4);
  const [low, high] = gain.high < 0 ? [gain.high, gain.low] : [gain.low, gain.high];
  return `${word} ${number(gain.value)} (${number(low)} to ${number(high)})`;
}

function lines({ trials, measure }: Sweep): string[] {
  const label = MEASURES.find(({ name }) => name === measure)?.label ?? measure;
  const base = trials.find(({ id }) => id === 0)?.switches ?? {};
  const shown = trials.filter((trial, i) => i < SHOWN || trial.id === 0);
  const rows = shown.map((trial) => [
    String(trial.id),
    trial.value === null ? "-" : trial.value.toFixed(4),
    gainText(trial),
    choiceText(trial, base),
  ]);
  const table = [["trial", label, "against the defaults", "switches"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function outOf(flags: Flags): string {
  const out = String(flags.out);
  if (extname(out) !== ".json") throw new UserError(`--out ${out} must end in .json.`, { hint: "Try --out best.json" });
  return out;
}

/** Which switch a flag is, where the names differ. */
const SWITCH_OF: Readonly<Record<string, string>> = {
  modelKind: "kind",
  layers: "layerSizes",
  log: "preparation.log",
  missing: "preparation.missing",
  clip: "preparation.clip",
};

/** What is searched when no space is given: all but what was typed, which stays as it is. */
function defaultSpace({ given }: Flags): SearchSpace {
  const fixed = Array.isArray(given) ? given.map((name) => SWITCH_OF[String(name)] ?? String(name)) : [];
  return Object.fromEntries(Object.entries(DEFAULT_SPACE).filter(([name]) => !fixed.includes(name)));
}

/** `conversion-subnet sweep` */
export async function runSweep(data: string, flags: Flags): Promise<void> {
  const out = outOf(flags);
  const file = await readSwitches(flags);
  const space = typeof flags.space === "string" ? parseSpace(await readJson(flags.space)) : defaultSpace(flags);
  const { seed, ...base } = switchesOf(flags, file);
  await assertWritable(out);
  const run = (signal: AbortSignal) =>
    withJobs(flags, async (jobs) => {
      const read = await readRows(data, flags, signal);
      warn(await oddities(read.dataset, read.warnings, Number(flags.seed)));
      const { train } = splitDataset(read.dataset, { testShare: Number(flags.testShare), seed: Number(flags.seed) });
      const measure = measureOf(flags);
      const dataHash = datasetHash(train);
      const told = new Map<number, Trial>();
      const bar = createProgress(
        `Sweeping ${flags.trials} trials on ${jobs.workers} threads${isShared(flags) ? " of workers" : ""}`,
      );
      let note = "";
      let writing = Promise.resolve();
      const found = await sweep(train, {
        ...{ space, base, measure, seed, jobs, signal },
        trials: Number(flags.trials),
        strategy: flags.strategy === "random" ? "random" : "halving",
        folds: Number(flags.folds),
        by: flags.by === "time" ? "time" : "group",
        onProgress: (share) => bar.update(share, note),
        onTrial(trial, best) {
          told.set(trial.id, trial);
          note = `best: trial ${best.id}, ${best.value?.toFixed(4) ?? "-"}`;
          // A long sweep that is killed leaves what it has found.
          const sofar = { measure, seed, dataHash, trials: [...told.values()], best: best.switches, aborted: true };
          // What cannot be written now is tried again at the end, and is said then.
          writing = writing.then(() => writeFileAtomic(out, `${JSON.stringify(sofar)}\n`)).catch(() => undefined);
        },
      });
      bar.done(note);
      await writing;
      if (flags.json !== true) for (const line of lines(found)) print(line);
      await writeFileAtomic(out, `${JSON.stringify(found)}\n`);
      if (flags.json === true) return printJson({ file: out, ...found });
      if (found.aborted) print("Interrupted: this is as far as it came.");
      print(
        `${out}: the switches of trial ${found.trials[0].id}. Train with them, and measure on rows that chose nothing:`,
      );
      const seeds = Number(flags.seed) === 7 ? "" : ` --seed ${flags.seed}`;
      print(`  npx conversion-subnet train ${data} --out model --switches ${out}${seeds}`);
    });
  await untilSignal(run, { keeping: "Stopping; what was found so far is kept." });
}
