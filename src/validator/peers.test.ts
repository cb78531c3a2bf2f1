import { describe, expect, it } from "vitest";
import { neuronWith } from "../../test/support/neuron.ts";
import type { Metagraph, Neuron } from "../chain/index.ts";
import { createPeers } from "./peers.ts";

const axon = { ip: "10.0.0.1", port: 8091, version: 1 };
function metagraph(...changes: Partial<Neuron>[]): Metagraph {
  const neurons = changes.map((change, uid) => neuronWith({ uid, hotkey: `h${uid}`, axon, ...change }));
  return { netuid: 1, block: 1, neurons };
}
const make = (...changes: Partial<Neuron>[]) => {
  const peers = createPeers({ ownHotkey: "self", maxMinerStakeRao: 100n });
  peers.update(metagraph(...changes));
  return peers;
};
const names = (peers: ReturnType<typeof make>, sampleSize: number) =>
  peers.choose(sampleSize).map(({ hotkey }) => hotkey);

describe("whom a validator asks", () => {
  it("every serving miner, where the chain says it serves", () => {
    const peers = make({}, { axon: null }, {});
    expect(peers.choose(0)).toEqual([
      { uid: 0, hotkey: "h0", host: "10.0.0.1", port: 8091, version: 1 },
      { uid: 2, hotkey: "h2", host: "10.0.0.1", port: 8091, version: 1 },
    ]);
    expect(peers.serving).toBe(2);
  });

  it("never itself, even when it serves", () => {
    expect(names(make({ hotkey: "self" }, {}), 0)).toEqual(["h1"]);
  });

  it("no other validator: a permit and more stake than a miner has; a permit alone, or stake alone, is a miner", () => {
    const peers = make(
      { validatorPermit: true, stakeRao: 101n },
      { validatorPermit: true, stakeRao: 100n },
      { validatorPermit: false, stakeRao: 1_000n },
    );
    expect(names(peers, 0)).toEqual(["h1", "h2"]);
  });

  it("the least recently asked first, equals by uid: nobody waits longer than a round", () => {
    const peers = make({}, {}, {}, {}, {});
    expect([names(peers, 2), names(peers, 2), names(peers, 2), names(peers, 2)]).toEqual([
      ["h0", "h1"],
      ["h2", "h3"],
      ["h4", "h0"],
      ["h1", "h2"],
    ]);
    expect(names(peers, 99)).toHaveLength(5);
  });

  it("a newcomer before everybody who was asked, and whoever left no more", () => {
    const peers = make({}, {}, {});
    names(peers, 0);
    peers.update(metagraph({}, { hotkey: "new" }, { axon: null }));
    expect(names(peers, 0)).toEqual(["new", "h0"]);
    peers.update(metagraph());
    expect([names(peers, 0), peers.serving]).toEqual([[], 0]);
  });

  it("by hotkey: who comes back after having left is new again", () => {
    const peers = make({}, {});
    names(peers, 1);
    peers.update(metagraph({ hotkey: "other" }, { hotkey: "h1" }));
    names(peers, 0);
    peers.update(metagraph({ hotkey: "h0" }, { hotkey: "h1" }));
    expect(names(peers, 1)).toEqual(["h0"]);
  });
});
