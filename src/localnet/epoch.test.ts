import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChainCall, RAO_PER_TAO } from "../chain/index.ts";
import { SubnetError } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { toJson } from "./calls.ts";
import { createLedger, type Ledger, ownerUri, type SubnetSettings } from "./index.ts";
import { ledgerOf } from "./ledger.ts";
import { genesis } from "./state.ts";
import { snapshotSchema } from "./state-schema.ts";

const TAO = RAO_PER_TAO;
const address = (name: string) => keypairFromUri(`//epoch//${name}`).address;
const cold = address("cold");
const owner = keypairFromUri(ownerUri(1)).address;
const [a, b, c, d] = ["a", "b", "c", "d"].map(address) as [string, string, string, string];
const begin = (changes: Partial<SubnetSettings> = {}) =>
  createLedger({ seed: 1, subnets: { 1: { tempo: 10, weightsRateLimit: 0, ...changes } } });
const register = (ledger: Ledger, hotkey: string, coldkey = cold) =>
  void ledger.submit({ type: "register", netuid: 1, hotkey, maxBurnRao: null }, coldkey);
const stake = (ledger: Ledger, hotkey: string, tao: bigint, coldkey = cold) =>
  void ledger.submit({ type: "add_stake", netuid: 1, hotkey, amountRao: tao * TAO }, coldkey);
const weigh = (ledger: Ledger, hotkey: string, row: Record<number, number>, mechanism = 0) =>
  void ledger.submit(
    {
      type: "set_weights",
      netuid: 1,
      mechanism,
      uids: Object.keys(row).map(Number),
      weights: Object.values(row),
      versionKey: 0,
    },
    hotkey,
  );
const neuron = (ledger: Ledger, uid: number) => {
  const found = ledger.metagraph(1).neurons[uid];
  if (found === undefined) throw new Error(`no neuron ${uid}`);
  return found;
};

describe("emission", () => {
  it("of the blocks since the last epoch goes to the owner, the miners' balances and the validators' stakes", () => {
    const ledger = begin();
    for (const hotkey of [a, b, c]) register(ledger, hotkey);
    stake(ledger, a, 100n);
    ledger.advance(10);
    weigh(ledger, a, { 1: 3, 2: 1 });
    const before = { cold: ledger.balance(cold), owner: ledger.balance(owner), stake: neuron(ledger, 0).stakeRao };
    ledger.advance(10);
    // 10 TAO: 18 % to the owner, 41 % to the validator, 41 % to the miners as 3 to 1 (both of one coldkey; u16 rounds a little).
    const paid = ledger.balance(cold) - before.cold;
    expect(ledger.balance(owner) - before.owner).toBe((TAO * 18n) / 10n);
    expect(neuron(ledger, 0).stakeRao - before.stake).toBe((TAO * 41n) / 10n);
    expect(Number(paid)).toBeCloseTo(4.1e9, -2);
    expect(Number(neuron(ledger, 1).emissionRao) / Number(neuron(ledger, 2).emissionRao)).toBeCloseTo(3, 3);
    ledger.triggerEpoch(1);
    ledger.advance(1);
    expect(neuron(ledger, 0).emissionRao).toBe((TAO * 41n) / 100n);
  });

  it("is halved between mechanisms, each with weights, rate limits and incentive of its own", () => {
    const ledger = begin({ mechanisms: 2 });
    for (const hotkey of [a, b, c]) register(ledger, hotkey);
    stake(ledger, a, 100n);
    ledger.advance(10);
    weigh(ledger, a, { 1: 1 });
    weigh(ledger, a, { 2: 1 }, 1);
    ledger.advance(10);
    const shares = (mechanism: number) => ledger.metagraph(1, mechanism).neurons.map(({ incentive }) => incentive);
    expect([shares(0), shares(1)]).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect([1, 2].map((uid) => neuron(ledger, uid).emissionRao)).toEqual([(TAO * 205n) / 100n, (TAO * 205n) / 100n]);
    expect(ledger.weights(1, 1)).toEqual([{ uid: 0, uids: [2], weights: [65_535] }]);
    expect(() => ledger.metagraph(1, 2)).toThrow("no such mechanism");
  });
});

describe("an epoch", () => {
  it("does not count who was silent longer than the activity cutoff", () => {
    const ledger = begin({ activityCutoff: 25 });
    for (const hotkey of [a, b, c, d]) register(ledger, hotkey);
    for (const hotkey of [a, b]) stake(ledger, hotkey, 50n);
    ledger.advance(10);
    weigh(ledger, a, { 2: 1 });
    weigh(ledger, b, { 3: 1 });
    ledger.advance(20);
    weigh(ledger, b, { 3: 1 });
    expect(neuron(ledger, 0).active).toBe(true);
    ledger.advance(10);
    expect([0, 1].map((uid) => neuron(ledger, uid).active)).toEqual([false, true]);
    expect([2, 3].map((uid) => neuron(ledger, uid).incentive)).toEqual([0, 1]);
    expect(neuron(ledger, 0).dividends).toBe(0);
  });

  it("gives permits to the largest stakes and to the owner, whose weight on itself counts", () => {
    const ledger = begin({ maxValidators: 1 });
    register(ledger, a);
    register(ledger, b);
    register(ledger, c, owner);
    stake(ledger, a, 10n);
    stake(ledger, b, 20n);
    stake(ledger, c, 5n, owner);
    ledger.advance(10);
    expect([0, 1, 2].map((uid) => neuron(ledger, uid).validatorPermit)).toEqual([false, true, true]);
    expect(() => weigh(ledger, a, { 1: 1 })).toThrow("no validator permit");
    // Nobody needs a permit to weigh itself; only the owner's counts.
    weigh(ledger, a, { 0: 1 });
    weigh(ledger, b, { 1: 1 });
    weigh(ledger, c, { 2: 1 });
    ledger.advance(10);
    expect([0, 1, 2].map((uid) => neuron(ledger, uid).incentive)).toEqual([0, 0, 0]);
    ledger.configure(1, { kappa: 0.1 });
    ledger.advance(10);
    expect([0, 1, 2].map((uid) => neuron(ledger, uid).incentive)).toEqual([0, 0, 1]);
  });

  it("comes when it is due, when it is asked for, and at the latest after 50,400 blocks", () => {
    const ledger = begin({ tempo: 60_000 });
    ledger.advance(99);
    ledger.triggerEpoch(1);
    ledger.advance(1);
    expect(ledger.epochState(1)).toMatchObject({ lastEpochBlock: 100, epochIndex: 1, blocksSinceLastStep: 0 });
    ledger.advance(50_400);
    expect(ledger.epochState(1)).toMatchObject({ lastEpochBlock: 100, epochIndex: 1 });
    ledger.advance(1);
    expect(ledger.epochState(1)).toMatchObject({ lastEpochBlock: 50_501, epochIndex: 2 });
  });
});

describe("the price of a registration", () => {
  it("rises by its factor with each, falls by half in its half-life, and stays between its limits", () => {
    const ledger = begin({
      burnRao: TAO,
      minBurnRao: TAO / 4n,
      maxBurnRao: 2n * TAO,
      burnHalfLife: 100,
      burnIncrease: 1.5,
    });
    const price = () => ledger.hyperparameters(1).burnRao;
    expect(price()).toBe(TAO);
    ledger.advance(100);
    expect(price()).toBe(TAO / 2n);
    const before = ledger.balance(cold);
    register(ledger, a);
    expect([before - ledger.balance(cold), price()]).toEqual([TAO / 2n, (TAO * 3n) / 4n]);
    for (const hotkey of [b, c, d]) register(ledger, hotkey);
    expect(price()).toBe(2n * TAO);
    ledger.advance(1_000);
    expect(price()).toBe(TAO / 4n);
  });
});

describe("a ledger under anything", () => {
  const names = [a, b, c, d, address("e"), address("f")];
  const who = fc.constantFrom(...names);
  const uid = fc.integer({ min: 0, max: 5 });
  const row = fc.record({
    netuid: fc.constant(1),
    mechanism: fc.integer({ min: 0, max: 1 }),
    uids: fc.array(uid, { maxLength: 4 }),
    weights: fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 4 }),
    versionKey: fc.constant(0),
  });
  const call: fc.Arbitrary<ChainCall> = fc.oneof(
    who.map((hotkey): ChainCall => ({ type: "register", netuid: 1, hotkey, maxBurnRao: null })),
    fc
      .tuple(who, fc.bigInt(0n, 30n * TAO))
      .map(([hotkey, amountRao]): ChainCall => ({ type: "add_stake", netuid: 1, hotkey, amountRao })),
    row.map((values): ChainCall => ({ type: "set_weights", ...values })),
    row.map(
      ({ netuid, mechanism }): ChainCall => ({
        type: "commit_weights",
        netuid,
        mechanism,
        hash: `0x${"00".repeat(32)}`,
      }),
    ),
    row.map((values): ChainCall => ({ type: "reveal_weights", salt: [], ...values })),
  );
  const step = fc.oneof(
    fc.record({ call, caller: fc.oneof(who, fc.constant(cold)) }),
    fc.record({ blocks: fc.integer({ min: 1, max: 12 }) }),
    fc.record({
      commitReveal: fc.boolean(),
      mechanisms: fc.integer({ min: 1, max: 2 }),
      yumaVersion: fc.constantFrom(2, 3),
    }),
  );

  it("makes no money, no NaN, and nothing that it could not write down and read again", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const settings = { tempo: 5, weightsRateLimit: 1, maxAllowedUids: 4, immunityPeriod: 3 };
        const state = genesis({ seed: 1, subnets: { 1: settings } });
        const ledger = ledgerOf(() => state, {});
        const everybody = [cold, owner, ...names];
        const wealth = () =>
          everybody.reduce((sum, coldkey) => sum + ledger.balance(coldkey), 0n) +
          ledger.metagraph(1).neurons.reduce((sum, { stakeRao }) => sum + stakeRao, 0n);
        let most = wealth();
        for (const one of steps) {
          try {
            if ("blocks" in one) {
              ledger.advance(one.blocks);
              most += BigInt(one.blocks) * TAO;
            } else if ("call" in one) ledger.submit(one.call, one.caller);
            else ledger.configure(1, one);
          } catch (error) {
            if (!(error instanceof SubnetError)) throw error;
          }
        }
        // Up to the last epoch's remainder, nobody owns what was not there or emitted.
        expect(wealth() <= most + 5n * TAO).toBe(true);
        const { neurons } = ledger.metagraph(1);
        for (const { incentive, dividends, consensus, validatorTrust } of neurons)
          for (const share of [incentive, dividends, consensus, validatorTrust])
            expect(share >= 0 && share <= 1).toBe(true);
        const written = toJson({ version: 1, generation: 1, state });
        const read = snapshotSchema.parse(JSON.parse(written));
        expect(JSON.parse(toJson(read))).toEqual(JSON.parse(written));
      }),
      { numRuns: 60 },
    );
  });

  it("is the same for the same operations", () => {
    const play = () => {
      const ledger = begin();
      for (const hotkey of [a, b, c]) register(ledger, hotkey);
      stake(ledger, a, 9n);
      ledger.advance(10);
      weigh(ledger, a, { 1: 5, 2: 3 });
      ledger.advance(30);
      return [ledger.blockHash, toJson(ledger.metagraph(1))];
    };
    expect(play()).toEqual(play());
  });

  it("pays no rao more than was emitted, though floating point would", () => {
    const emissions = fc.bigInt({ min: 2n ** 55n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(emissions, (emissionRaoPerBlock) => {
        const ledger = begin({ tempo: 1, emissionRaoPerBlock });
        register(ledger, a);
        stake(ledger, a, 9n);
        const wealth = () => ledger.balance(owner) + ledger.balance(cold) + neuron(ledger, 0).stakeRao;
        const before = wealth();
        ledger.advance(6);
        expect(wealth() - before <= emissionRaoPerBlock * 6n).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
