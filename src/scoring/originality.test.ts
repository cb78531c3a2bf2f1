import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, shuffled } from "../core/index.ts";
import { createOriginality, type OriginalityConstants, type Reply, sharePay } from "./index.ts";

const says = (p: number, time: number | null = 60): Reply => ({
  ok: true,
  answer: {
    conversionHappened: p >= 0.5 ? 1 : 0,
    timeToConversionSeconds: p >= 0.5 ? (time ?? 60) : -1,
    confidence: p,
    timeIfConvertedSeconds: time,
  },
  latencySeconds: 0.1,
});
const clip = (p: number) => Math.min(1, Math.max(0, p));
/** Miners by name: what each says of a question whose true probability is known, with a chance of its own. */
type Crowd = Readonly<Record<string, (truth: number, normal: () => number, question: number) => Reply>>;
const independent =
  (noise = 0.04) =>
  (truth: number, normal: () => number) =>
    says(clip(truth + noise * normal()));
const HONEST: Crowd = { ann: independent(), bob: independent(), cyd: independent(), dan: independent() };

function clustersOf(
  crowd: Crowd,
  { questions = 120, seed = 1, constants = {} as Partial<OriginalityConstants>, order = Object.keys(crowd) } = {},
) {
  const originality = createOriginality(constants);
  const world = createRandom(`world ${seed}`);
  const chances = new Map(order.map((name) => [name, createRandom(`${seed}/${name}`)]));
  for (let question = 0; question < questions; question++) {
    const truth = world.next();
    originality.add(
      new Map(
        order.map((name) => {
          const chance = chances.get(name);
          return [name, crowd[name]?.(truth, () => chance?.normal() ?? 0, question) ?? says(0.5)];
        }),
      ),
    );
  }
  return originality.clusters();
}
const names = (crowd: Crowd, options?: Parameters<typeof clustersOf>[1]) =>
  clustersOf(crowd, options).map(({ hotkeys }) => hotkeys);

/** The same forecasts for every hotkey of a farm, with noise of their own. */
function farm(noise: number, seed = "farm"): Crowd[string] {
  return (truth, normal, question) =>
    says(clip(truth + 0.04 * createRandom(`${seed}/${question}`).normal() + noise * normal()));
}

describe("originality", () => {
  it("leaves independent forecasters alone, however good they are", () => {
    expect(names(HONEST)).toEqual([]);
    const good = independent(0.03);
    expect(names({ a: good, b: good, c: good, d: good, e: good })).toEqual([]);
  });

  it("finds the same answers, and answers with noise of 1e-3", () => {
    expect(names({ ...HONEST, x: farm(0), y: farm(0) })).toEqual([["x", "y"]]);
    expect(names({ ...HONEST, x: farm(0), y: farm(0), z: farm(1e-3) })).toEqual([["x", "y", "z"]]);
    const [cluster] = clustersOf({ ...HONEST, x: farm(0), y: farm(0) });
    expect(cluster?.reasons).toEqual([
      {
        pair: ["x", "y"],
        shared: 120,
        agreeing: 1,
        correlation: expect.closeTo(1, 9),
        residualCorrelation: expect.closeTo(1, 9),
      },
    ]);
  });

  it("finds a farm that is most of the subnet: it does not become its own consensus", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`farm-${i + 10}`, farm(1e-3)]));
    expect(names({ ...HONEST, ...many })).toEqual([Object.keys(many)]);
    expect(names({ x: farm(1e-3), y: farm(1e-3) })).toEqual([["x", "y"]]);
  });

  it("does not take constants for each other, nor a hedger for a constant", () => {
    const always = (p: number) => () => says(p);
    const hedger = (truth: number) => says(truth >= 0.5 ? 0.501 : 0.499);
    expect(names({ ...HONEST, one: always(1), zero: always(0), half: always(0.5), hedger })).toEqual([]);
    expect(names({ ...HONEST, one: always(1), uno: always(1) })).toEqual([["one", "uno"]]);
  });

  it("needs 50 shared questions, and looks at times too", () => {
    expect(names({ x: farm(0), y: farm(0) }, { questions: 49 })).toEqual([]);
    expect(names({ x: farm(0), y: farm(0) }, { questions: 50 })).toEqual([["x", "y"]]);
    const at = (seconds: number) => () => says(0.7, seconds);
    expect(names({ x: at(60), y: at(60.05), z: at(61) })).toEqual([["x", "y"]]);
  });

  it("says nothing of silence and of what is invalid", () => {
    const silent = (): Reply => ({ ok: false, reason: "timeout", latencySeconds: 12 });
    const broken = () => says(Number.NaN);
    expect(names({ ...HONEST, s: silent, t: silent, u: broken, v: broken })).toEqual([]);
  });

  it("does not depend on the order of hotkeys", () => {
    const crowd: Crowd = { ...HONEST, x: farm(0), y: farm(1e-3), p: farm(0, "other"), q: farm(0, "other") };
    const expected = clustersOf(crowd);
    expect(expected.map(({ hotkeys }) => hotkeys)).toEqual([
      ["p", "q"],
      ["x", "y"],
    ]);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const order = shuffled(Object.keys(crowd), createRandom(seed));
        expect(clustersOf(crowd, { order })).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it("finds clones, and only clones, whatever the seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 0, max: 1e-3, noNaN: true }), (seed, noise) => {
        const own = (truth: number, normal: () => number, question: number) =>
          farm(noise, `farm ${seed}`)(truth, normal, question);
        expect(names({ ...HONEST, x: own, y: own, z: own }, { seed })).toEqual([["x", "y", "z"]]);
      }),
      { numRuns: 20 },
    );
  });

  it("is bounded, and forgets what is old: copies of long ago are no copies", () => {
    const turned: Crowd = {
      ...HONEST,
      x: farm(0),
      y: (truth, normal, question) => (question < 200 ? farm(0) : independent())(truth, normal, question),
    };
    expect(names(turned, { questions: 200 })).toEqual([["x", "y"]]);
    expect(names(turned, { questions: 400, constants: { windowAnswers: 200 } })).toEqual([]);
    const originality = createOriginality({ windowAnswers: 10 });
    for (let i = 0; i < 3_000; i++)
      originality.add(
        new Map([
          [`h${i % 1_500}`, says(0.5)],
          ["always", says(0.4)],
        ]),
      );
    expect(originality.held).toBeLessThanOrEqual(1_024 * 10);
  });

  it("refuses constants that are no numbers", () => {
    expect(() => createOriginality({ correlation: Number.NaN })).toThrow("correlation must be finite");
  });
});

describe("sharing", () => {
  const clusters = [{ hotkeys: ["a", "b", "c"], reasons: [] }];
  const pay = new Map([
    ["a", 3],
    ["b", 3],
    ["c", 3],
    ["d", 3],
  ]);

  it("gives a cluster one reward less a fee for each further hotkey, or only reports", () => {
    const split = sharePay(pay, clusters, "split");
    expect([...split.values()]).toEqual([0.9, 0.9, 0.9, 3].map((value) => expect.closeTo(value, 12)));
    expect(sharePay(pay, clusters, "report")).toEqual(pay);
    expect(sharePay(pay, clusters, "split", { fee: 0 }).get("a")).toBe(1);
  });

  it("shares among those that are here and paid, and never makes pay of nothing", () => {
    expect(sharePay(new Map([["a", 2]]), clusters, "split")).toEqual(new Map([["a", 2]]));
    expect(
      sharePay(
        new Map([
          ["a", 2],
          ["b", 0],
        ]),
        clusters,
        "split",
      ),
    ).toEqual(
      new Map([
        ["a", 2],
        ["b", 0],
      ]),
    );
  });

  it("never pays a cluster more than the best of it alone", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 30 }), (values) => {
        const hotkeys = values.map((_, i) => `h${i}`);
        const before = new Map(hotkeys.map((hotkey, i) => [hotkey, values[i] ?? 0]));
        const after = sharePay(before, [{ hotkeys, reasons: [] }], "split");
        const together = [...after.values()].reduce((sum, value) => sum + value, 0);
        expect(together).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
      }),
    );
  });
});
