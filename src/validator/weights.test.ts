import { beforeEach, describe, expect, it } from "vitest";
import { addStake, type Chain, ChainRefusedError, RAO_PER_TAO, register } from "../chain/index.ts";
import { createLogger } from "../core/index.ts";
import { createLedger, type Ledger, ledgerChain } from "../localnet/index.ts";
import { createOriginality, type Originality, type Reply } from "../scoring/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import type { MinerStanding, Standings } from "./standings.ts";
import { type Burn, createWeightSetter } from "./weights.ts";

const cold = keypairFromUri("//weights test//cold").signer;
const signer = keypairFromUri("//weights test//validator").signer;
const [a, b, c] = ["a", "b", "c"].map((name) => keypairFromUri(`//weights test//${name}`).address) as [
  string,
  string,
  string,
];
const never = { signal: new AbortController().signal };
const MAX = 65_535;

let ledger: Ledger;
let chain: Chain;
let lines: { message: string; level: string; refusal?: string }[];

beforeEach(async () => {
  ledger = createLedger({
    seed: 1,
    subnets: { 1: { tempo: 2, weightsRateLimit: 4, maxAllowedUids: 4, immunityPeriod: 1 } },
  });
  chain = ledgerChain(ledger);
  lines = [];
  for (const hotkey of [signer.address, a, b]) await register(chain, { netuid: 1, hotkey, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: signer.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  forward(4);
});
const forward = (blocks: number) => {
  for (let i = 0; i < blocks; i++) ledger.produceBlock();
};

/** Standings that say nothing but what is paid, by hotkey. */
function paying(pay: Readonly<Record<string, number | null>>): Standings {
  const standing = (hotkey: string) => ({ hotkey, pay: pay[hotkey] ?? null }) as MinerStanding;
  return {
    add: () => undefined,
    prepare: () => ({
      record: { hotkey: "", asked: 0, answered: 0, weighted: 0, total: 0, prediction: 0 },
      apply: () => undefined,
    }),
    restore: () => undefined,
    records: () => [],
    of: (hotkey) => (hotkey in pay ? standing(hotkey) : undefined),
    payOf: (hotkey) => pay[hotkey] ?? null,
    all: () => Object.keys(pay).map(standing),
    each: () => [],
  };
}
function setterOf(
  pay: Readonly<Record<string, number | null>>,
  epochLength = 10,
  burn: Burn | null = null,
  originality: Originality | null = null,
) {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const logger = createLogger({ level: "debug", format: "json", write, nowMs: () => 0 });
  const calls: { uids: readonly number[]; weights: readonly number[] }[] = [];
  const watched: Chain = {
    ...chain,
    submit: (call, ...rest) => {
      if (call.type === "set_weights") calls.push({ uids: call.uids, weights: call.weights });
      return chain.submit(call, ...rest);
    },
  };
  const setter = createWeightSetter(
    { netuid: 1, epochLength, versionKey: 0, burn },
    { chain: watched, signer, standings: paying(pay), originality, logger },
  );
  return {
    setter,
    calls,
    set: async (force = false) => setter.setWhenDue(await chain.metagraph({ netuid: 1 }), { ...never, force }),
  };
}

describe("weights", () => {
  it("are proportional to what was earned, looked up by hotkey, and remembered as shares", async () => {
    const { setter, calls, set } = setterOf({ [a]: 1, [b]: 3, nobody: 9 });
    expect(await set()).toBe(true);
    expect(calls).toEqual([{ uids: [1, 2], weights: [MAX / 3, MAX] }]);
    expect(setter.state().last).toEqual(
      new Map([
        [a, 0.25],
        [b, 0.75],
      ]),
    );
    expect([setter.state().setCount, lines.at(-1)?.message]).toEqual([1, "Weights set"]);
    forward(2);
    const incentives = ledger.metagraph(1).neurons.map(({ incentive }) => Math.round(incentive * 1e3) / 1e3);
    expect(incentives).toEqual([0, 0.25, 0.75]);
  });

  it("are not set at all when nobody has earned anything: never equal by accident", async () => {
    for (const pay of [{}, { [a]: 0, [b]: 0 }, { [a]: null }]) {
      const { calls, set, setter } = setterOf(pay);
      expect([await set(), await set(true), calls, setter.state().setCount]).toEqual([false, false, [], 0]);
    }
  });

  it("never hold the validator itself, whatever it answered", async () => {
    const { calls, set } = setterOf({ [signer.address]: 5, [a]: 1 });
    await set();
    expect(calls).toEqual([{ uids: [1], weights: [MAX] }]);
  });

  it("follow the hotkey: who took a uid inherits nothing, who left is paid nothing", async () => {
    const { calls, set } = setterOf({ [a]: 1, [b]: 1 });
    await register(chain, { netuid: 1, hotkey: keypairFromUri("//weights test//d").address, signer: cold });
    forward(2);
    expect((await register(chain, { netuid: 1, hotkey: c, signer: cold })).uid).toBe(1);
    await set();
    expect(calls).toEqual([{ uids: [2], weights: [MAX] }]);
  });

  it("wait for the validator's own schedule and, when forced, for the chain's", async () => {
    const { calls, set } = setterOf({ [a]: 1 });
    expect([await set(), await set(), await set(true)]).toEqual([true, false, false]);
    forward(4);
    expect([await set(), await set(true)]).toEqual([false, true]);
    forward(9);
    expect(await set()).toBe(false);
    forward(1);
    expect([await set(), calls.length]).toEqual([true, 3]);
  });

  it("of a restarted validator wait for the chain's rate limit without asking it", async () => {
    await setterOf({ [a]: 1 }).set();
    const restarted = setterOf({ [a]: 1 });
    forward(3);
    expect([await restarted.set(), await restarted.set(true), restarted.calls]).toEqual([false, false, []]);
    forward(1);
    expect(await restarted.set()).toBe(true);
  });

  it("that the chain refuses are logged with the refusal, not thrown, and tried again", async () => {
    const { set, setter } = setterOf({ [a]: 1 });
    const open = chain.submit;
    chain = { ...chain, submit: () => Promise.reject(new ChainRefusedError({ refusal: "MaxWeightExceeded" })) };
    expect(await set()).toBe(false);
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      message: "The chain refused the weights",
      refusal: "MaxWeightExceeded",
    });
    expect([setter.state().setCount, setter.state().last.size]).toEqual([0, 0]);
    expect(setter.state().refusal).toMatchObject({ name: "MaxWeightExceeded", notBeforeBlock: null });
    expect(await set()).toBe(false);
    expect(lines.at(-1)?.level).toBe("debug");
    chain = { ...chain, submit: open };
    expect(await set()).toBe(true);
    expect(setter.state().refusal).toBeNull();
  });

  it("are not asked for again before the block that the chain's no names", async () => {
    const { set, setter } = setterOf({ [a]: 1 });
    const values = { "Possible at block": ledger.block + 2 };
    const open = chain.submit;
    const no = new ChainRefusedError({ refusal: "SettingWeightsTooFast", values });
    chain = { ...chain, submit: () => Promise.reject(no) };
    expect([await set(), setter.state().refusal?.notBeforeBlock]).toEqual([false, ledger.block + 2]);
    chain = { ...chain, submit: open };
    expect(await set()).toBe(false);
    forward(2);
    expect(await set()).toBe(true);
  });

  it("pay hotkeys that answer as one one reward together, or only name them", async () => {
    const originality = createOriginality({ minShared: 2 });
    const answer = (confidence: number): Reply => ({
      ok: true,
      answer: { conversionHappened: 0, timeToConversionSeconds: -1, confidence, timeIfConvertedSeconds: 60 },
      latencySeconds: 0.1,
    });
    for (const p of [0.1, 0.4, 0.3]) originality.add(new Map([a, b].map((hotkey) => [hotkey, answer(p)])));
    const { calls, set, setter } = setterOf({ [a]: 1, [b]: 1, [c]: 1 }, 10, null, originality);
    await register(chain, { netuid: 1, hotkey: c, signer: cold });
    forward(4);
    expect(await set()).toBe(true);
    expect(calls).toEqual([{ uids: [1, 2, 3], weights: [31_129, 31_129, MAX] }]);
    expect(setter.state().clusters.map(({ hotkeys }) => hotkeys)).toEqual([[a, b].sort()]);
    expect(lines.some(({ message }) => message === "Hotkeys answer as one")).toBe(true);
  });

  it("give the share that is to be burned to its uid, whatever that has earned", async () => {
    const { calls, set } = setterOf({ [a]: 1, [b]: 3 }, 10, { uid: 1, share: 0.75 });
    expect(await set()).toBe(true);
    expect(calls).toEqual([{ uids: [1, 2], weights: [MAX, MAX / 3] }]);
    await expect(setterOf({ [a]: 1 }, 0, { uid: 9, share: 0.5 }).set(true)).resolves.toBe(false);
    forward(4);
    await expect(setterOf({ [a]: 1 }, 0, { uid: 9, share: 0.5 }).set(true)).rejects.toThrow("nobody's");
    forward(4);
    expect(await setterOf({}, 0, { uid: 1, share: 0.5 }).set(true)).toBe(false);
  });

  it("are not asked of the chain without a registration or a permit", async () => {
    const { calls, setter } = setterOf({ [a]: 1 });
    const metagraph = await chain.metagraph({ netuid: 1 });
    const without = metagraph.neurons.map((neuron) => ({ ...neuron, validatorPermit: false }));
    expect(await setter.setWhenDue({ ...metagraph, neurons: without }, never)).toBe(false);
    expect(await setter.setWhenDue({ ...metagraph, neurons: without.slice(1) }, never)).toBe(false);
    expect(calls).toEqual([]);
  });

  it("hand on what is no refusal: the caller's loop survives it and counts it", async () => {
    const broken = { ...chain, hyperparameters: () => Promise.reject(new Error("the chain is down")) };
    const logger = createLogger({ level: "error", write: () => undefined, nowMs: () => 0 });
    const setter = createWeightSetter(
      { netuid: 1, epochLength: 1, versionKey: 0 },
      { chain: broken, signer, standings: paying({ [a]: 1 }), logger },
    );
    await expect(setter.setWhenDue(await chain.metagraph({ netuid: 1 }), never)).rejects.toThrow("the chain is down");
  });
});
