import { describe, expect, it } from "vitest";
import { silentLogger, systemClock } from "../core/index.ts";
import type { MinerStatus } from "../miner/index.ts";
import { createMinerFeed } from "./miner-feed.ts";

const well: MinerStatus = {
  ...{ predicted: 0, fallbacks: 0, lastFailure: null, serving: true, accepting: true, url: "http://127.0.0.1:8091" },
  ...{ hotkey: "5F", uid: 3, predictor: "steady", requests: {}, feedback: null, model: null, drift: null },
};
function reasonsOf(changes: Partial<MinerStatus>): readonly string[] {
  const miner = { status: () => ({ ...well, ...changes }) };
  const nothing = { requests: null, feedback: null, network: null };
  const feed = createMinerFeed(
    { id: "miner", name: "default", hotkey: "5F", netuid: 1 },
    { miner, ...nothing, clock: systemClock, logger: silentLogger },
  );
  return feed.reasons().map(({ code }) => code);
}

describe("a miner is ready", () => {
  it("while it answers, and for one reason at a time it is not", () => {
    expect(reasonsOf({})).toEqual([]);
    expect(reasonsOf({ serving: false, accepting: false })).toEqual(["NOT_SERVING"]);
    expect(reasonsOf({ accepting: false, uid: null })).toEqual(["NONCES_LOST"]);
    expect(reasonsOf({ uid: null })).toEqual(["NOT_REGISTERED"]);
  });
});
