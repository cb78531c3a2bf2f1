import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainWeights, emitWeights, normaliseMaxWeight } from "./index.ts";

const pay = (...values: number[]) => new Map(values.map((value, uid) => [uid, value]));
const all = (n: number) => Array.from({ length: n }, (_, uid) => uid);
const chain = (map: Map<number, number>, n: number, minAllowedWeights: number, maxWeightLimit: number) =>
  chainWeights({ pay: map, allUids: all(n), minAllowedWeights, maxWeightLimit });

describe("chain weights", () => {
  // Vectors made by running SDK v10.2's process_weights_for_netuid and convert_weights_and_uids_for_emit.
  it.each([
    ["[0,1,2,5] limit 1", pay(0, 1, 2, 5), 1, 1, [1, 2, 3], [13107, 26214, 65535]],
    ["[.1,.2,.3,.4] limit .3", pay(0.1, 0.2, 0.3, 0.4), 1, 0.3, [0, 1, 2, 3], [29127, 58253, 65535, 65535]],
    ["[1,1,1,1,96] limit .4", pay(1, 1, 1, 1, 96), 1, 0.4, [0, 1, 2, 3, 4], [24576, 24576, 24576, 24576, 65535]],
    ["[1,2,3,4] limit .25", pay(1, 2, 3, 4), 1, 0.25, [0, 1, 2, 3], [65535, 65535, 65535, 65535]],
    [
      "uids 1,2,3 of [1,2,4]",
      new Map([
        [1, 1],
        [2, 2],
        [3, 4],
      ]),
      1,
      1,
      [1, 2, 3],
      [16384, 32768, 65535],
    ],
  ])("equal the SDK's for %s", (_, map, min, limit, uids, weights) => {
    expect(chain(map, map.size, min, limit)).toMatchObject({ uids, weights });
  });

  it("equals the SDK's shares under a limit", () => {
    const shares = normaliseMaxWeight([0.1, 0.2, 0.3, 0.4], 0.3);
    for (const [i, expected] of [0.13333341, 0.26666683, 0.29999986, 0.29999986].entries()) {
      expect(shares[i]).toBeCloseTo(expected, 6);
    }
  });

  it("rounds half to even and drops what becomes 0", () => {
    expect(emitWeights(all(4), [0.5, 1, 1 / 131070, 1.6 / 131070])).toEqual({
      uids: [0, 1, 3],
      weights: [32768, 65535, 1],
    });
    expect(emitWeights([1], [0])).toEqual({ uids: [], weights: [] });
  });

  it("are not set when nobody earned anything: never uniform by accident", () => {
    expect(chain(pay(0, 0, 0), 3, 1, 1)).toBeNull();
    expect(chain(new Map(), 3, 1, 1)).toBeNull();
  });

  it("are filled up to the chain's minimum with the smallest weight, in uids and not positions, and say so", () => {
    const filled = chainWeights({
      pay: new Map([[9, 1]]),
      allUids: [4, 7, 9],
      minAllowedWeights: 3,
      maxWeightLimit: 1,
    });
    expect(filled).toEqual({
      uids: [9, 4, 7],
      weights: [65535, 1, 1],
      notes: ["filled up with weight 1 for 2 uids: the chain demands 3"],
    });
  });

  it("refuse NaN, infinity and negative pay by uid", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1])
      expect(() => chain(pay(1, value), 2, 1, 1)).toThrow("pay of uid 1 must be finite and not negative");
    expect(() => emitWeights([1, 2], [1])).toThrow("values must be as many as the uids (2)");
    expect(() => emitWeights([1], [-1])).toThrow("values must be finite and not negative");
  });

  it("are shares for pay as small as numbers get", () => {
    expect(normaliseMaxWeight([0, 5e-324], 0.5000000000000001).every(Number.isFinite)).toBe(true);
  });

  it("hold the limit and the order for any pay", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (values, limit) => {
          const shares = normaliseMaxWeight(values, limit);
          expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          if (values.length * limit > 1.01 && values.filter((v) => v > 0).length * limit > 1.01)
            expect(Math.max(...shares)).toBeLessThanOrEqual(limit + 1e-4);
          const ranked = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
          for (const [i, uid] of ranked.slice(1).entries()) {
            expect(shares[uid]).toBeGreaterThanOrEqual((shares[ranked[i] ?? 0] ?? 0) - 1e-9);
          }
        },
      ),
    );
  });
});
