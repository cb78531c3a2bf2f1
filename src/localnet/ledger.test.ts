import { describe, expect, it } from "vitest";
import { type Hyperparameters, RAO_PER_TAO } from "../chain/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createLedger, type Ledger } from "./index.ts";

const key = (name: string) => keypairFromUri(`//${name}`).address;
const [owner, a, b, c, d] = ["owner", "a", "b", "c", "d"].map(key) as [string, string, string, string, string];
const quick: Partial<Hyperparameters> = { tempo: 5, weightsRateLimit: 3, immunityPeriod: 10 };
const make = (changes: Partial<Hyperparameters> = {}) =>
  createLedger({ seed: 7, subnets: { 1: { ...quick, ...changes } } });
const register = (ledger: Ledger, hotkey: string, coldkey = owner) => {
  ledger.submit({ type: "register", netuid: 1, hotkey, maxBurnRao: null }, coldkey);
  return ledger.uid(1, hotkey);
};
const stake = (ledger: Ledger, hotkey: string, tao: bigint) =>
  ledger.submit({ type: "add_stake", netuid: 1, hotkey, amountRao: tao * RAO_PER_TAO }, owner);
const weigh = (ledger: Ledger, hotkey: string, row: Record<number, number>, versionKey = 0) =>
  ledger.submit(
    {
      type: "set_weights",
      netuid: 1,
      mechanism: 0,
      uids: Object.keys(row).map(Number),
      weights: Object.values(row),
      versionKey,
    },
    hotkey,
  );
const forward = (ledger: Ledger, blocks: number) => {
  for (let i = 0; i < blocks; i++) ledger.produceBlock();
};
const incentive = (ledger: Ledger) =>
  ledger.metagraph(1).neurons.map((neuron) => Math.round(neuron.incentive * 1e6) / 1e6);
const refusal = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return (error as { refusal?: string }).refusal ?? String(error);
  }
  return "accepted";
};
/** Four neurons; a and b have stake 3 : 1 and permits. */
function peopled(changes: Partial<Hyperparameters> = {}): Ledger {
  const ledger = make(changes);
  for (const hotkey of [a, b, c, d]) register(ledger, hotkey);
  stake(ledger, a, 300n);
  stake(ledger, b, 100n);
  forward(ledger, 5);
  return ledger;
}

describe("the ledger", () => {
  it("turns weights into incentive at the epoch: what the majority of the stake gives, the rest is clipped", () => {
    const ledger = peopled();
    weigh(ledger, a, { 2: 65535, 3: 0 });
    weigh(ledger, b, { 2: 10, 3: 30 });
    expect(incentive(ledger)).toEqual([0, 0, 0, 0]);
    forward(ledger, 5);
    expect(incentive(ledger)).toEqual([0, 0, 1, 0]);
    const [, trust] = ledger.metagraph(1).neurons.map(({ validatorTrust }) => validatorTrust);
    expect(trust).toBeCloseTo(0.25, 4);
  });

  it("gives permits to the largest stakes at the epoch, not before", () => {
    const ledger = make({ maxValidators: 1 });
    for (const hotkey of [a, b]) register(ledger, hotkey);
    stake(ledger, a, 10n);
    stake(ledger, b, 20n);
    expect(refusal(() => weigh(ledger, b, { 0: 1 }))).toBe("NeuronNoValidatorPermit");
    forward(ledger, 5);
    expect(ledger.metagraph(1).neurons.map(({ validatorPermit }) => validatorPermit)).toEqual([false, true]);
  });

  it("leaves a validator's weight on itself out", () => {
    const ledger = peopled();
    weigh(ledger, a, { 0: 65535, 2: 1 });
    forward(ledger, 5);
    expect(incentive(ledger)).toEqual([0, 0, 1, 0]);
  });

  it("refuses weights as Subtensor does", () => {
    const ledger = peopled({ weightsVersionKey: 3, minAllowedWeights: 2, maxWeightLimit: 0.6 });
    const fine = { 2: 1, 3: 1 };
    const raw = (uids: number[], weights: number[]) =>
      ledger.submit({ type: "set_weights", netuid: 1, mechanism: 0, uids, weights, versionKey: 3 }, a);
    expect({
      lengths: refusal(() => raw([1, 2], [1])),
      tooMany: refusal(() => raw([0, 1, 2, 3, 4], [1, 1, 1, 1, 1])),
      stranger: refusal(() => weigh(ledger, owner, fine, 3)),
      poor: refusal(() => weigh(ledger, c, fine, 3)),
      old: refusal(() => weigh(ledger, a, fine, 2)),
      twice: refusal(() => raw([2, 2], [1, 1])),
      unknown: refusal(() => weigh(ledger, a, { 2: 1, 9: 1 }, 3)),
      few: refusal(() => weigh(ledger, a, { 2: 1 }, 3)),
      greedy: refusal(() => weigh(ledger, a, { 2: 9, 3: 1 }, 3)),
      fine: refusal(() => weigh(ledger, a, fine, 3)),
      soon: refusal(() => weigh(ledger, a, fine, 3)),
      otherSubnet: refusal(() => ledger.metagraph(2)),
    }).toEqual({
      lengths: "WeightVecNotEqualSize",
      tooMany: "UidsLengthExceedUidsInSubNet",
      stranger: "HotKeyNotRegisteredInSubNet",
      poor: "NotEnoughStakeToSetWeights",
      old: "IncorrectWeightVersionKey",
      twice: "DuplicateUids",
      unknown: "UidVecContainInvalidOne",
      few: "WeightVecLengthIsLow",
      greedy: "MaxWeightExceeded",
      fine: "accepted",
      soon: "SettingWeightsTooFast",
      otherSubnet: "SubnetNotExists",
    });
    forward(ledger, 2);
    expect(refusal(() => weigh(ledger, a, fine, 3))).toBe("SettingWeightsTooFast");
    forward(ledger, 1);
    expect(refusal(() => weigh(ledger, a, fine, 3))).toBe("accepted");
  });

  it("guards registration, stake and axons", () => {
    const ledger = make();
    expect(register(ledger, a)).toBe(0);
    expect(refusal(() => register(ledger, a))).toBe("HotKeyAlreadyRegisteredInSubNet");
    expect(refusal(() => register(ledger, "5nonsense"))).toContain("hotkey is not an SS58 address");
    expect(refusal(() => stake(ledger, b, 1n))).toBe("HotKeyNotRegisteredInSubNet");
    expect(refusal(() => stake(ledger, a, 0n))).toBe("AmountTooLow");
    expect(refusal(() => stake(ledger, a, 10_000n))).toBe("NotEnoughBalanceToStake");
    expect(refusal(() => ledger.submit({ type: "add_stake", netuid: 1, hotkey: a, amountRao: 1n }, b))).toBe(
      "NonAssociatedColdKey",
    );
    expect(ledger.balance(owner)).toBe(10_000n * RAO_PER_TAO - RAO_PER_TAO / 10n);
    const axon = { ip: "127.0.0.1", port: 8091, version: 1 };
    ledger.submit({ type: "serve_axon", netuid: 1, axon }, a);
    expect(ledger.metagraph(1).neurons[0]?.axon).toEqual(axon);
    expect(refusal(() => ledger.submit({ type: "serve_axon", netuid: 1, axon }, b))).toBe(
      "HotKeyNotRegisteredInNetwork",
    );
  });

  it("replaces who earned least once a full subnet's newcomer comes, lets its successor inherit no weight, and gives the stake back", () => {
    const ledger = peopled({ maxAllowedUids: 4 });
    weigh(ledger, a, { 2: 3, 3: 1 });
    forward(ledger, 5);
    const newcomer = key("newcomer");
    expect(register(ledger, newcomer)).toBe(3);
    expect(ledger.metagraph(1).neurons.map(({ hotkey }) => hotkey)).toEqual([a, b, c, newcomer]);
    forward(ledger, 5);
    expect(incentive(ledger)).toEqual([0, 0, 1, 0]);
    expect(refusal(() => register(make({ maxAllowedUids: 0 }), a))).toBe("NoNeuronIdAvailable");
  });

  it("pays a successor that took the uid in the block of the weights nothing, before them or after", () => {
    const takeover = (newcomerFirst: boolean) => {
      const ledger = peopled({ maxAllowedUids: 4 });
      forward(ledger, 10);
      const steps = [() => void weigh(ledger, a, { 1: 1, 2: 65_535 }), () => void register(ledger, key("newcomer"))];
      for (const step of newcomerFirst ? steps.reverse() : steps) step();
      expect(ledger.metagraph(1).neurons[2]?.hotkey).toBe(key("newcomer"));
      forward(ledger, 5);
      return incentive(ledger);
    };
    expect([takeover(false), takeover(true)]).toEqual([
      [0, 1, 0, 0],
      [0, 1, 0, 0],
    ]);
  });

  it("pays a hotkey that left and came back nothing of the weight from before", () => {
    const ledger = peopled({ maxAllowedUids: 4 });
    forward(ledger, 10);
    weigh(ledger, a, { 1: 1, 2: 65_535 });
    const [newcomer, another] = [key("newcomer"), key("another")];
    for (const hotkey of [newcomer, another, c]) {
      register(ledger, hotkey);
      forward(ledger, 10);
    }
    expect(ledger.metagraph(1).neurons.filter(({ hotkey }) => hotkey === c)).toMatchObject([{ incentive: 0 }]);
  });

  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "ff02::1",
    "fe80::1",
  ])("refuses the axon %s, at which nobody could be asked", (ip) => {
    const ledger = peopled();
    const serve = () => ledger.submit({ type: "serve_axon", netuid: 1, axon: { ip, port: 8091, version: 1 } }, a);
    expect(refusal(serve)).toBe("InvalidIpAddress");
    expect(ledger.metagraph(1).neurons[0]?.axon).toBeNull();
  });

  it("is the same chain for the same seed and calls, and another for another", () => {
    const hash = (seed: number, hotkey: string) => {
      const ledger = createLedger({ seed });
      register(ledger, hotkey);
      forward(ledger, 3);
      return ledger.blockHash;
    };
    expect(hash(7, a)).toBe(hash(7, a));
    expect(new Set([hash(7, a), hash(8, a), hash(7, b)]).size).toBe(3);
  });
});
