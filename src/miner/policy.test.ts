import { describe, expect, it } from "vitest";
import type { Metagraph, Neuron } from "../chain/index.ts";
import { createPolicy, type PolicyOptions } from "./policy.ts";

const neuron = (uid: number, hotkey: string, validatorPermit: boolean, stakeRao: bigint): Neuron => ({
  uid,
  hotkey,
  coldkey: "cold",
  stakeRao,
  validatorPermit,
  axon: null,
  incentive: 0,
  registeredAtBlock: 0,
  lastUpdateBlock: 0,
});
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
});
