/**
 * @module chain
 * Row 3: the Chain port, its nouns and its refusals. What stands behind it: `localnet/`'s ledger; Subtensor comes next.
 *
 * @example
 * neuronOf({ netuid: 1, block: 7, neurons: [] }, "5Grwva…"); // undefined
 */
import type { Metagraph, Neuron } from "./port.ts";

export {
  CHAIN_REFUSALS,
  type ChainRefusal,
  ChainRefusedError,
  ChainUnreachableError,
  isChainRefusal,
} from "./errors.ts";
export {
  type AxonInfo,
  type CallOptions,
  type Chain,
  type Hyperparameters,
  type Metagraph,
  type Neuron,
  RAO_PER_TAO,
} from "./port.ts";

/** The neuron of a hotkey, or undefined: an unknown caller is an answer, never an exception. */
export function neuronOf(metagraph: Metagraph, hotkey: string): Neuron | undefined {
  return metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
}
