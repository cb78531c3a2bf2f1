import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, InvalidArgumentError } from "../../core/index.ts";
import { fitTrees } from "./fit-trees.ts";
import { createTreesScorer } from "./score-trees.ts";
import { joinTrees, predictTrees, problemOfTrees, type Trees } from "./trees.ts";

const random = createRandom(5);
const columns = 7;
const rows = 600;
const X = Float64Array.from({ length: rows * columns }, () => (random.next() < 0.2 ? Number.NaN : random.normal()));
const targets = Float64Array.from({ length: rows }, (_, row) => {
  const [a, b, c] = X.subarray(row * columns);
  return (Number.isNaN(a) ? 2 : a) + (b > 0.3 ? 1 : 0) * (Number.isNaN(c) ? -1 : c) + random.normal() / 4;
});

describe("createTreesScorer", () => {
  it.each([1, 2, 3, 4, 5, 9, 40])(
    "gives the bits of predictTrees, unknown and infinite values included (%i trees)",
    async (rounds) => {
      const { trees } = await fitTrees({ X, columns, targets }, { objective: "squared", rounds, minRowsPerLeaf: 3 });
      const plain = createTreesScorer(trees, { wasm: false });
      const score = createTreesScorer(trees);
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300].map((value) =>
        new Float64Array(columns).fill(value),
      );
      for (const row of odd) expect([score(row), plain(row)]).toEqual(Array(2).fill(predictTrees(trees, row)));
      for (let row = 0; row < rows; row++) {
        const expected = predictTrees(trees, X, row * columns);
        expect([score(X, row * columns), plain(X, row * columns)]).toEqual([expected, expected]);
      }
    },
  );

  it("gives the base score without a tree", () => {
    const none = joinTrees({ columns: 2, objective: "squared", baseScore: 3 }, []);
    for (const wasm of [true, false]) expect(createTreesScorer(none, { wasm })(Float64Array.of(1, 2))).toBe(3);
  });

  /** Branches that share one child each: 2^branches nodes when unfolded. */
  const shared = (branches: number): Trees => {
    const nodes = Array.from({ length: branches + 1 }, (_, node) => node);
    const next = Int32Array.from(nodes, (node) => (node < branches ? node + 1 : -1));
    return {
      columns: 1,
      objective: "logistic",
      baseScore: 0,
      offsets: Int32Array.of(0, nodes.length),
      feature: Int32Array.from(nodes, (node) => (node < branches ? 0 : -1)),
      threshold: new Float32Array(nodes.length).fill(1),
      left: next,
      right: next,
      defaultLeft: new Uint8Array(nodes.length),
      value: new Float32Array(nodes.length).with(branches, 1),
      gain: new Float32Array(1),
    };
  };

  it("refuses branches that share a child instead of unfolding 2^n nodes", () => {
    for (const branches of [1, 2, 40, 5_000]) {
      expect(problemOfTrees(shared(branches))).toBe("node 0 leads to 1, as another branch does");
      for (const wasm of [true, false])
        expect(() => createTreesScorer(shared(branches), { wasm })).toThrow(InvalidArgumentError);
    }
  });

  it("refuses a node that nothing leads to", () => {
    const stray = joinTrees({ columns: 1, objective: "squared", baseScore: 0 }, []);
    const two = { feature: Int32Array.of(-1, -1), left: Int32Array.of(-1, -1), right: Int32Array.of(-1, -1) };
    const rest = { threshold: new Float32Array(2), defaultLeft: new Uint8Array(2), value: Float32Array.of(1, 2) };
    const trees = { ...stray, ...two, ...rest, offsets: Int32Array.of(0, 2) };
    expect(() => createTreesScorer(trees)).toThrow(InvalidArgumentError);
  });

  it("of hostile arrays, refuses them or scores as the oracle does, in WebAssembly and without", () => {
    const number = fc.constantFrom(-1, 0, 1, 1e300, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const node = fc.record({
      splits: fc.nat(),
      feature: fc.nat(1),
      threshold: fc.constantFrom(-1, 0, 1, 3.4e38),
      defaultLeft: fc.nat(1),
      value: fc.constantFrom(0, 1, -2.5, 3.4e38),
    });
    const damage = fc.tuple(
      fc.constantFrom("offsets", "feature", "threshold", "left", "right", "defaultLeft", "value"),
      fc.nat(13),
      fc.constantFrom(-2, -1, 0, 1, 2, 3, 4, 5, 6, 300, Number.NaN),
    );
    const counts = { refused: 0, scored: 0 };
    fc.assert(
      fc.property(
        fc.array(node, { maxLength: 6 }),
        fc.array(damage, { maxLength: 2 }),
        fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 4 }),
        (branches, damages, inputs) => {
          const nodes = 1 + 2 * branches.length;
          const trees: Trees = {
            columns: 2,
            objective: "squared",
            baseScore: 0.5,
            offsets: Int32Array.of(0, nodes),
            feature: new Int32Array(nodes).fill(-1),
            threshold: new Float32Array(nodes),
            left: new Int32Array(nodes).fill(-1),
            right: new Int32Array(nodes).fill(-1),
            defaultLeft: new Uint8Array(nodes),
            value: Float32Array.from({ length: nodes }, (_, i) => branches[i >> 1]?.value ?? i),
            gain: new Float32Array(2),
          };
          const leaves = [0];
          branches.forEach(({ splits, feature, threshold, defaultLeft }, i) => {
            const [parent] = leaves.splice(splits % leaves.length, 1);
            const left = 2 * i + 1;
            leaves.push(left, left + 1);
            trees.feature[parent] = feature;
            trees.threshold[parent] = threshold;
            trees.defaultLeft[parent] = defaultLeft;
            trees.left[parent] = left;
            trees.right[parent] = left + 1;
          });
          for (const [array, at, value] of damages) trees[array][at % trees[array].length] = value;
          if (problemOfTrees(trees) !== null) {
            counts.refused += 1;
            return;
          }
          for (const score of [createTreesScorer(trees), createTreesScorer(trees, { wasm: false })])
            for (const row of inputs.map((input) => Float64Array.from(input)))
              expect(score(row)).toBe(predictTrees(trees, row));
          counts.scored += 1;
        },
      ),
      { numRuns: 500 },
    );
    expect(Math.min(counts.refused, counts.scored)).toBeGreaterThan(50);
  });
});
