import type { Clock } from "../core/index.ts";
import type { RequestReport } from "../protocol/index.ts";
import { countsOf, histogramOf, LATENCY_EDGES_MS } from "./figures.ts";
import type { HistogramView, MinerView } from "./views.ts";

/** Requests to a miner, counted; see {@link createRequestLog}. */
export interface RequestLog {
  /** Give it to the miner. */
  readonly onRequest: (report: RequestReport) => void;
  readonly requests: NonNullable<MinerView["requests"]>;
  readonly latency: HistogramView;
}

interface CallerCounts {
  answered: number;
  readonly refused: Map<string, number>;
  lastAtMs: number;
}

const MAX_CALLERS = 64;
const MAX_LATENCIES = 2_000;

/**
 * Counts requests by outcome and by proven caller, and keeps the latest latencies. Memory is bounded: of callers the latest are told
 * apart, and nothing that a stranger says is a name here.
 *
 * @example
 * const requests = createRequestLog({ clock: systemClock });
 * createMiner(options, { ...modules, onRequest: requests.onRequest });
 * requests.requests.outcomes; // []
 */
export function createRequestLog({ clock }: { readonly clock: Pick<Clock, "nowMs"> }): RequestLog {
  const outcomes = new Map<string, number>();
  const callers = new Map<string, CallerCounts>();
  const latencies: number[] = [];
  let [others, at] = [0, 0];
  let made: { readonly at: number; readonly view: HistogramView } | null = null;

  const countsFor = (hotkey: string): CallerCounts => {
    const found = callers.get(hotkey) ?? { answered: 0, refused: new Map<string, number>(), lastAtMs: 0 };
    // Set anew it stands last: first is who came longest ago.
    callers.delete(hotkey);
    callers.set(hotkey, found);
    for (const [oldest, { answered, refused }] of callers) {
      if (callers.size <= MAX_CALLERS) break;
      callers.delete(oldest);
      others += answered + [...refused.values()].reduce((a, b) => a + b, 0);
    }
    return found;
  };
  return {
    onRequest({ outcome, durationMs, hotkey }) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome === "OK") latencies[at++ % MAX_LATENCIES] = durationMs;
      if (hotkey === undefined) {
        others += 1;
        return;
      }
      const counts = countsFor(hotkey);
      counts.lastAtMs = clock.nowMs();
      if (outcome === "OK") counts.answered += 1;
      else counts.refused.set(outcome, (counts.refused.get(outcome) ?? 0) + 1);
    },
    get requests() {
      const told = [...callers].reverse().map(([hotkey, { answered, refused, lastAtMs }]) => ({
        ...{ hotkey, answered, refused: countsOf(refused), lastAtMs },
      }));
      return { outcomes: countsOf(outcomes), callers: told, others };
    },
    get latency() {
      if (made === null || made.at !== at)
        made = { at, view: histogramOf(latencies, { unit: "ms", edges: LATENCY_EDGES_MS }) };
      return made.view;
    },
  };
}
