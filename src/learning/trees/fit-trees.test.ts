import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, createManualClock, createRandom, InvalidArgumentError } from "../../core/index.ts";
import { UnusableDataError } from "../errors.ts";
import { fitTrees } from "./fit-trees.ts";
import type { TreesData, TreesOptions } from "./options.ts";
import { predictTrees, problemOfTrees, treeCount } from "./trees.ts";

/** Four columns: noise, signal, its absence, a constant. */
function madeUp(rows: number, seed: number, noise = 0.5): TreesData {
  const random = createRandom(seed);
  const X = new Float64Array(rows * 4);
  const targets = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const signal = random.normal();
    const isMissing = random.next() < 0.3;
    X.set([random.normal(), signal, isMissing ? Number.NaN : random.next(), 5], row * 4);
    targets[row] = signal + (isMissing ? 1.5 : 0) + noise * random.normal() > 0.5 ? 1 : 0;
  }
  return { X, columns: 4, targets };
}

/** A clock on which every look takes a tenth of a second. */
function hurriedClock(): Clock {
  const clock = createManualClock();
  const monotonicMs = () => {
    clock.advance(100);
    return clock.monotonicMs();
  };
  return { ...clock, monotonicMs };
}
const train = madeUp(1200, 1);
const fresh = madeUp(600, 2);
const few: TreesOptions = { rounds: 12, minRowsPerLeaf: 5 };

describe("fitTrees", () => {
  it("learns from values and from their absence, and credits the columns that told", async () => {
    const { trees } = await fitTrees(train, few);
    const right = Array.from(fresh.targets).filter(
      (target, row) => predictTrees(trees, fresh.X, row * 4) > 0 === (target === 1),
    );
    expect(right.length / 600).toBeGreaterThan(0.75);
    expect(trees.gain[1]).toBeGreaterThan(trees.gain[2]);
    expect(trees.gain[2]).toBeGreaterThan(trees.gain[0]);
    expect(trees.gain[3]).toBe(0);
    expect(problemOfTrees(trees)).toBeNull();
  });

  it("sends unknown values the way that unknown rows taught", async () => {
    const X = Float64Array.from({ length: 90 }, (_, i) => (i % 3 === 0 ? Number.NaN : i % 3));
    const taught = async (target: (kind: number) => number) => {
      const targets = Float64Array.from({ length: 90 }, (_, i) => target(i % 3));
      const { trees } = await fitTrees({ X, columns: 1, targets }, { objective: "squared", rounds: 1, maxLeaves: 2 });
      return trees.defaultLeft[0];
    };
    expect(await taught((kind) => (kind === 2 ? 1 : 0))).toBe(1);
    expect(await taught((kind) => (kind === 1 ? 0 : 1))).toBe(0);
  });

  it("can ask for absence alone", async () => {
    const X = Float64Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? Number.NaN : 7));
    const targets = Float64Array.from({ length: 100 }, (_, i) => i % 2);
    const { trees } = await fitTrees({ X, columns: 1, targets }, { rounds: 5 });
    expect(predictTrees(trees, Float64Array.of(Number.NaN))).toBeLessThan(-0.3);
    expect(predictTrees(trees, Float64Array.of(7))).toBeGreaterThan(0.3);
  });

  it("gives the same bytes for the same seed, whatever the clock says, and others for another", async () => {
    const sampled: TreesOptions = { ...few, rowShare: 0.6, columnShare: 0.7 };
    const first = (await fitTrees(train, sampled)).trees;
    expect((await fitTrees(train, { ...sampled, clock: hurriedClock() })).trees).toEqual(first);
    expect((await fitTrees(train, { ...sampled, seed: 2 })).trees).not.toEqual(first);
  });

  it("keeps to leaves, depth and rows per leaf", async () => {
    const { trees } = await fitTrees(train, { rounds: 3, maxLeaves: 9, maxDepth: 4, minRowsPerLeaf: 50 });
    for (let tree = 0; tree < 3; tree++) {
      const nodes = trees.feature.subarray(trees.offsets[tree], trees.offsets[tree + 1]);
      expect(nodes.filter((feature) => feature < 0).length).toBeLessThanOrEqual(9);
      const counts = new Map<number, number>();
      for (let row = 0; row < 1200; row++) {
        let node = trees.offsets[tree];
        let depth = 0;
        for (; trees.feature[node] >= 0; depth++) {
          const x = Math.fround(train.X[row * 4 + trees.feature[node]]);
          const left = Number.isNaN(x) ? trees.defaultLeft[node] === 1 : x < trees.threshold[node];
          node = left ? trees.left[node] : trees.right[node];
        }
        expect(depth).toBeLessThanOrEqual(4);
        counts.set(node, (counts.get(node) ?? 0) + 1);
      }
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(50);
    }
  });

  it("answers the base rate when no leaf could hold enough rows, or no column varies", async () => {
    const rate = Math.log(1 / 3);
    const targets = [1, 0, 0, 0];
    for (const X of [Float64Array.of(1, 2, 3, 4), new Float64Array(4), new Float64Array(4).fill(Number.NaN)]) {
      const { trees } = await fitTrees({ X, columns: 1, targets }, { rounds: 3 });
      expect(predictTrees(trees, Float64Array.of(3))).toBeCloseTo(rate, 6);
    }
  });

  it("a row of weight 2 counts as two rows", async () => {
    const X = Float64Array.from({ length: 60 }, (_, i) => i % 20);
    const targets = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i));
    const double = (list: Float64Array) => Float64Array.from([...list, ...list.subarray(0, 30)]);
    const options: TreesOptions = { objective: "squared", rounds: 4, minRowsPerLeaf: 1, minChildWeight: 3 };
    const weights = Float64Array.from({ length: 60 }, (_, i) => (i < 30 ? 2 : 1));
    const once = (await fitTrees({ X, columns: 1, targets, weights }, options)).trees;
    const twice = (await fitTrees({ X: double(X), columns: 1, targets: double(targets) }, options)).trees;
    for (let x = 0; x < 20; x++) {
      expect(predictTrees(once, Float64Array.of(x))).toBeCloseTo(predictTrees(twice, Float64Array.of(x)), 6);
    }
  });

  it("holds monotone columns to their way, whatever the rows say", async () => {
    const cell = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constant(Number.NaN));
    const row = fc.record({
      x: fc.array(cell, { minLength: 3, maxLength: 3 }),
      target: fc.double({ min: -5, max: 5, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 60 }), fc.boolean(), async (list, wasm) => {
        const data = {
          X: Float64Array.from(list.flatMap(({ x }) => x)),
          columns: 3,
          targets: list.map(({ target }) => target),
        };
        const rules: TreesOptions = { objective: "squared", rounds: 4, minRowsPerLeaf: 1, l2: 0.1, wasm };
        const { trees } = await fitTrees(data, { ...rules, monotone: [1, -1, 0] });
        for (const { x } of list) {
          const along = (column: number) =>
            [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4].map((v) => predictTrees(trees, Float64Array.from(x.with(column, v))));
          for (const [i, score] of along(0).entries())
            if (i > 0) expect(score).toBeGreaterThanOrEqual(along(0)[i - 1] - 1e-6);
          for (const [i, score] of along(1).entries())
            if (i > 0) expect(score).toBeLessThanOrEqual(along(1)[i - 1] + 1e-6);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("early stopping", () => {
  it("ends when the validation loss no longer falls, and restores the best round", async () => {
    const noisy = madeUp(300, 3, 3);
    const options: TreesOptions = { learningRate: 0.5, minRowsPerLeaf: 2, patience: 4 };
    const stopped = await fitTrees(noisy, { ...options, rounds: 60, validation: fresh });
    expect(stopped.stoppedEarly).toBe(true);
    expect(stopped.history.length).toBe(stopped.bestRound + 4);
    const losses = stopped.history.map(({ valLoss }) => valLoss ?? 0);
    expect(losses.indexOf(Math.min(...losses))).toBe(stopped.bestRound - 1);
    expect(treeCount(stopped.trees)).toBe(stopped.bestRound);
    expect(stopped.trees).toEqual((await fitTrees(noisy, { ...options, rounds: stopped.bestRound })).trees);
    expect(stopped.history[3].trainLoss ?? 1).toBeLessThan(stopped.history[0].trainLoss ?? 0);
  });

  it("restores no tree at all when every one is worse than the base rate", async () => {
    const turned = { ...fresh, targets: Array.from(fresh.targets, (target) => 1 - target) };
    const { trees, bestRound } = await fitTrees(train, { ...few, validation: turned, patience: 2 });
    expect([treeCount(trees), bestRound]).toEqual([0, 0]);
  });
});

describe("a long fit", () => {
  it("breathes, tells how far it is, and keeps the whole trees when aborted", async () => {
    const controller = new AbortController();
    const shares: number[] = [];
    const fit = await fitTrees(train, {
      ...few,
      clock: hurriedClock(),
      signal: controller.signal,
      onProgress: (share) => shares.push(share),
      onRound: ({ round }) => round === 3 && setImmediate(() => controller.abort()),
    });
    expect([fit.aborted, fit.stoppedEarly]).toEqual([true, false]);
    expect(treeCount(fit.trees)).toBe(fit.history.length);
    expect(fit.history.length).toBeGreaterThanOrEqual(3);
    expect(fit.history.length).toBeLessThan(12);
    expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
    expect(shares.length).toBeGreaterThan(10);
  });

  it("aborted before it began answers the base rate", async () => {
    const { trees, aborted } = await fitTrees(train, { ...few, signal: AbortSignal.abort() });
    expect([treeCount(trees), aborted]).toEqual([0, true]);
  });
});

describe("refuses", () => {
  const X = Float64Array.of(1, 2, 3, 4);
  it.each<[string, TreesData, TreesOptions]>([
    ["X must hold", { X, columns: 3, targets: [0, 1] }, {}],
    ["columns must be", { X, columns: 0, targets: [0, 1] }, {}],
    ["targets[1] must be", { X, columns: 2, targets: [0, 2] }, {}],
    ["targets[0] must be", { X, columns: 2, targets: [Number.NaN, 2] }, { objective: "huber" }],
    ["weights must be", { X, columns: 2, targets: [0, 1], weights: [1] }, {}],
    ["weights[1] must be", { X, columns: 2, targets: [0, 1], weights: [1, -1] }, {}],
    ["validation.columns must be", { X, columns: 2, targets: [0, 1] }, { validation: { X, columns: 4, targets: [1] } }],
    ["monotone must be", { X, columns: 2, targets: [0, 1] }, { monotone: [1] }],
    ["maxLeaves must be", { X, columns: 2, targets: [0, 1] }, { maxLeaves: 1.5 }],
    ["l2 must be", { X, columns: 2, targets: [0, 1] }, { l2: Number.NaN }],
  ])("%s", async (text, data, options) => {
    await expect(fitTrees(data, options)).rejects.toThrow(InvalidArgumentError);
    await expect(fitTrees(data, options)).rejects.toThrow(text);
  });

  it.each<[string, TreesData]>([
    ["one class", { X, columns: 2, targets: [1, 1] }],
    ["one class by weight", { X, columns: 2, targets: [0, 1], weights: [1, 0] }],
    ["no rows", { X: new Float64Array(0), columns: 2, targets: [] }],
  ])("%s, by name", async (_, data) => {
    await expect(fitTrees(data)).rejects.toThrow(UnusableDataError);
  });
});
