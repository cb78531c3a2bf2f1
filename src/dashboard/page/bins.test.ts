import { expect, it } from "vitest";
import { bins } from "./bins.ts";

const rest = { unit: "ms", count: 0, p50: null, p90: null, p99: null } as const;

it("leaves out the empty ends, and names what is between", () => {
  const view = { ...rest, edges: [0, 5, 10, 20, 50], counts: [0, 3, 0, 1] };
  expect(bins(view, String)).toEqual({
    counts: [3, 0, 1],
    labels: ["5 to 10", "10 to 20", "20 to 50"],
    edgeLabels: ["5", "10", "20", "50"],
    marks: [0, 1, 2, 3],
  });
});

it("says of a last bin without an edge that it is open", () => {
  const shown = bins({ ...rest, edges: [0, 5], counts: [1, 2] }, String);
  expect(shown.labels).toEqual(["0 to 5", "5 and more"]);
  expect(shown.edgeLabels).toEqual(["0", "5", ""]);
});

it("says of signed errors that both ends are open", () => {
  const shown = bins({ ...rest, edges: [-10, -5, 5, 10], counts: [1, 2, 1] }, String, true);
  expect(shown.labels).toEqual(["below -5", "-5 to 5", "5 and more"]);
  expect(shown.edgeLabels).toEqual(["", "-5", "5", ""]);
  expect(shown.marks).toEqual([1, 2]);
});

it("names few edges where there are many", () => {
  const many = Array.from({ length: 31 }, (_, i) => i);
  expect(bins({ ...rest, edges: many, counts: many.slice(1) }, String).marks).toHaveLength(5);
});

it("shows nothing of nothing", () => {
  expect(bins({ ...rest, edges: [0, 1], counts: [0] }, String).counts).toEqual([]);
});
