import type { Metagraph, Neuron } from "./port.ts";

/** The neuron of a hotkey, or undefined: an unknown caller is an answer, never an exception. */
export function neuronOf(metagraph: Metagraph, hotkey: string): Neuron | undefined {
  return metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
}
