import { createHash } from "node:crypto";
import { createBeacon, type OwnBeacon } from "../chain/index.ts";
import { GENESIS_SECONDS, type LedgerState } from "./state.ts";

const beacons = new WeakMap<LedgerState, OwnBeacon>();

/**
 * The ledger's own beacon: its secret is told by the seed, so it protects nothing. A round comes with every block: round n is out in
 * block n - 1, by the ledger's clock.
 */
export function beaconOf(state: LedgerState): OwnBeacon {
  const known = beacons.get(state);
  if (known) return known;
  const secret = createHash("sha256").update(`beacon:${state.seed}`).digest();
  const beacon = createBeacon(new Uint8Array(secret), {
    genesisSeconds: GENESIS_SECONDS,
    periodSeconds: state.blockTimeMs / 1_000,
  });
  beacons.set(state, beacon);
  return beacon;
}
