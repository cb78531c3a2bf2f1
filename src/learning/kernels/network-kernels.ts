import { instantiate, loadModule } from "./load.ts";

/** Which kernels compute. */
export interface KernelOptions {
  /** `"plain"`: TypeScript in double precision, the oracle; else WebAssembly in single precision, where it can be had. */
  readonly prefer?: "wasm" | "plain" | undefined;
  /** Plain SIMD although this Node has relaxed SIMD: slower, the same bits on every machine. */
  readonly deterministic?: boolean | undefined;
  /** Where network.wasm is looked for, from this file; by default beside it, then where the build puts it. */
  readonly folders?: readonly string[] | undefined;
}

/** What network.wasm exports; addresses are bytes in its memory. */
interface NetworkExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  relaxed(): number;
  forward(steps: number, count: number, x: number, rows: number, training: number): number;
  backward(steps: number, count: number, rows: number): void;
  trainBatches(training: number, rows: number, order: number, count: number, batchSize: number, rates: number): number;
  validateRows(training: number, rows: number, from: number, count: number, outputs: number): number;
}

/** An instance of the kernels, with a memory that is filled from below and emptied as a whole. */
export interface NetworkKernels {
  readonly run: NetworkExports;
  /** `bytes` of zeros, on a multiple of 64. It may move the memory: take views after the last of them. */
  allocate(bytes: number): number;
  /** How much memory it has, in bytes. */
  size(): number;
  /** Gives it back, for the next who asks; it must not be used after that. */
  release(): void;
}

const PAGE = 65_536;
/** Instances kept for reuse, and the largest memory that is kept with one. */
const MAX_FREE = 2;
const MAX_FREE_BYTES = 64 * 2 ** 20;
/** Where addresses end, less a little. */
export const MAX_BYTES = 2 ** 32 - 2 ** 20;
const free = new Map<object, NetworkExports[]>();

/**
 * Kernels of one's own until they are released. The first call compiles the module (some milliseconds); importing does nothing.
 *
 * @returns null when they are not wanted, or network.wasm is missing: the plain kernels do the same work.
 */
export function acquireKernels(options: KernelOptions = {}): NetworkKernels | null {
  const { prefer = "wasm", deterministic = false, folders } = options;
  if (prefer === "plain") return null;
  const module = loadModule("network", { deterministic, ...(folders === undefined ? {} : { folders }) });
  if (module === null) return null;
  // The door: what was compiled by scripts/build-kernels.mjs has this shape.
  const run = free.get(module)?.pop() ?? (instantiate(module) as NetworkExports);
  let end = run.heapBase();
  let released = false;
  return {
    run,
    allocate(bytes) {
      const start = Math.ceil(end / 64) * 64;
      end = start + bytes;
      const missing = end - run.memory.buffer.byteLength;
      if (missing > 0) run.memory.grow(Math.ceil(missing / PAGE));
      new Uint8Array(run.memory.buffer, start, bytes).fill(0);
      return start;
    },
    size: () => run.memory.buffer.byteLength,
    release() {
      if (released) return;
      released = true;
      const others = free.get(module) ?? [];
      free.set(module, others);
      if (others.length < MAX_FREE && run.memory.buffer.byteLength <= MAX_FREE_BYTES) others.push(run);
    },
  };
}
