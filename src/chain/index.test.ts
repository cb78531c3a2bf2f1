import { expect, it } from "vitest";
import { neuronWith } from "../../test/support/neuron.ts";
import { type Metagraph, neuronOf } from "./index.ts";

it("a hotkey has its neuron or undefined, whatever its uid", () => {
  const neurons = ["a", "b"].map((hotkey, uid) => neuronWith({ uid, hotkey }));
  const metagraph: Metagraph = { netuid: 1, block: 7, neurons };
  expect(neuronOf(metagraph, "b")?.uid).toBe(1);
  expect(neuronOf(metagraph, "c")).toBeUndefined();
});
