import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What each example's output must hold. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  "custom-model": /Best epoch: \d+\..*\n.*rows: 800/s,
  "custom-predictor": /conversionHappened: 1,\n {2}timeToConversionSeconds: 132,/,
  "custom-scoring":
    /^log-score: calm 100\.0 %, loud 0\.0 %\nseed-v1: .*\n(?:.*\n)*recomputed {2}the same, from the stored record/,
  "signed-server":
    /^a friend: 200 .*\na stranger: 403 .*\nsomebody who asks another: 401 .*\n.*late: 401 .*it is 14\.\d s old/,
};

it("every example has an expectation", () => {
  const names = readdirSync(`${ROOT}examples`).filter((file) => file.endsWith(".ts"));
  expect(names.map((file) => file.slice(0, -3)).sort()).toEqual(Object.keys(EXPECTED).sort());
});

it.each(Object.entries(EXPECTED))("example %s runs against the built package", (name, expected) => {
  const output = execFileSync(process.execPath, ["scripts/example.mjs", name], { cwd: ROOT, encoding: "utf8" });
  expect(output).toMatch(expected);
});
