import type { Random } from "../../core/index.ts";
import { acquireKernels, type KernelOptions } from "../kernels/network-kernels.ts";
import type { Network } from "./layers.ts";
import { createProgram } from "./program.ts";
import type { Runner } from "./runner.ts";

/** A {@link Runner} on the kernels, whose buffers are given back by `release`. */
export interface WasmRunner extends Omit<Runner, "memory"> {
  /** Takes over what was written into `parameters`; before the first `forward` nothing need be taken. */
  load(): void;
  release(): void;
}

/**
 * The kernels behind the face of the plain runner, numbers copied in and out: for tests, which hold the one against the other.
 * Training and serving do without the copies.
 *
 * @returns null when the kernels cannot be had.
 */
export function createWasmRunner(
  network: Network,
  parameters: Float64Array,
  { maxRows, random = null, ...options }: { maxRows: number; random?: Random | null } & KernelOptions,
): WasmRunner | null {
  const kernels = acquireKernels(options);
  if (kernels === null) return null;
  const program = createProgram(kernels, network, { maxRows, training: true, random, wantInput: true });
  const { steps, count } = program;
  const gradients = new Float64Array(parameters.length);
  const outputs = new Float64Array(maxRows * network.outputs);
  const inputGradients = new Float64Array(maxRows * network.inputs);
  program.load(parameters);
  const floats = () => new Float32Array(kernels.run.memory.buffer);
  const copyIn = (from: Float64Array, at: number, ld: number, rows: number, width: number) => {
    const memory = floats();
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) memory[(at + r * ld) / 4 + c] = from[r * width + c];
    }
  };
  const copyOut = (at: number, ld: number, into: Float64Array, rows: number, width: number) => {
    const memory = floats();
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) into[r * width + c] = memory[(at + r * ld) / 4 + c];
    }
    return into;
  };
  return {
    parameters,
    gradients,
    load: () => program.load(parameters),
    release: kernels.release,
    forward(x, rows, training) {
      copyIn(x, program.x, program.ldIn, rows, network.inputs);
      const at = kernels.run.forward(steps, count, program.x, rows, training ? 1 : 0);
      program.save(parameters);
      return copyOut(at, program.ldOut, outputs, rows, network.outputs);
    },
    backward(dy, rows) {
      copyIn(dy, program.dy, program.ldOut, rows, network.outputs);
      new Uint8Array(kernels.run.memory.buffer, program.gradients, program.totalBytes).fill(0);
      kernels.run.backward(steps, count, rows);
      program.saveGradients(gradients);
      return copyOut(program.dx, program.ldIn, inputGradients, rows, network.inputs);
    },
  };
}
