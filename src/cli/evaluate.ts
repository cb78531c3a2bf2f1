import { systemClock } from "../core/index.ts";
import { measureLatency, readModelFile, reportLines, reportTask, shareLearned } from "../learning/index.ts";
import type { Flags } from "./flags.ts";
import { withJobs } from "./jobs.ts";
import { checkReportPath, readRows, warn, writeReport } from "./rows-of.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";

/** `conversion-subnet evaluate` */
export async function runEvaluate(file: string, data: string, flags: Flags): Promise<void> {
  const reportPath = checkReportPath(flags);
  const model = await readModelFile(file);
  await untilSignal(async (signal) => {
    const { dataset, warnings } = await readRows(data, flags, signal);
    const all = [...warnings];
    const seen = shareLearned(model, dataset);
    if (seen > 0) {
      const share = Math.max(1, Math.round(100 * seen));
      all.push(
        `About ${share} % of the conversations that the model learned from are among these rows: its figures flatter it.`,
      );
    }
    warn(all);
    const bar = createProgress("Measuring");
    const latency = measureLatency(model, dataset, systemClock);
    const title = `${file} on ${data}`;
    const facts = { title, seed: Number(flags.seed), warnings: all, latency };
    // On a thread of its own: an impatient Ctrl-C ends it in the middle.
    const [report] = await withJobs({ workers: 1 }, (jobs) =>
      jobs.run(reportTask, { model, dataset }, [facts], { signal }),
    );
    bar.done();
    await writeReport(reportPath, report);
    if (flags.json === true) printJson(report);
    else for (const line of [report.model?.text ?? "", ...reportLines(report)]) print(line);
  });
}
