import type { Metagraph, Neuron } from "../chain/index.ts";
import type { IncentiveSeriesView } from "./views.ts";

/** A miner's place among miners. */
export interface Place {
  /** 1 = most incentive; equals share the better one. */
  readonly rank: number;
  readonly of: number;
}
/** Incentive epoch by epoch, of all hotkeys of a subnet; bounded. */
export interface Incentives {
  add(seen: { readonly epoch: number; readonly atMs: number; readonly metagraph: Metagraph }): void;
  of(hotkey: string): IncentiveSeriesView;
  /** As of the last epoch that was seen. */
  place(hotkey: string): Place | null;
}

const MAX_EPOCHS = 500;

interface Seen {
  readonly epoch: number;
  readonly block: number;
  readonly atMs: number;
  readonly places: ReadonlyMap<string, { readonly incentive: number; readonly rank: number }>;
}

/** Whoever only validates has no place among miners. */
const isMiner = ({ validatorPermit, incentive }: Neuron) => !validatorPermit || incentive > 0;

/**
 * @example
 * createIncentives().place("5Grwva…"); // null
 */
export function createIncentives(): Incentives {
  const seen: Seen[] = [];
  return {
    add({ epoch, atMs, metagraph }) {
      if (seen.at(-1)?.epoch === epoch) seen.pop();
      const miners = metagraph.neurons.filter(isMiner).sort((a, b) => b.incentive - a.incentive);
      const places = new Map<string, { incentive: number; rank: number }>();
      let rank = 0;
      for (const [i, { hotkey, incentive }] of miners.entries()) {
        if (incentive !== miners[i - 1]?.incentive) rank = i + 1;
        places.set(hotkey, { incentive, rank });
      }
      seen.push({ epoch, block: metagraph.block, atMs, places });
      if (seen.length > MAX_EPOCHS) seen.shift();
    },
    of(hotkey) {
      const rows = seen.flatMap(({ epoch, block, atMs, places }) => {
        const place = places.get(hotkey);
        return place === undefined ? [] : [{ epoch, block, atMs, ...place, of: places.size }];
      });
      return {
        epoch: rows.map((row) => row.epoch),
        block: rows.map((row) => row.block),
        atMs: rows.map((row) => row.atMs),
        incentive: rows.map((row) => row.incentive),
        rank: rows.map((row) => row.rank),
        of: rows.map((row) => row.of),
      };
    },
    place(hotkey) {
      const last = seen.at(-1);
      const place = last?.places.get(hotkey);
      return last === undefined || place === undefined ? null : { rank: place.rank, of: last.places.size };
    },
  };
}
