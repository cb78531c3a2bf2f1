import { resolve } from "node:path";
import { createLogRing, systemClock, teeLogger, UserError } from "../core/index.ts";
import {
  createFeedbackLog,
  createMinerFeed,
  createNetworkFeed,
  createValidatorFeed,
  type Feed,
  type NetworkFeed,
  recordedValidator,
  recordHistory,
} from "../dashboard/index.ts";
import { latestFeedback } from "../miner/index.ts";
import { createHistoryLook } from "../validator/index.ts";
import { openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";
import { withHistoryFile } from "./history-file.ts";
import { explanationsIn } from "./miner.ts";
import { netuidOf, withChain } from "./network.ts";
import { aborted, levelOf, loggerOf, print, untilSignal } from "./terminal.ts";

const clock = systemClock;
const given = (value: unknown): value is string => typeof value === "string";

/** `conversion-subnet dashboard` */
export async function runDashboard(flags: Flags): Promise<void> {
  const { history, feedback } = flags;
  const hasChain = given(flags["subtensor.network"]) || given(flags["subtensor.chain_endpoint"]);
  if (!given(history) && !given(feedback) && !hasChain) {
    throw new UserError("There is nothing to show.", {
      hint: "Give --history FILE, --feedback FOLDER or --subtensor.network; a node that runs has a dashboard of its own, and `status` says where.",
    });
  }
  const ring = createLogRing({ level: levelOf(flags) }, clock);
  const logger = teeLogger(loggerOf(flags), ring.logger);

  const show = async (feeds: readonly Feed[], network: NetworkFeed | null, signal: AbortSignal) => {
    const all = network === null ? feeds : [...feeds, network];
    const netuid = netuidOf(flags);
    const subject = { kind: "dashboard", hotkey: null, netuid, network: network?.node.network ?? null } as const;
    const shown = { feeds: all, metrics: null, ring, logger, logFile: null };
    const admin = await openAdmin(flags, { ...subject, ...shown }, { signal });
    try {
      print(`Dashboard: ${admin.url}   Ctrl-C ends it.`);
      await aborted(signal);
    } finally {
      await admin.close();
    }
  };
  const withFiles = async (network: NetworkFeed | null, signal: AbortSignal) => {
    const feeds: Feed[] = [];
    if (given(feedback)) {
      const folder = resolve(feedback);
      const log = createFeedbackLog();
      let hotkey: string | null = null;
      for await (const one of latestFeedback(folder)) {
        hotkey = one.explanation.hotkey;
        log.add(one);
      }
      const options = { id: "miner", name: "feedback", hotkey, netuid: netuidOf(flags) };
      const files = { miner: null, requests: null, feedback: log, findExplanation: explanationsIn(folder) };
      feeds.push(createMinerFeed(options, { ...files, network, clock, logger }));
    }
    if (!given(history)) return show(feeds, network, signal);
    await withHistoryFile(flags, "read", async (opened) => {
      const recorder = recordHistory(opened.history, { clock });
      const { validator, mode, read } = await recordedValidator(recorder, { logger, signal });
      const options = { id: "validator", name: "history", netuid: netuidOf(flags), live: false };
      const look = createHistoryLook(opened.store);
      const judge = createValidatorFeed(options, { validator, mode, recorder, look, network, clock, logger });
      await show([judge, ...feeds], network, signal);
      await read;
    });
  };
  await untilSignal((stopped) =>
    hasChain
      ? withChain(flags, stopped, (chain, signal) =>
          withFiles(createNetworkFeed({ id: "network", netuid: netuidOf(flags) }, { chain, clock, logger }), signal),
        )
      : withFiles(null, stopped),
  );
}
