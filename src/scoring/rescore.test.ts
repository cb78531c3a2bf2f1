import { describe, expect, it } from "vitest";
import { createRandom } from "../core/index.ts";
import type { Truth } from "../schema.ts";
import {
  EMPTY_STANDING,
  type Frozen,
  properV1,
  type Reply,
  rescore,
  type ScoredRecord,
  type ScoringMode,
  type Standing,
  seedV1,
} from "./index.ts";

const frozen: Frozen = { classWeights: { 0: 0.6, 1: 0.4 }, baseRate: 0.4, medianTimeSeconds: 100 };
const says = (p: number, time: number): Reply => ({
  ok: true,
  answer: {
    conversionHappened: p >= 0.5 ? 1 : 0,
    timeToConversionSeconds: p >= 0.5 ? time : -1,
    confidence: p,
    timeIfConvertedSeconds: time,
  },
  latencySeconds: 0.2,
});

/** A history as it was scored, with the averages that it led to. */
function historyOf(mode: ScoringMode, count: number, seed = 1) {
  const random = createRandom(seed);
  const standings = new Map<string, Standing>();
  const records = Array.from({ length: count }, (_, number): ScoredRecord => {
    const p = random.next();
    const converted = random.next() < p ? 1 : 0;
    const truth: Truth = { converted, timeSeconds: converted === 1 ? 60 + 60 * random.next() : null };
    const noisy = (noise: number) => says(Math.min(1, Math.max(0, p + noise * random.normal())), 90);
    const replies = new Map([
      ["good", noisy(0.02)],
      ["poor", noisy(0.4)],
      ["copy-a", says(p, 80)],
      ["copy-b", says(p, 80)],
    ]);
    const asked = [...replies.keys()];
    const scores = new Map(
      mode.score({ frozen, replies: [...replies.values()] }, truth).map((score, i) => [asked[i] ?? "", score]),
    );
    for (const [hotkey, score] of scores)
      standings.set(hotkey, mode.average.add(standings.get(hotkey) ?? EMPTY_STANDING, score));
    return {
      open: { number, stratum: "s", askedAtSeconds: number },
      mode: { name: mode.name, version: mode.version, constants: mode.constants },
      ...{ frozen, asked, replies },
      settled: { truth, reason: "converted", atSeconds: number, scores },
    };
  });
  return { records, standings };
}

describe("rescoring", () => {
  it("in the mode that scored gives the averages of the unbroken run, and finds nothing different", async () => {
    const { records, standings } = historyOf(seedV1(), 300);
    const again = await rescore(records, { mode: null });
    expect(again).toMatchObject({ settled: 300, void: 0, open: 0, compared: 1200, differing: 0, unknownMode: 0 });
    expect(new Map(again.miners.map(({ hotkey, standing }) => [hotkey, standing]))).toEqual(
      new Map([...standings].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  });

  it("in another mode starts new averages from the stored answers, the same each time", async () => {
    const { records } = historyOf(seedV1(), 300);
    const proper = await rescore(records, { mode: properV1() });
    expect(proper.compared).toBe(0);
    expect(proper.miners).toEqual((await rescore(records, { mode: properV1() })).miners);
    const direct = await rescore(historyOf(properV1(), 300).records, { mode: null });
    expect(proper.miners).toEqual(direct.miners);
    const [first] = proper.miners;
    expect([first?.hotkey, (first?.score ?? 0) > 0]).toEqual(["good", true]);
  });

  it("does not mix the averages of two modes: those of the last are given", async () => {
    const before = historyOf(seedV1(), 50).records;
    const after = historyOf(properV1(), 80, 2);
    const mixed = await rescore([...before, ...after.records], { mode: null });
    expect(mixed).toMatchObject({ settled: 130, compared: 520, differing: 0 });
    expect(new Map(mixed.miners.map(({ hotkey, standing }) => [hotkey, standing]))).toEqual(after.standings);
    const other = seedV1({ alpha: 0.5 });
    expect((await rescore([...before, ...historyOf(other, 10).records], { mode: null })).miners[0]?.asked).toBe(10);
  });

  it("finds clones, and lets them share one reward unless they are only to be reported", async () => {
    const { records } = historyOf(seedV1(), 100);
    const split = await rescore(records, { mode: properV1() });
    expect(split.clusters.map(({ hotkeys }) => hotkeys)).toEqual([["copy-a", "copy-b"]]);
    const report = await rescore(records, { mode: properV1(), originality: "report" });
    const payOf = ({ miners }: typeof split, hotkey: string) => miners.find((miner) => miner.hotkey === hotkey)?.pay;
    expect(payOf(split, "copy-a")).toBeCloseTo(((payOf(report, "copy-a") ?? 0) * 0.95) / 2, 12);
    expect(split.miners.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("tells how far it is, hands out scores, and stops when told to", async () => {
    const { records } = historyOf(seedV1(), 4);
    const shares: (number | null)[] = [];
    const totals: number[] = [];
    const modules = {
      onProgress: (_: number, share: number | null) => shares.push(share),
      onScored: (_: ScoredRecord, scores: ReadonlyMap<string, { total: number }>) =>
        totals.push(scores.get("good")?.total ?? Number.NaN),
    };
    await rescore(records, { mode: null, count: 4 }, modules);
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
    expect(totals).toEqual(records.map(({ settled }) => settled?.scores.get("good")?.total));
    await rescore(records.slice(0, 1), { mode: null }, modules);
    expect(shares.at(-1)).toBeNull();
    await expect(rescore(records, { mode: null }, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });

  it("leaves out what is open or void, and modes that it does not know; says how many stored scores differ", async () => {
    const { records } = historyOf(seedV1(), 5);
    const [a, b, c, d, e] = records as [ScoredRecord, ScoredRecord, ScoredRecord, ScoredRecord, ScoredRecord];
    const wrong = new Map([...(d.settled?.scores ?? [])].map(([hotkey, score]) => [hotkey, { ...score, total: 7 }]));
    const result = await rescore(
      [
        { ...a, settled: null },
        { ...b, settled: { truth: null, reason: "void", atSeconds: 1, scores: new Map() } },
        { ...c, mode: { name: "theirs", version: 1, constants: {} } },
        { ...d, settled: { truth: null, reason: "", atSeconds: 0, ...d.settled, scores: wrong } },
        e,
      ],
      { mode: null },
    );
    expect(result).toMatchObject({ open: 1, void: 1, unknownMode: 1, settled: 2, compared: 8, differing: 4 });
    expect((await rescore([], { mode: seedV1() })).miners).toEqual([]);
  });
});
