import type { Metagraph, Neuron } from "./port.ts";

/**
 * The neuron of a hotkey, or undefined: an unknown caller is an answer, never an exception.
 *
 * @example
 * neuronOf(await chain.metagraph({ netuid: 1 }), hotkey)?.uid; // 0
 */
export function neuronOf(metagraph: Metagraph, hotkey: string): Neuron | undefined {
  return metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
}
