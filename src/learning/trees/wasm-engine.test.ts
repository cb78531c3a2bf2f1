import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { fitTrees } from "./fit-trees.ts";
import type { TreesOptions } from "./options.ts";
import { createArena, loadTreesKernels } from "./wasm-engine.ts";

/** Rows of many kinds of columns: fine, coarse, of one value, all unknown, partly unknown. */
function madeUp(rows: number, columns: number, seed: number) {
  const random = createRandom(seed);
  const draw = [
    () => random.normal(),
    () => random.integer(3),
    () => 7,
    () => Number.NaN,
    () => Math.round(random.normal() * 20) / 10,
  ];
  const X = Float64Array.from({ length: rows * columns }, (_, i) => {
    const kind = (i % columns) % 7;
    return kind >= 5 ? (random.next() < 0.3 ? Number.NaN : random.normal()) : draw[kind]();
  });
  const targets = Float64Array.from({ length: rows }, (_, row) => Math.sin(3 * X[row * columns]) + random.normal() / 3);
  const weights = Float64Array.from({ length: rows }, () => random.next() * 3);
  return { X, columns, targets, weights };
}

describe("WebAssembly", () => {
  it("is built", () => {
    expect(loadTreesKernels()).not.toBeNull();
  });

  it("grows bit for bit what plain TypeScript grows, whatever the shape and the rules", async () => {
    const options = fc.record({
      objective: fc.constantFrom("squared", "huber"),
      rounds: fc.constant(4),
      learningRate: fc.constant(0.5),
      maxLeaves: fc.integer({ min: 2, max: 20 }),
      maxDepth: fc.integer({ min: 1, max: 8 }),
      minRowsPerLeaf: fc.integer({ min: 1, max: 9 }),
      minChildWeight: fc.constantFrom(0, 0.3, 4),
      l1: fc.constantFrom(0, 0.4),
      l2: fc.constantFrom(0, 1, 10),
      rowShare: fc.constantFrom(1, 0.5),
      columnShare: fc.constantFrom(1, 0.5),
      maxBins: fc.constantFrom(2, 16, 255),
      sign: fc.constantFrom(0, 1, -1),
    });
    const shape = fc.record({ rows: fc.integer({ min: 1, max: 400 }), columns: fc.integer({ min: 1, max: 19 }) });
    await fc.assert(
      fc.asyncProperty(shape, options, fc.integer({ min: 1, max: 99 }), async (size, { sign, ...given }, seed) => {
        const data = madeUp(size.rows, size.columns, seed);
        const rules: TreesOptions = {
          ...given,
          seed,
          monotone: Array.from({ length: size.columns }, (_, i) => (i % 2) * sign),
        };
        const plain = await fitTrees(data, { ...rules, wasm: false });
        expect((await fitTrees(data, { ...rules, wasm: true })).trees).toEqual(plain.trees);
      }),
      { numRuns: 40 },
    );
  });

  it("does so for a class, with thousands of rows", async () => {
    const data = madeUp(5000, 9, 3);
    const targets = Uint8Array.from(data.targets, (target) => (target > 0.2 ? 1 : 0));
    const plain = await fitTrees({ ...data, targets }, { rounds: 3, wasm: false });
    expect((await fitTrees({ ...data, targets }, { rounds: 3 })).trees).toEqual(plain.trees);
  });

  it("gives way to plain TypeScript where memory ends", () => {
    const grow = () => {
      throw new RangeError("out of memory");
    };
    const arena = createArena({ heapBase: () => 24, memory: { buffer: new ArrayBuffer(65_536), grow } });
    expect([arena.take(5), arena.take(60_000), arena.open()]).toEqual([32, 48, true]);
    arena.take(65_536);
    expect(arena.open()).toBe(false);
    arena.take(2 ** 32);
    expect(arena.open()).toBe(false);
  });
});
