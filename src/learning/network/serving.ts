import { acquireKernels, type KernelOptions, type NetworkKernels } from "../kernels/network-kernels.ts";
import type { Network } from "./layers.ts";
import { createProgram } from "./program.ts";
import { createRunner } from "./runner.ts";

/** The first output of a network for one row of its inputs. */
export type FirstOutput = (row: Float64Array) => number;

/**
 * Networks that serve share a memory until it holds this much; then the next one is begun, and the full one goes when the last
 * network on it is forgotten. An instance for each would be costly where models are made by the hundred, as in a sweep.
 */
const FULL_BYTES = 2 ** 20;
const shared = new Map<boolean, NetworkKernels>();

function sharedKernels(options: KernelOptions): NetworkKernels | null {
  // Who looks elsewhere for them shares nothing.
  if (options.prefer === "plain" || options.folders !== undefined) return acquireKernels(options);
  const key = options.deterministic === true;
  const current = shared.get(key);
  if (current !== undefined && current.size() < FULL_BYTES) return current;
  const next = acquireKernels(options);
  if (next !== null) shared.set(key, next);
  return next;
}

/**
 * Binds a network to its parameters (copied) for serving row by row: on the kernels where they can be had, else in plain
 * TypeScript, which differs by the rounding of single precision.
 *
 * @example
 * const output = createFirstOutput(network([dense(40, 1)]), new Float32Array(41));
 * output(new Float64Array(40)); // 0
 */
export function createFirstOutput(
  network: Network,
  parameters: ArrayLike<number>,
  options: KernelOptions = {},
): FirstOutput {
  const kernels = sharedKernels(options);
  if (kernels === null) {
    const runner = createRunner(network, Float64Array.from(parameters), { maxRows: 1 });
    return (row) => runner.forward(row, 1, false)[0];
  }
  const { run } = kernels;
  const { steps, count, x, load } = createProgram(kernels, network, { maxRows: 1, training: false, random: null });
  load(parameters);
  const { inputs } = network;
  let memory = new Float32Array(run.memory.buffer);
  const start = x / 4;
  return (row) => {
    // Another network made the memory grow, which moves it.
    if (memory.length === 0) memory = new Float32Array(run.memory.buffer);
    for (let i = 0; i < inputs; i++) memory[start + i] = row[i];
    return memory[run.forward(steps, count, x, 1, 0) / 4];
  };
}
