import { createClosers, errorText, type Logger, type LogRing, systemClock } from "../core/index.ts";
import {
  createFeedbackLog,
  createMinerFeed,
  createNetworkFeed,
  createRequestLog,
  createValidatorFeed,
  type FeedbackLog,
  type HistoryRecorder,
  type RequestLog,
  recordHistory,
} from "../dashboard/index.ts";
import type { DemoNodes, DemoWatch } from "../demo/index.ts";
import { feedbackOf, lookThroughPort } from "../validator/index.ts";
import { openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";

/** A demo's dashboard: give `watch` to the demo, and close it after the demo. */
export interface DemoDashboard {
  readonly watch: DemoWatch;
  /** Null until the nodes are there. */
  readonly url: string | null;
  close(): Promise<void>;
}

/** One id for each name: letters, digits and hyphens. */
const idOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/**
 * All three views of a demo at one address. What validators tell miners over HTTP elsewhere is handed on by function call here, from the
 * same records.
 */
export function createDemoDashboard(
  flags: Flags,
  { ring, logger, signal }: { readonly ring: LogRing; readonly logger: Logger; readonly signal: AbortSignal },
): DemoDashboard {
  const clock = systemClock;
  const closers = createClosers();
  const requests = new Map<string, RequestLog>();
  const told = new Map<string, FeedbackLog>();
  let recorder: HistoryRecorder | null = null;
  let nodes: DemoNodes | null = null;
  let url: string | null = null;

  const requestsOf = (name: string): RequestLog => {
    const found = requests.get(name) ?? createRequestLog({ clock });
    requests.set(name, found);
    return found;
  };
  const tell = async (question: number) => {
    const record = await recorder?.history.question(question);
    if (record === undefined || nodes === null) return;
    const feedback = feedbackOf(record);
    const { hotkey: validator } = nodes.validator.summary();
    for (const [hotkey, log] of told) {
      const one = feedback(hotkey);
      if (one !== null) log.add({ ...one, validator, holds: true, receivedAtMs: clock.nowMs() });
    }
  };

  return {
    get url() {
      return url;
    },
    close: closers.closeAll,
    watch: {
      history(history) {
        recorder = recordHistory(history, { clock });
        return recorder.history;
      },
      onRequest: (miner, report) => requestsOf(miner).onRequest(report),
      onSettled(question) {
        tell(question).catch((error: unknown) =>
          logger.error("The dashboard was not told", { error: errorText(error) }),
        );
      },
      async onNodes(all) {
        nodes = all;
        if (recorder === null) return;
        const { chain, netuid, validator, mode, miners } = all;
        const names = new Map(miners.map(({ name, hotkey }) => [hotkey, name]));
        const nameOf = (hotkey: string) => names.get(hotkey) ?? null;
        const network = createNetworkFeed({ id: "network", netuid }, { chain, clock, logger, nameOf });
        const { history } = recorder;
        const judge = createValidatorFeed(
          { id: "validator", name: "validator", netuid },
          { validator, recorder, look: lookThroughPort(history), mode, network, nameOf, clock, logger },
        );
        const feeds = miners.map(({ name, hotkey, miner }) => {
          const feedback = createFeedbackLog();
          told.set(hotkey, feedback);
          const options = { id: idOf(name), name, hotkey, netuid };
          const modules = { miner, requests: requestsOf(name), feedback, network, clock, logger };
          const feed = createMinerFeed(options, modules);
          // It is the demo's purpose that this one does not answer.
          return name === "offline" ? { ...feed, reasons: () => [] } : feed;
        });
        const subject = { kind: "demo", hotkey: null, netuid, network: chain.network, logFile: null } as const;
        const shown = { feeds: [judge, ...feeds, network], metrics: null, ring, logger };
        const admin = await openAdmin(flags, { ...subject, ...shown }, { signal });
        closers.push("dashboard", admin.close);
        url = admin.url;
      },
    },
  };
}
