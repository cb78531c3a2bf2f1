import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fitTrees } from "./fit-trees.ts";
import { predictTrees } from "./trees.ts";

interface Case {
  readonly name: string;
  readonly columns: number;
  readonly options: object;
  readonly X: readonly (number | null)[];
  readonly targets: readonly number[];
  readonly weights: readonly number[] | null;
  readonly margins: readonly number[];
  readonly totalGain: readonly number[];
}
const { cases } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/xgboost-trees.json", import.meta.url), "utf8"),
) as { cases: readonly Case[] };

/** XGBoost sums in f32: ten trees of it agree to about this. */
const TOLERANCE = 1e-5;

describe.each(cases)("as XGBoost: $name", ({ columns, options, X: given, targets, weights, margins, totalGain }) => {
  const X = Float64Array.from(given, (x) => x ?? Number.NaN);

  it.each([true, false])("scores and gains (WebAssembly: %s)", async (wasm) => {
    const data = { X, columns, targets, weights: weights ?? undefined };
    const { trees } = await fitTrees(data, { ...options, wasm });
    const differences = margins.map((margin, row) => Math.abs(predictTrees(trees, X, row * columns) - margin));
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
    for (const [column, gain] of totalGain.entries()) {
      expect(Math.abs(trees.gain[column] - gain)).toBeLessThanOrEqual(1e-4 * gain);
    }
  });
});
