import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../core/index.ts";
import { joinTrees, leafOf, predictTrees, problemOfTrees, type Tree, type Trees, treeCount } from "./trees.ts";

/** x0 < 1.5 (unknown: left) ? 1 : x1 < 0 (unknown: right) ? 2 : 4 */
const tree: Tree = {
  offsets: Int32Array.of(0, 5),
  feature: Int32Array.of(0, -1, 1, -1, -1),
  threshold: Float32Array.of(1.5, 0, 0, 0, 0),
  left: Int32Array.of(1, -1, 3, -1, -1),
  right: Int32Array.of(2, -1, 4, -1, -1),
  defaultLeft: Uint8Array.of(1, 0, 0, 0, 0),
  value: Float32Array.of(0, 1, 0, 2, 4),
  gain: new Map([[1, 3]]),
};
const trees = joinTrees({ columns: 2, objective: "squared", baseScore: 10 }, [tree, tree]);

describe("predictTrees", () => {
  it.each([
    [1, 5, 12],
    [1.5, -1, 14],
    [2, 0, 18],
    [Number.NaN, -1, 12],
    [2, Number.NaN, 18],
    [Number.NEGATIVE_INFINITY, 0, 12],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 18],
  ])("%d, %d -> %d", (a, b, score) => {
    expect(predictTrees(trees, Float64Array.of(7, a, b), 1)).toBe(score);
  });

  it("compares as f32, like a file's reader", () => {
    expect(predictTrees(trees, Float64Array.of(1.5 - 1e-12, -1))).toBe(14);
  });

  it("refuses a row that is not all there", () => {
    expect(() => predictTrees(trees, Float64Array.of(1, 2), 1)).toThrow(InvalidArgumentError);
  });
});

describe("joinTrees", () => {
  it("puts trees behind one another and sums their gains", () => {
    expect(treeCount(trees)).toBe(2);
    expect([...trees.offsets]).toEqual([0, 5, 10]);
    expect([...trees.right]).toEqual([2, -1, 4, -1, -1, 7, -1, 9, -1, -1]);
    expect([...trees.gain]).toEqual([0, 6]);
  });

  it("makes a constant of none", () => {
    const none = joinTrees({ columns: 2, objective: "squared", baseScore: 10 }, []);
    expect(problemOfTrees(none)).toBeNull();
    expect(predictTrees(none, Float64Array.of(1, 2))).toBe(10);
  });
});

describe("problemOfTrees", () => {
  it.each<[string, Partial<Trees>]>([
    ["gain is not one number per column", { columns: 3 }],
    ["gain is not one number per column", { columns: 0 }],
    ["the arrays of nodes differ in length", { value: new Float32Array(9) }],
    ["offsets do not run from 0 to the count of nodes", { offsets: Int32Array.of(0, 5, 11) }],
    ["tree 0 has no node", { offsets: Int32Array.of(0, 0, 10) }],
    ["node 1 is not finite", { value: new Float32Array(10).fill(Number.NaN, 1, 2) }],
    ["node 2 is not finite", { threshold: new Float32Array(10).fill(Number.NaN, 2, 3) }],
    ["node 0 asks for column 2", { feature: new Int32Array(10).fill(2) }],
    ["node 0 leads to 5", { left: new Int32Array(10).fill(5) }],
    ["node 2 leads to 1", { left: new Int32Array(10).fill(1) }],
    ["node 0 leads to 1, as another branch does", { right: trees.right.with(0, 1) }],
    ["node 2 leads to 4, as another branch does", { left: trees.left.with(2, 4) }],
    ["nothing leads to node 1", { feature: trees.feature.with(0, -1) }],
    ["node 0 has a defaultLeft of 2", { defaultLeft: trees.defaultLeft.with(0, 2) }],
    ["baseScore is not finite", { baseScore: Number.NaN }],
    ["gain is not finite", { gain: Float32Array.of(0, Number.POSITIVE_INFINITY) }],
  ])("%s", (problem, change) => {
    expect(problemOfTrees({ ...trees, ...change })).toBe(problem);
  });

  it("lets nothing through that a walk could not end in", () => {
    const numbers = fc.array(fc.integer({ min: -2, max: 6 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(numbers, numbers, numbers, (feature, left, right) => {
        const one = joinTrees({ columns: 2, objective: "squared", baseScore: 0 }, [tree]);
        const odd = { ...one, feature: Int32Array.from(feature), left: Int32Array.from(left) };
        const whole = { ...odd, right: Int32Array.from(right) };
        if (problemOfTrees(whole) !== null) return;
        const end = leafOf(whole, 0, Float64Array.of(0, 1), 0);
        expect(whole.feature[end]).toBe(-1);
      }),
    );
  });
});
