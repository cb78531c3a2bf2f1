import { describe, expect, it } from "vitest";
import { followTotal, silentMetrics } from "./metrics.ts";

describe("the metrics port", () => {
  it("can be silent", () => {
    const { counter, gauge, histogram, family, onScrape } = silentMetrics;
    expect([
      counter("a")(),
      gauge("b")(1),
      histogram("c")(1),
      family("d")([]),
      onScrape(() => expect.fail())(),
    ]).toEqual(Array(5).fill(undefined));
  });

  it("follows a total that is kept elsewhere, and one that was begun anew", () => {
    let counted = 0;
    const follow = followTotal((by = 1) => {
      counted += by;
    });
    for (const total of [0, 3, 3, 10, 2, 4]) follow(total);
    expect(counted).toBe(14);
  });
});
