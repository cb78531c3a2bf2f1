import { type OriginalityTreatment, rescore, scoringMode } from "../scoring/index.ts";
import { ownModes } from "./explain.ts";
import type { Flags } from "./flags.ts";
import { withHistory } from "./history-anywhere.ts";
import { columns } from "./table.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";

const treatmentOf = (flags: Flags): OriginalityTreatment => (flags.originality === "report" ? "report" : "split");
const momentOf = (value: unknown) => (typeof value === "number" ? value : undefined);
const digits = (value: number | null) => value?.toFixed(4) ?? "-";

/** `conversion-subnet rescore` */
export async function runRescore(flags: Flags): Promise<void> {
  const own = await ownModes(flags);
  const mode = typeof flags.scoring === "string" ? scoringMode(flags.scoring, { own }) : null;
  const query = { fromMs: momentOf(flags.from), toMs: momentOf(flags.to) };
  const bar = createProgress("Rescoring");
  const result = await untilSignal((signal) =>
    withHistory(flags, "read", async ({ history }) => {
      const { questions } = await history.info();
      const { fromMs, toMs } = query;
      return rescore(
        history.records(query),
        {
          ...{ mode, own, originality: treatmentOf(flags) },
          // How many lie in a part of it is not known before they are read.
          count: fromMs === undefined && toMs === undefined ? questions : null,
        },
        { signal, onProgress: (done, share) => bar.update(share ?? 0, `${done} questions`) },
      );
    }),
  );
  bar.done(`${result.settled} questions`);
  if (flags.json === true) {
    const miners = result.miners.map(({ standing: _, ...miner }) => miner);
    return printJson({ mode: mode === null ? null : { name: mode.name, version: mode.version }, ...result, miners });
  }
  const name = mode === null ? "each question's own mode" : `${mode.name}, version ${mode.version}`;
  print(`${result.settled} settled, ${result.void} void, scored in ${name}`);
  const rows = result.miners.map((miner, i) => [
    ...[String(i + 1), miner.hotkey, `${miner.answered}/${miner.asked}`, digits(miner.score), digits(miner.pay)],
    `${(100 * miner.share).toFixed(1)}%`,
  ]);
  const table = [["#", "hotkey", "answered", "score", "pay", "share"], ...rows];
  for (const line of columns(table, { right: [0, 2, 3, 4, 5] })) print(line);
  for (const { hotkeys } of result.clusters) print(`one         ${hotkeys.join(", ")} answer as one`);
  if (result.compared > 0)
    print(`compared    ${result.compared} stored scores, ${result.differing} come out differently`);
  if (result.unknownMode > 0) print(`left out    ${result.unknownMode} questions of modes that are not known here`);
}
