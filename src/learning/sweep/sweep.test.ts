import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { createInlineJobs, createThreadJobs } from "../../jobs/index.ts";
import { takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { crossValidate } from "../evaluation/cross-validate.ts";
import { fit } from "../models/fit.ts";
import { parseSwitches } from "../models/switches-schema.ts";
import { rungShares, takeShare } from "./rungs.ts";
import { DEFAULT_SPACE, drawSwitches, parseSpace } from "./space.ts";
import { type Sweep, sweep, type Trial } from "./sweep.ts";

const data = syntheticDataset({ rows: 700, seed: 8, strength: 3 });
const base = { kind: "trees", trees: { rounds: 6, maxBins: 16 }, folds: 0, time: "median" } as const;
const space = parseSpace({ "trees.learningRate": { logUniform: [0.001, 0.5] }, "trees.maxLeaves": [2, 8] });
const quick = { base, space, trials: 6, folds: 2, seed: 5 };

describe("crossValidate over jobs", () => {
  it("gives the same bits on two threads, on this one, and by a function", async () => {
    const switches = { ...base, seed: 4 };
    const threads = createThreadJobs({ workers: 2 });
    const shares: number[] = [];
    const options = { folds: 3, seed: 2 };
    const here = await crossValidate(data, switches, options);
    const there = await crossValidate(data, switches, { ...options, jobs: threads, onProgress: (s) => shares.push(s) });
    const own = await crossValidate(data, async (rows) => (await fit(rows, switches)).model, options);
    await threads.close();
    expect(there).toEqual(here);
    expect(own).toEqual(here);
    expect(shares.at(-1)).toBeCloseTo(1);
  });

  it("passes on what fit says of impossible switches, code and hint", async () => {
    const learningRate = 1e30;
    const failing = crossValidate(data, { kind: "network", learningRate, epochs: 3 }, { jobs: createInlineJobs() });
    await expect(failing).rejects.toMatchObject({ code: "LOSS_NOT_FINITE", hint: "Lower the learning rate." });
  });
});

describe("sweep", () => {
  it("finds what is better by far, and says by how much with an interval", async () => {
    const found = await sweep(data, { ...quick, base: { ...base, trees: { ...base.trees, learningRate: 1e-4 } } });
    const [best] = found.trials;
    expect(found.trials).toHaveLength(6);
    expect(best?.gain?.low ?? -1).toBeGreaterThan(0);
    expect(found.best).toEqual(best?.switches);
    expect(found.best.trees?.learningRate ?? 0).toBeGreaterThan(0.05);
    const values = found.trials.map(({ value }) => value ?? 9);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const { model } = await fit(data, found.best);
    expect(model.classifier.kind).toBe("trees");
  });

  it("gives the same on however many threads", async () => {
    const jobs = createThreadJobs({ workers: 2 });
    expect(await sweep(data, { ...quick, jobs })).toEqual(await sweep(data, quick));
    await jobs.close();
    expect((await sweep(data, { ...quick, seed: 6 })).trials).not.toEqual((await sweep(data, quick)).trials);
  });

  it("halves: all on few conversations, the better third on three times as many, the defaults to the end", async () => {
    const many = syntheticDataset({ rows: 2000, seed: 3, strength: 3 });
    const told: Trial[] = [];
    const found = await sweep(many, { ...quick, trials: 7, onTrial: (trial) => told.push(trial) });
    const shares = rungShares(new Set(many.groups).size, "halving");
    expect(shares).toEqual([1 / 3, 1]);
    expect(told.filter(({ share }) => share === 1 / 3)).toHaveLength(7);
    const last = told.filter(({ share }) => share === 1).map(({ id }) => id);
    expect(last).toContain(0);
    expect(last.length).toBeLessThanOrEqual(4);
    expect(found.trials.slice(0, last.length).every(({ share }) => share === 1)).toBe(true);
  });

  it("goes on past switches that cannot be learned with, and puts them last", async () => {
    const found = await sweep(data, {
      base: { kind: "network", epochs: 2, layerSizes: [4], time: "median" },
      space: { learningRate: [1e30] },
      trials: 3,
      folds: 2,
      seed: 1,
    });
    expect(found.trials[0]?.id).toBe(0);
    expect(found.trials[1]).toMatchObject({ value: null, failure: expect.stringMatching(/not a finite number/) });
  });

  it("keeps the trials so far when it is interrupted, and throws where there are none", async () => {
    const controller = new AbortController();
    let count = 0;
    const onTrial = () => {
      count += 1;
      if (count === 3) controller.abort(new Error("enough"));
    };
    const found: Sweep = await sweep(data, { ...quick, signal: controller.signal, onTrial });
    expect(found.aborted).toBe(true);
    expect(found.trials.filter(({ value }) => value !== null)).toHaveLength(3);
    expect(found.best).toEqual(found.trials[0]?.switches);
    const signal = AbortSignal.abort(new Error("at once"));
    await expect(sweep(data, { ...quick, signal })).rejects.toThrow("at once");
  });

  it("refuses a measure without a better side, and no trials", async () => {
    await expect(sweep(data, { measure: "ece" })).rejects.toThrow(/measure must be one of logLoss, brier/);
    await expect(sweep(data, { trials: 0 })).rejects.toThrow(/trials must be a whole number from 1/);
  });
});

describe("search spaces", () => {
  it("are drawn from by name: one switch more does not move the others", () => {
    const one = drawSwitches(DEFAULT_SPACE, {}, createRandom(3));
    const { kind: _, ...rest } = DEFAULT_SPACE;
    expect(drawSwitches(rest, { kind: one.kind }, createRandom(3))).toEqual(one);
  });

  it("by default hold nothing that fit would refuse", () => {
    for (let i = 0; i < 200; i++) {
      const drawn = drawSwitches(DEFAULT_SPACE, {}, createRandom(i));
      expect(parseSwitches(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
    }
    expect(parseSpace(JSON.parse(JSON.stringify(DEFAULT_SPACE)))).toEqual(DEFAULT_SPACE);
  });

  it("in the documents are spaces", () => {
    const [, json = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync("docs/cli.md", "utf8")) ?? [];
    expect(Object.keys(parseSpace(JSON.parse(json)))).toContain("trees.maxLeaves");
  });

  it.each([
    [[], /space must be an object/],
    [{ seed: [1, 2] }, /space.seed is luck/],
    [{ learningRate: [] }, /space.learningRate must list at least one value/],
    [{ learningRate: { normal: [0, 1] } }, /space.learningRate must be uniform, logUniform or integer/],
    [{ learningRate: { uniform: [2, 1] } }, /must not end below its beginning/],
    [{ learningRate: { logUniform: [0, 1] } }, /must begin above 0/],
    [{ learningRate: { uniform: [0, 1] } }, /learningRate is refused/],
    [{ learninRate: [1] }, /learninRate/],
    [{ "trees.leaves": [3] }, /leaves/],
    [{ kind: ["forest"] }, /kind is refused/],
    [{ "__proto__.polluted": [1] }, /refused|proto/],
  ])("that make no sense are refused by name: %j", (json, message) => {
    expect(() => parseSpace(JSON.parse(JSON.stringify(json)))).toThrow(message);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("rungs", () => {
  it("grow threefold while the smallest has enough conversations", () => {
    expect(rungShares(500, "halving")).toEqual([1]);
    expect(rungShares(9_000_000, "halving")).toEqual([1 / 9, 1 / 3, 1]);
    expect(rungShares(9_000_000, "random")).toEqual([1]);
  });

  it("lie one inside the other, each with whole conversations and about the same share that converted", () => {
    const doubled = takeRows(data, [...Array(700).keys()]);
    const [small, middle] = [1 / 9, 1 / 3].map((share) => takeShare(doubled, share, 4));
    const middleGroups = new Set(middle?.groups);
    expect(small?.groups.every((group) => middleGroups.has(group))).toBe(true);
    const rateOf = (rows: { y: Uint8Array; rows: number }) => rows.y.reduce((a, b) => a + b, 0) / rows.rows;
    expect(Math.abs(rateOf(middle ?? data) - rateOf(data))).toBeLessThan(0.05);
  });
});
