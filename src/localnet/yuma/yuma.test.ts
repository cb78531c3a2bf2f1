import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumOf } from "./matrix.ts";
import { permitsOf, stakeShares } from "./permits.ts";
import { toU16, type YumaInput, yuma } from "./yuma.ts";

const KAPPA = 32_767 / 65_535;
const row = (weights: Record<number, number>) =>
  new Map(Object.entries(weights).map(([uid, weight]) => [Number(uid), weight]));
const u16s = (values: Float64Array) => [...values].map(toU16);

/**
 * What a running chain of spec 293 stored: five neurons, two validators, the same weights for three epochs while stake moves. The first
 * stake is known to four digits (.7018); the later ones follow from the incentive of uid 4, and all else must follow from them.
 */
const REAL_EPOCHS = [
  { stake: 0.70184, incentive: [0, 0, 39_736, 20_906, 4_891], dividends: [48_914, 16_620, 0, 0, 0] },
  { stake: 0.70709, incentive: [0, 0, 39_728, 20_883, 4_922], dividends: [48_954, 16_580, 0, 0, 0] },
  { stake: 0.712, incentive: [0, 0, 39_721, 20_861, 4_951], dividends: [49_018, 16_516, 0, 0, 0] },
];
const realInput = (stake: number, bonds: YumaInput["bonds"]): YumaInput => ({
  stake: [stake, 1 - stake, 0, 0, 0],
  active: [true, true, true, true, true],
  permits: [true, true, false, false, false],
  weights: [row({ 2: 65_535, 3: 32_767, 4: 10_922 }), row({ 2: 65_535, 3: 65_535 }), row({}), row({}), row({})],
  bonds,
  kappa: KAPPA,
  bondsPenalty: 1,
  bondsMovingAverage: 0.9,
  yumaVersion: 2,
});

describe("Yuma consensus against three epochs of a running chain", () => {
  it("gives its incentives, dividends, trust and emission within 1 in 10,000", () => {
    const near = (ours: Float64Array, chain: readonly number[]) => {
      for (const [uid, value] of chain.entries())
        expect(Math.abs((ours[uid] ?? 9) - value / 65_535)).toBeLessThan(1e-4);
    };
    let bonds: YumaInput["bonds"] = [];
    for (const { stake, incentive, dividends } of REAL_EPOCHS) {
      const result = yuma(realInput(stake, bonds));
      near(result.incentive, incentive);
      near(result.dividends, dividends);
      near(result.validatorTrust, [65_534, 52_427, 0, 0, 0]);
      // Emission is halved between the two, as on the chain: each over their common sum.
      near(
        result.minerShare,
        incentive.map((value) => value / 2),
      );
      near(
        result.validatorShare,
        dividends.map((value) => value / 2),
      );
      expect([...result.consensus].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([0, 0, 0.6, 0.3, 0.1]);
      bonds = result.bonds;
    }
  });
});

/** A subnet of any shape: stakes, permits, activity, weights that may be empty, bonds from before. */
const anySubnet = fc
  .record({
    neurons: fc.integer({ min: 1, max: 9 }),
    yumaVersion: fc.constantFrom(2, 3),
    kappa: fc.constantFrom(0, KAPPA, 0.6, 1),
    bondsPenalty: fc.constantFrom(0, 0.5, 1),
    bondsMovingAverage: fc.constantFrom(0, 0.9, 1),
  })
  .chain(({ neurons, ...rest }) => {
    const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: neurons, maxLength: neurons });
    const sparse = fc
      .array(fc.tuple(fc.integer({ min: 0, max: neurons - 1 }), fc.integer({ min: 0, max: 65_535 })), { maxLength: 12 })
      .map((pairs) => new Map(pairs));
    return fc
      .record({
        stake: list(fc.oneof(fc.constant(0n), fc.bigInt(1n, 10n ** 18n))).map((rao) => stakeShares(rao, 1n, null)),
        active: list(fc.boolean()),
        permits: list(fc.boolean()),
        weights: list(sparse),
        bonds: list(sparse),
      })
      .map((drawn): YumaInput => ({ ...drawn, ...rest }));
  });
const lists = ({ bonds: _, ...result }: ReturnType<typeof yuma>) => Object.entries(result);
const isOneOrNothing = (sum: number) => Math.abs(sum - 1) < 1e-9 || sum === 0;

describe("Yuma consensus", () => {
  it("gives shares: nothing is NaN, negative or above 1, and sums are 1 or nothing", () => {
    fc.assert(
      fc.property(anySubnet, (input) => {
        const result = yuma(input);
        for (const [name, values] of lists(result)) {
          expect(values.length, name).toBe(input.stake.length);
          for (const value of values) expect(value >= 0 && value <= 1 + 1e-9, `${name} ${value}`).toBe(true);
        }
        for (const bond of result.bonds.flatMap((line) => [...line.values()]))
          expect(Number.isInteger(bond) && bond > 0 && bond <= 65_535).toBe(true);
        const { incentive, dividends, minerShare, validatorShare } = result;
        for (const sum of [sumOf(incentive), sumOf(dividends), sumOf(minerShare) + sumOf(validatorShare)])
          expect(isOneOrNothing(sum), String(sum)).toBe(true);
      }),
    );
  });

  it("permutes with the uids", () => {
    fc.assert(
      fc.property(anySubnet, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const n = input.stake.length;
        const order = [...Array(n).keys()]
          .map((uid) => [numbers.next().value ?? 0, uid] as const)
          .sort(([a], [b]) => a - b)
          .map(([, uid]) => uid);
        const place = new Map(order.map((uid, index) => [uid, index]));
        const moved = <T>(values: readonly T[]) => order.map((uid) => values[uid] as T);
        const movedRows = (rows: YumaInput["bonds"]) =>
          moved(rows).map((line) => new Map([...line].map(([uid, value]) => [place.get(uid) ?? 0, value])));
        const before = yuma(input);
        const after = yuma({
          ...input,
          stake: moved(input.stake),
          active: moved(input.active),
          permits: moved(input.permits),
          weights: movedRows(input.weights),
          bonds: movedRows(input.bonds),
        });
        for (const [name, values] of lists(before)) {
          for (const [uid, index] of place)
            expect(
              Math.abs((values[uid] ?? 0) - ((after[name as "incentive"] as Float64Array)[index] ?? 9)),
            ).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it("clips a lone validator's lie: what a minority gives alone earns nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.51, max: 0.99, noNaN: true }), fc.constantFrom(2, 3), (honest, yumaVersion) => {
        const truth = row({ 3: 0.5, 4: 0.5 });
        const { incentive, validatorTrust, dividends } = yuma({
          ...realInput(0, []),
          stake: [honest / 2, honest / 2, 1 - honest, 0, 0, 0],
          active: Array(6).fill(true),
          permits: [true, true, true, false, false, false],
          weights: [truth, truth, row({ 5: 1 }), row({}), row({}), row({})],
          yumaVersion,
        });
        expect([incentive[5], validatorTrust[2], dividends[2]]).toEqual([0, 0, 0]);
        expect(incentive[3]).toBeCloseTo(0.5, 12);
      }),
    );
  });

  it("gives nothing to stake that is split among sybils", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(2, 3),
        (share, sybils, yumaVersion) => {
          const play = (count: number) => {
            const mine = row({ 10: 0.7, 11: 0.3 });
            const validators = 1 + count;
            let bonds: YumaInput["bonds"] = [];
            let result: ReturnType<typeof yuma> | undefined;
            for (let epoch = 0; epoch < 5; epoch++) {
              result = yuma({
                ...realInput(0, bonds),
                stake: Array.from({ length: 12 }, (_, uid) =>
                  uid === 0 ? 1 - share : uid < validators ? share / count : 0,
                ),
                active: Array(12).fill(true),
                permits: Array.from({ length: 12 }, (_, uid) => uid < validators),
                weights: Array.from({ length: 12 }, (_, uid) =>
                  uid === 0 ? row({ 10: 0.4, 11: 0.6 }) : uid < validators ? mine : row({}),
                ),
                yumaVersion,
              });
              bonds = result.bonds;
            }
            const { incentive, dividends } = result as ReturnType<typeof yuma>;
            return { incentive: incentive[10] ?? 9, dividends: sumOf(dividends.slice(1)) };
          };
          const [one, many] = [play(1), play(sybils)];
          expect(many.incentive).toBeCloseTo(one.incentive, 9);
          // Bonds are stored as u16: that much is rounding. Yuma 3 counts heads in a miner's bonds, so there a split moves dividends between
          // miners of unequal bonds, either way.
          if (yumaVersion === 2) expect(Math.abs(many.dividends - one.dividends)).toBeLessThan(1e-4);
        },
      ),
    );
  });

  it("pays validators by active stake while nobody has set weights, and by all stake when none is active", () => {
    const idle = { ...realInput(0.75, []), weights: [row({}), row({})] };
    expect(u16s(yuma(idle).validatorShare)).toEqual([49_151, 16_383, 0, 0, 0]);
    const oneActive = { ...idle, active: [false, true, true, true, true] };
    expect(u16s(yuma(oneActive).validatorShare)).toEqual([0, 65_535, 0, 0, 0]);
    const noneActive = { ...idle, active: [false, false, false, false, false] };
    expect(u16s(yuma(noneActive).validatorShare)).toEqual([49_151, 16_383, 0, 0, 0]);
  });

  it("counts no row of who had no permit, and none of who was idle too long", () => {
    const input = realInput(0.5, []);
    const lie = [row({ 2: 1 }), row({ 3: 1 }), row({}), row({}), row({})];
    const incentiveOf = (changes: Partial<YumaInput>) => u16s(yuma({ ...input, weights: lie, ...changes }).incentive);
    expect(incentiveOf({ permits: [true, false, false, false, false] })).toEqual([0, 0, 65_535, 0, 0]);
    expect(incentiveOf({ active: [false, true, true, true, true] })).toEqual([0, 0, 0, 65_535, 0]);
  });

  it("keeps old bonds longer the larger the average, in Yuma 3 whatever the stake is", () => {
    const before = [row({ 2: 65_535 }), row({}), row({}), row({}), row({})];
    const change = (yumaVersion: number, bondsMovingAverage: number) => {
      const weights = [row({ 2: 1 }), row({ 2: 1 }), row({}), row({}), row({})];
      return yuma({ ...realInput(0.5, before), weights, yumaVersion, bondsMovingAverage }).dividends[1] ?? 9;
    };
    expect(change(2, 0)).toBeCloseTo(0.5, 4);
    expect(change(2, 0.9)).toBeCloseTo(0.05, 4);
    expect(change(2, 1)).toBe(0);
    expect(change(3, 0.9)).toBeCloseTo(0.1 / 1.1, 4);
  });
});

describe("permits", () => {
  it("go to the largest stakes above the threshold, of equal ones to the lower uid, and to the owner always", () => {
    const stake = stakeShares([5n, 10n, 10n, 20n, 1n], 5n, null);
    expect(permitsOf(stake, 2, null)).toEqual([false, true, false, true, false]);
    expect(permitsOf(stake, 2, 4)).toEqual([false, true, false, true, true]);
    expect(stakeShares([1n, 3n], 2n, 0)).toEqual([0.25, 0.75]);
    expect(stakeShares([1n, 1n], 2n, null)).toEqual([0, 0]);
  });
});
