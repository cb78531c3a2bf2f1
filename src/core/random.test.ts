import { describe, expect, it } from "vitest";
import { createRandom, cryptoRandom, type Random, shuffled } from "./random.ts";

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.next());
const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a seeded stream", () => {
  it("is the same for the same seed, in every run, and another for another", () => {
    expect(draws(createRandom(7), 3)).toMatchInlineSnapshot(`
      [
        0.717025689569757,
        0.17340868088893757,
        0.7022781874981704,
      ]
    `);
    expect(draws(createRandom("7"), 100)).toEqual(draws(createRandom(7), 100));
    expect(new Set([1, 2, 3, "a", "b"].map((seed) => createRandom(seed).next())).size).toBe(5);
  });

  it("is uniform in [0, 1): every tenth within four standard errors, neighbours unrelated", () => {
    const values = draws(createRandom("uniform"), 100_000);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1;
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(9_000));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const products = values.slice(1).map((value, i) => (value - 0.5) * ((values[i] ?? 0) - 0.5));
    expect(Math.abs(average(products))).toBeLessThan(4 / 12 / Math.sqrt(values.length));
  });

  it("gives whole numbers below the bound, each as often", () => {
    const random = createRandom("whole");
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const value = random.integer(6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    for (const bound of [0, -1, 1.5, Number.NaN]) expect(() => random.integer(bound)).toThrow("bound must be");
    expect(random.integer(1)).toBe(0);
  });

  it("gives standard normal numbers", () => {
    const random = createRandom("normal");
    const values = Array.from({ length: 100_000 }, () => random.normal());
    expect(average(values)).toBeCloseTo(0, 1);
    expect(average(values.map((value) => value * value))).toBeCloseTo(1, 1);
    expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2);
  });

  it("gives bytes of every value", () => {
    const bytes = createRandom("bytes").bytes(10_000);
    expect([bytes.length, new Set(bytes).size]).toEqual([10_000, 256]);
  });
});

describe("a fork", () => {
  it("is told by its label alone: neither its parent's draws nor its brothers' move it", () => {
    const parent = createRandom(7);
    const before = draws(parent.fork("a"), 10);
    draws(parent, 1_000);
    draws(parent.fork("b"), 1_000);
    expect(draws(parent.fork("a"), 10)).toEqual(before);
    expect(draws(createRandom(7).fork("a"), 10)).toEqual(before);
  });

  it("does not move its parent, and is another stream than it and than its brothers", () => {
    const parent = createRandom(7);
    draws(parent.fork("a"), 100);
    expect(parent.next()).toBe(createRandom(7).next());
    const streams = [createRandom(7), parent.fork("a"), parent.fork("b"), parent.fork("a").fork("b")];
    expect(new Set(streams.map((stream) => stream.next())).size).toBe(4);
  });
});

it("the operating system's randomness never repeats itself, forks included", () => {
  const ids = Array.from({ length: 100 }, () => Buffer.from(cryptoRandom.bytes(16)).toString("hex"));
  expect(new Set(ids).size).toBe(100);
  const values = [
    ...draws(cryptoRandom, 50),
    ...draws(cryptoRandom.fork("a"), 50),
    ...draws(cryptoRandom.fork("a"), 50),
  ];
  expect(new Set(values).size).toBe(150);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
});

describe("shuffled", () => {
  it("holds the same items in another order, as told by the stream, and leaves the list alone", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const once = shuffled(items, createRandom(1));
    expect(once).toEqual(shuffled(items, createRandom(1)));
    expect(once).not.toEqual(items);
    expect([...once].sort((a, b) => a - b)).toEqual(items);
    expect(shuffled([], createRandom(1))).toEqual([]);
  });

  it("puts each item at each place equally often", () => {
    const random = createRandom("places");
    const first = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const [item = 0] = shuffled([0, 1, 2], random);
      first[item] = (first[item] ?? 0) + 1;
    }
    for (const count of first) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});
