import type { Jobs } from "../jobs/index.ts";
import {
  crossValidate,
  type Dataset,
  type Evaluation,
  type FitSwitches,
  MEASURES,
  type ModelKind,
  type Report,
  reportForecasts,
  reportLines,
} from "../learning/index.ts";
import { readSwitches, switchesOf } from "./fit-options.ts";
import type { Flags } from "./flags.ts";
import { withJobs } from "./jobs.ts";
import { checkReportPath, oddities, readRows, warn, writeReport } from "./rows-of.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";
import { assertWritable } from "./writable.ts";

const COMPARED: readonly ModelKind[] = ["baseline", "logistic", "network", "trees", "ensemble"];
const SHOWN = ["logLoss", "brier", "auc", "timeMaeSeconds"];

type Tested = Report & { readonly folds: readonly Evaluation[] };

async function backtestOne(
  rows: Dataset,
  switches: FitSwitches,
  flags: Flags,
  { jobs, signal }: { jobs: Jobs; signal: AbortSignal },
): Promise<Tested> {
  const seed = Number(flags.seed);
  const by = flags.by === "time" ? "time" : "group";
  const name = switches.kind ?? "auto";
  const bar = createProgress(`Backtesting ${name}`);
  let note = "";
  const { dataset, forecasts, folds } = await crossValidate(rows, switches, {
    folds: Number(flags.folds),
    ...{ seed, by, jobs, signal },
    onFold: (done, count) => {
      note = `fold ${done}/${count}`;
    },
    onProgress: (share) => bar.update(share, note),
  });
  bar.done();
  const title = `Backtest of ${name}: ${folds.length} rounds by ${by === "time" ? "time" : "conversation"}`;
  return { ...reportForecasts(dataset, forecasts, { title, seed }), folds };
}

/** A Markdown table: a kind a line, each figure with its 95 % interval. */
function comparison(reports: readonly (readonly [kind: string, report: Report])[]): string[] {
  const measures = MEASURES.filter(({ name }) => SHOWN.includes(name));
  const lines = reports.map(([kind, { slices }]) => {
    const cells = measures.map(({ name, unit }) => {
      const { model, low, high } = slices[0].figures[name];
      const digits = unit === "s" ? 1 : name === "auc" ? 3 : 4;
      const text = (value: number | null) => value?.toFixed(digits) ?? "-";
      return model === null ? "-" : `${text(model)} (${text(low)} to ${text(high)})`;
    });
    return `| ${[kind, ...cells].join(" | ")} |`;
  });
  return [
    `| model | ${measures.map(({ label, unit }) => (unit === "" ? label : `${label} (${unit})`)).join(" | ")} |`,
    `|---|${measures.map(() => "---|").join("")}`,
    ...lines,
  ];
}

/** `conversion-subnet backtest` */
export async function runBacktest(data: string, flags: Flags): Promise<void> {
  const reportPath = checkReportPath(flags);
  if (reportPath !== null) await assertWritable(reportPath);
  const switches = switchesOf(flags, await readSwitches(flags));
  const run = async (jobs: Jobs, signal: AbortSignal) => {
    const { dataset, warnings: read } = await readRows(data, flags, signal);
    const warnings = await oddities(dataset, read, Number(flags.seed));
    warn(warnings);
    if (flags.compare === true) {
      const reports: [ModelKind, Tested][] = [];
      for (const kind of COMPARED) {
        reports.push([kind, await backtestOne(dataset, { ...switches, kind }, flags, { jobs, signal })]);
      }
      if (flags.json === true) printJson({ warnings, kinds: Object.fromEntries(reports) });
      else for (const line of comparison(reports)) print(line);
      return;
    }
    const report = { ...(await backtestOne(dataset, switches, flags, { jobs, signal })), warnings };
    await writeReport(reportPath, report);
    if (flags.json === true) printJson(report);
    else for (const line of [report.title, ...reportLines(report)]) print(line);
  };
  await untilSignal((signal) => withJobs(flags, (jobs) => run(jobs, signal)));
}
