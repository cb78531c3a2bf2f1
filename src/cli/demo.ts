import { createLogRing, systemClock, teeLogger } from "../core/index.ts";
import { createDemo, DEMO_DEFAULTS, type DemoOptions, type DemoSummary, leaderboardLines } from "../demo/index.ts";
import { createDemoDashboard } from "./demo-dashboard.ts";
import type { Flags } from "./flags.ts";
import {
  aborted,
  columnsOf,
  createProgress,
  createScreen,
  loggerOf,
  type Progress,
  print,
  printJson,
  untilSignal,
} from "./terminal.ts";

const REDRAW_MS = 500;
/** Settled questions between two tables where there is no terminal. */
const LINES_EVERY = 50;
const ROUNDS_WITHOUT_TERMINAL = 200;

function optionsOf(flags: Flags, live: boolean): DemoOptions {
  const rounds = typeof flags.rounds === "number" ? flags.rounds : live ? null : ROUNDS_WITHOUT_TERMINAL;
  return {
    ...DEMO_DEFAULTS,
    conversations: typeof flags.conversations === "string" ? flags.conversations : null,
    skipBadLines: flags.skipBadLines === true,
    rounds,
    seed: Number(flags.seed),
    speed: flags.speed === "max" ? "max" : Number(flags.speed),
    scoring: String(flags.scoring),
  };
}

/** Why it ended, where that is not plain, and what the order above means. */
function closingWords({ rounds, scoring }: DemoOptions, { settled }: DemoSummary, signal: AbortSignal): string[] {
  const short = !signal.aborted && rounds !== null && settled < rounds;
  return [
    ...(short ? [`Ended before ${rounds} questions were settled: there are no more conversations.`] : []),
    ...(scoring === "proper-v1"
      ? []
      : [`${scoring} pays boldness, not honesty; --scoring proper-v1 pays honest forecasts.`]),
  ];
}

/** `conversion-subnet demo` */
export async function runDemo(flags: Flags): Promise<void> {
  const json = flags.json === true;
  const live = !json && process.stdout.isTTY === true;
  await untilSignal(async (signal) => {
    let training: { readonly model: number; readonly bar: Progress } | undefined;
    const options = optionsOf(flags, live);
    const ring = createLogRing({ level: "info" }, systemClock);
    const logger = teeLogger(loggerOf(flags, "warn"), ring.logger);
    // Whoever only wants the numbers wants no server.
    const shown = flags.admin !== false && (!json || typeof flags["admin.port"] === "number");
    const dashboard = shown ? createDemoDashboard(flags, { ring, logger, signal }) : null;
    const demo = createDemo(options, {
      clock: systemClock,
      logger,
      watch: dashboard?.watch,
      onConversations(learned, played, badLines) {
        if (played === null) return;
        const skipped = badLines > 0 ? `; ${badLines} bad lines were skipped` : "";
        process.stderr.write(
          `${learned + played} conversations: ${learned} to learn from, ${played} to be asked about${skipped}\n`,
        );
      },
      onTraining(model, models, share) {
        if (model !== training?.model) {
          training?.bar.done();
          training = { model, bar: createProgress(`Training model ${model} of ${models}`) };
        }
        training.bar.update(share);
      },
    });
    signal.addEventListener("abort", () => void demo.stop().catch(() => undefined), { once: true });
    try {
      await demo.start();
      training?.bar.done();
      const address = dashboard?.url ? [`Dashboard: ${dashboard.url}`] : [];
      if (!json)
        print([`1 validator, 8 miners, scoring ${options.scoring}. Ctrl-C ends it.`, ...address, ""].join("\n"));
      const screen = createScreen(process.stdout);
      let printed = 0;
      const timer = setInterval(() => {
        if (json) return;
        const summary = demo.summary();
        if (live) screen.draw([...leaderboardLines(summary, columnsOf(process.stdout)), ...address]);
        else if (summary.settled >= printed + LINES_EVERY) {
          printed = summary.settled;
          print(`${leaderboardLines(summary).join("\n")}\n`);
        }
      }, REDRAW_MS);
      try {
        await Promise.race([demo.finished, aborted(signal)]);
      } finally {
        clearInterval(timer);
      }
      const summary = demo.summary();
      if (json) printJson(summary);
      else if (live) screen.draw(leaderboardLines(summary, columnsOf(process.stdout)));
      else print(leaderboardLines(summary).join("\n"));
      if (!json) for (const line of closingWords(options, summary, signal)) print(line);
    } finally {
      await demo.stop();
      await dashboard?.close();
    }
  });
}
