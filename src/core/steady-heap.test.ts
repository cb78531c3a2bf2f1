import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const PROGRAM = `
  const { steadyHeap } = await import(${JSON.stringify(new URL("../../dist/core/steady-heap.js", import.meta.url).href)});
  if (process.argv.includes("steady")) steadyHeap();
  const kept = [];
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 20_000; i++) kept.push({ i, at: [i, i] });
    if (kept.length > 1e6) kept.length = 0;
  }
`;

/** How often V8 decided to make things of some place in its old space. */
function decisions(...words: string[]): number {
  const flags = ["--trace-pretenuring-statistics", "--input-type=module", "-e", PROGRAM];
  const said = execFileSync(process.execPath, [...flags, "--", ...words], { encoding: "utf8" });
  return said.match(/=> tenure/g)?.length ?? 0;
}

test("a process whose heap is kept steady makes nothing in its old space at once, however long such things lived", () => {
  expect([decisions("steady"), decisions("as it is") > 0]).toEqual([0, true]);
});
