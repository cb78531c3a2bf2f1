import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { fitTrees } from "./fit-trees.ts";
import { createTreesScorer } from "./score-trees.ts";
import { joinTrees, predictTrees } from "./trees.ts";

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
});
