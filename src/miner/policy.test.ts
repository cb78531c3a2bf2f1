import { describe, expect, it } from "vitest";
import { neuronWith } from "../../test/support/neuron.ts";
import type { Metagraph, Neuron } from "../chain/index.ts";
import { createManualClock } from "../core/index.ts";
import { createPolicy, type PolicyOptions } from "./policy.ts";

const neuron = (uid: number, hotkey: string, validatorPermit: boolean, stakeRao: bigint): Neuron =>
  neuronWith({ uid, hotkey, validatorPermit, stakeRao });
const metagraph = (...neurons: Neuron[]): Metagraph => ({ netuid: 1, block: 1, neurons });
const people = metagraph(
  neuron(0, "validator", true, 1_000n),
  neuron(1, "miner", false, 0n),
  neuron(2, "rich", false, 1_000n),
);

const STRANGER = "the caller is not registered on this subnet";
const NO_PERMIT = "the caller has no validator permit";
const POOR = "the caller's stake is below this miner's minimum";

describe("who is answered", () => {
  it.each<[string, PolicyOptions, validator: string, miner: string, rich: string, stranger: string]>([
    ["by default", {}, "yes", NO_PERMIT, NO_PERMIT, STRANGER],
    ["without a permit demanded", { forceValidatorPermit: false }, "yes", "yes", "yes", STRANGER],
    ["with strangers", { allowNonRegistered: true }, "yes", NO_PERMIT, NO_PERMIT, "yes"],
    ["anybody", { allowNonRegistered: true, forceValidatorPermit: false }, "yes", "yes", "yes", "yes"],
    ["above a stake", { forceValidatorPermit: false, minStakeRao: 1_000n }, "yes", POOR, "yes", STRANGER],
    ["above a stake that nobody has", { minStakeRao: 1_001n }, POOR, NO_PERMIT, NO_PERMIT, STRANGER],
  ])("%s", (_, options, ...expected) => {
    const policy = createPolicy(options);
    policy.update(people);
    const decided = ["validator", "miner", "rich", "stranger"].map((hotkey) => {
      const permission = policy.decide({ hotkey });
      return permission.allowed ? "yes" : permission.reason;
    });
    expect(decided).toEqual(expected);
  });

  it("is nobody before the chain was seen", () => {
    expect(createPolicy({ forceValidatorPermit: false }).decide({ hotkey: "validator" }).allowed).toBe(false);
  });

  it("follows the metagraph: a permit that is gone, a hotkey that was replaced", () => {
    const policy = createPolicy({});
    policy.update(people);
    policy.update(metagraph(neuron(0, "newcomer", true, 0n), neuron(1, "validator", false, 1_000n)));
    expect(policy.decide({ hotkey: "validator" })).toEqual({ allowed: false, reason: NO_PERMIT });
    expect(policy.decide({ hotkey: "newcomer" })).toEqual({ allowed: true });
    expect(policy.decide({ hotkey: "miner" })).toEqual({ allowed: false, reason: STRANGER });
  });

  it("answers those on its list whatever the chain says, and never those on the other", () => {
    const policy = createPolicy({ allow: ["friend", "miner", "foe"], deny: ["foe", "validator"] });
    policy.update(people);
    const decided = ["friend", "miner", "foe", "validator"].map((hotkey) => policy.decide({ hotkey }).allowed);
    expect(decided).toEqual([true, true, false, false]);
  });

  it("screens by what a hotkey claims as it decides about the proven", () => {
    const policy = createPolicy({ minStakeRao: 1n, deny: ["rich"] });
    policy.update(people);
    for (const hotkey of ["validator", "miner", "rich", "stranger"]) {
      expect(policy.screen(hotkey)).toEqual(policy.decide({ hotkey }));
    }
  });

  it("ranks callers by stake, in TAO", () => {
    const policy = createPolicy({});
    policy.update(metagraph(neuron(0, "a", true, 2_500_000_000n)));
    expect(["a", "stranger"].map((hotkey) => policy.priorityOf({ hotkey }))).toEqual([2.5, 0]);
  });
});

describe("how often one is answered", () => {
  const limited = () => {
    const clock = createManualClock();
    const policy = createPolicy({ forceValidatorPermit: false, maxRequestsPerSecond: 2 }, { clock });
    policy.update(people);
    const ask = (hotkey: string, times: number) =>
      Array.from({ length: times }, () => policy.decide({ hotkey }).allowed).filter(Boolean).length;
    return { clock, policy, ask };
  };

  it("is five seconds' worth at once, then the rate; each hotkey by itself", () => {
    const { clock, policy, ask } = limited();
    expect(ask("validator", 50)).toBe(10);
    expect(policy.decide({ hotkey: "validator" })).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    expect(ask("miner", 50)).toBe(10);
    clock.advance(1_000);
    expect(ask("validator", 50)).toBe(2);
    clock.advance(60_000);
    expect(ask("validator", 50)).toBe(10);
  });

  it("is not counted by screening: a claim proves nothing", () => {
    const { policy, ask } = limited();
    for (let i = 0; i < 100; i++) policy.screen("validator");
    expect(ask("validator", 50)).toBe(10);
  });

  it("is not forgotten with a new metagraph", () => {
    const { policy, ask } = limited();
    ask("validator", 50);
    policy.update(people);
    expect(ask("validator", 50)).toBe(0);
  });
});
