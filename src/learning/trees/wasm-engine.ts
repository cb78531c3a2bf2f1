import { instantiate, loadModule } from "../kernels/load.ts";
import { type BinnedMatrix, BLOCK, binIndex } from "./bins.ts";
import type { SplitRules, TreeEngine } from "./engine.ts";

/** What assembly/trees.ts exports; addresses are bytes. */
interface TreesKernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  quantise(derivatives: number, rows: number, gradientScale: number, hessianScale: number, rowsBits: bigint): void;
  total(derivatives: number, order: number, rows: number, out: number): void;
  build(
    histogram: number,
    places: number,
    active: number,
    bins: number,
    rows: number,
    blocks: number,
    order: number,
    from: number,
    to: number,
    derivatives: number,
  ): void;
  subtract(histogram: number, less: number, bytes: number): void;
  partition(
    order: number,
    from: number,
    to: number,
    rest: number,
    bins: number,
    bin: number,
    missing: number,
    defaultLeft: number,
  ): number;
  setRules(l1: number, l2: number, minRows: number, minWeight: number, isBounded: boolean): void;
  setUnits(gradientUnit: number, hessianUnit: number, rowsBits: bigint): void;
  search(
    histogram: number,
    places: number,
    slots: number,
    active: number,
    ways: number,
    columns: number,
    gradient: number,
    hessian: number,
    rows: number,
    lower: number,
    upper: number,
    out: number,
  ): number;
  score(x: number, roots: number, groups: number, base: number): number;
}

/** Kernels with a memory of their own; null when they were not built, or there is no memory for them. */
export function loadTreesKernels(): TreesKernels | null {
  const module = loadModule("trees", { deterministic: true });
  try {
    return module === null ? null : (instantiate(module) as TreesKernels);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const PAGE = 65_536;
const MAX_BYTES = 2 ** 32 - PAGE;
/** Bytes of a slot. */
const SLOT = 16;

/** Hands out addresses one after another; the memory grows once, in `open`. */
export function createArena(kernels: Pick<TreesKernels, "memory" | "heapBase">) {
  let next = Math.ceil(kernels.heapBase() / 16) * 16;
  return {
    take(bytes: number): number {
      const at = next;
      next += Math.ceil(bytes / 16) * 16;
      return at;
    },
    /** False: it is more than WebAssembly can address, or than there is. */
    open(): boolean {
      const missing = next - kernels.memory.buffer.byteLength;
      if (next > MAX_BYTES) return false;
      try {
        if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE));
        return true;
      } catch (error) {
        // Not enough memory here; the plain engine may find it piece by piece.
        if (error instanceof RangeError) return false;
        throw error;
      }
    },
  };
}

/** The engine in WebAssembly; null when it is not built or the rows do not fit its memory. */
export function createWasmEngine(
  matrix: BinnedMatrix,
  rules: SplitRules,
  monotone: Int8Array | null,
  histograms: number,
): TreeEngine | null {
  const kernels = loadTreesKernels();
  if (kernels === null) return null;
  const { rows } = matrix;
  const columns = matrix.columns.length;
  const blocks = Math.ceil(columns / BLOCK);
  const padded = blocks * BLOCK;
  const slots = matrix.slots[columns];
  const bytes = (slots + padded - columns) * SLOT;
  const rowsBits = BigInt(Math.ceil(Math.log2(rows + 1)));
  const arena = createArena(kernels);
  const at = {
    bins: arena.take(matrix.bins.length),
    derivatives: arena.take(rows * SLOT),
    order: arena.take(rows * 4),
    // One row more than can lie there: `partition` writes each row to both sides.
    rest: arena.take(rows * 4 + 4),
    places: arena.take(padded * 4),
    slots: arena.take(padded * 4),
    active: arena.take(padded),
    ways: arena.take(padded),
    out: arena.take(48),
    histograms: arena.take(bytes * histograms),
  };
  if (!arena.open()) return null;
  // Nothing grows the memory from here on: views stay valid.
  const { buffer } = kernels.memory;
  const out = new DataView(buffer, at.out, 48);
  const order = new Uint32Array(buffer, at.order, rows);
  const derivatives = new Float64Array(buffer, at.derivatives, rows * 2);
  const active = new Uint8Array(buffer, at.active, padded);
  const places = new Uint32Array(buffer, at.places, padded);
  const counts = new Int32Array(buffer, at.slots, padded);
  new Uint8Array(buffer, at.bins, matrix.bins.length).set(matrix.bins);
  if (monotone !== null) new Int8Array(buffer, at.ways, columns).set(monotone);
  for (let column = 0; column < padded; column++) {
    places[column] = (column < columns ? matrix.slots[column] : slots + column - columns) * SLOT;
    counts[column] = column < columns ? matrix.slots[column + 1] - matrix.slots[column] : 1;
  }
  // A side without any hessian is refused too.
  const minWeight = Math.max(rules.minChildWeight, Number.MIN_VALUE);
  kernels.setRules(rules.l1, rules.l2, rules.minRowsPerLeaf, minWeight, monotone !== null);
  const histogramAt = (place: number) => at.histograms + place * bytes;
  const clear = (place: number) => new Uint8Array(buffer, histogramAt(place), bytes).fill(0);

  return {
    derivatives: () => derivatives,
    order: () => order,
    begin(frame) {
      active.set(frame.active);
      kernels.setUnits(1 / frame.gradientScale, 1 / frame.hessianScale, rowsBits);
      kernels.quantise(at.derivatives, rows, frame.gradientScale, frame.hessianScale, rowsBits);
      kernels.total(at.derivatives, at.order, frame.rows, at.out);
      const hessianAndRows = out.getBigInt64(8, true);
      return {
        gradient: Number(out.getBigInt64(0, true)),
        hessian: Number(hessianAndRows >> rowsBits),
        rows: frame.rows,
      };
    },
    build(place, from, to) {
      clear(place);
      kernels.build(
        histogramAt(place),
        at.places,
        at.active,
        at.bins,
        rows,
        blocks,
        at.order,
        from,
        to,
        at.derivatives,
      );
    },
    subtract: (place, less) => kernels.subtract(histogramAt(place), histogramAt(less), bytes),
    search(place, total, bounds) {
      const isFound = kernels.search(
        histogramAt(place),
        at.places,
        at.slots,
        at.active,
        at.ways,
        columns,
        total.gradient,
        total.hessian,
        total.rows,
        bounds.lower,
        bounds.upper,
        at.out,
      );
      if (isFound === 0) return null;
      return {
        score: out.getFloat64(0, true),
        left: {
          gradient: out.getFloat64(8, true),
          hessian: out.getFloat64(16, true),
          rows: out.getFloat64(24, true),
        },
        column: out.getInt32(32, true),
        bin: out.getInt32(36, true),
        defaultLeft: out.getInt32(40, true) === 1,
      };
    },
    partition(from, to, { column, bin, defaultLeft }) {
      const bins = at.bins + binIndex(rows, 0, column);
      const missing = counts[column] - 1;
      return kernels.partition(at.order, from, to, at.rest, bins, bin, missing, defaultLeft ? 1 : 0);
    },
  };
}
