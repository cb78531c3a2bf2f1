import { expect, it } from "vitest";
import { type Metagraph, type Neuron, neuronOf } from "./index.ts";

it("a hotkey has its neuron or undefined, whatever its uid", () => {
  const neuron = (uid: number, hotkey: string): Neuron => ({
    uid,
    hotkey,
    coldkey: "cold",
    stakeRao: 0n,
    validatorPermit: false,
    axon: null,
    incentive: 0,
    registeredAtBlock: 0,
    lastUpdateBlock: 0,
  });
  const metagraph: Metagraph = { netuid: 1, block: 7, neurons: [neuron(0, "a"), neuron(1, "b")] };
  expect(neuronOf(metagraph, "b")?.uid).toBe(1);
  expect(neuronOf(metagraph, "c")).toBeUndefined();
});
