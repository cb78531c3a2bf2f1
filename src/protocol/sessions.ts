import { randomUUID } from "node:crypto";

/** Ids in whose name one request at a time is under way to a peer. */
export interface Sessions {
  /** The lowest id that is free for this peer. */
  enter(peer: string): { readonly id: string; leave(): void };
}

/**
 * Axons of SDK 6 to 10 want the nonces of one id to rise, and keep every id for ever. With one id for all, whatever overtakes on
 * the way would be refused; with one for each request their memory would grow. So there are as many as requests in flight.
 */
export function createSessions(): Sessions {
  const base = randomUUID().slice(0, 24);
  const busy = new Map<string, Set<number>>();
  return {
    enter(peer) {
      const taken = busy.get(peer) ?? new Set();
      busy.set(peer, taken);
      let lane = 0;
      while (taken.has(lane)) lane += 1;
      taken.add(lane);
      return {
        id: base + lane.toString(16).padStart(12, "0"),
        leave() {
          taken.delete(lane);
          if (taken.size === 0 && busy.get(peer) === taken) busy.delete(peer);
        },
      };
    },
  };
}
