import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import { ChainRefusedError, type Hyperparameters, type Metagraph, type Neuron, RAO_PER_TAO } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";
import { isAddress } from "../wallet/index.ts";
import type { Call } from "./calls.ts";
import { epoch } from "./epoch.ts";
import type { Subnet } from "./subnet.ts";
import { assertWeights } from "./weight-checks.ts";

/** This network, link-local, multicast, reserved and broadcast addresses are nobody's to be asked at; loopback is fine here. */
const NO_AXON_IP = /^(0|169\.254|22[4-9]|2[3-5]\d)\./;
const isAxonIp = (ip: string) => isIPv4(ip) && !NO_AXON_IP.test(ip);

/** Values of a ledger. */
export interface LedgerOptions {
  /** Tells the genesis hash; the same seed and calls give the same chain. */
  readonly seed: number | string;
  /** Subnets and what differs from {@link LOCAL_HYPERPARAMETERS}. Default: subnet 1. */
  readonly subnets?: Readonly<Record<number, Partial<Hyperparameters>>>;
  /** What every coldkey owns at first sight. Default 10,000 TAO. */
  readonly faucetRao?: bigint;
}

/** A subnet for development: short epochs, one weight is enough, no stake demanded. */
export const LOCAL_HYPERPARAMETERS: Hyperparameters = {
  tempo: 20,
  weightsRateLimit: 10,
  minAllowedWeights: 1,
  maxWeightLimit: 1,
  weightsVersionKey: 0,
  maxAllowedUids: 256,
  maxValidators: 64,
  stakeThresholdRao: RAO_PER_TAO,
  immunityPeriod: 100,
  burnRao: RAO_PER_TAO / 10n,
};

/**
 * A chain that is a data structure: no consensus, no peers, no fork. Calls take effect in the current block, checked as
 * Subtensor checks them; every block that ends a tempo runs an epoch. It has no clock: somebody calls `produceBlock`.
 */
export interface Ledger {
  readonly block: number;
  /** SHA-256 (hex) over the parent and the calls of the last full block. */
  readonly blockHash: string;
  produceBlock(): number;
  /** Applies a call in the name of `caller` (SS58), whose signature somebody has checked; gives the uid it concerned. */
  submit(call: Call, caller: string): { uid: number };
  metagraph(netuid: number): Metagraph;
  hyperparameters(netuid: number): Hyperparameters;
  balance(coldkey: string): bigint;
}

/**
 * @throws {ChainRefusedError} from every call and read that Subtensor would refuse.
 * @example
 * const ledger = createLedger({ seed: 7 });
 * ledger.produceBlock(); // 1
 */
export function createLedger({ seed, subnets = { 1: {} }, faucetRao = 10_000n * RAO_PER_TAO }: LedgerOptions): Ledger {
  let block = 0;
  let blockHash = createHash("sha256").update(`genesis:${seed}`).digest("hex");
  let pending = createHash("sha256");
  const balances = new Map<string, bigint>();
  const bySubnet = new Map<number, Subnet>();
  for (const [key, changes] of Object.entries(subnets)) {
    const hyperparameters = { ...LOCAL_HYPERPARAMETERS, ...changes };
    if (!(Number.isInteger(hyperparameters.tempo) && hyperparameters.tempo >= 1)) {
      throw new InvalidArgumentError({
        argument: "tempo",
        problem: "must be a whole number of blocks",
        value: hyperparameters.tempo,
      });
    }
    bySubnet.set(Number(key), { netuid: Number(key), hyperparameters, neurons: [], weights: new Map() });
  }

  const subnetOf = (netuid: number): Subnet => {
    const subnet = bySubnet.get(netuid);
    if (subnet === undefined) throw new ChainRefusedError({ refusal: "SubnetNotExists", values: { Netuid: netuid } });
    return subnet;
  };
  const balance = (coldkey: string) => balances.get(coldkey) ?? faucetRao;
  const pay = (coldkey: string, rao: bigint) => {
    const left = balance(coldkey) - rao;
    if (left < 0n) {
      const values = { Balance: `${balance(coldkey)} rao`, Needed: `${rao} rao` };
      throw new ChainRefusedError({ refusal: "NotEnoughBalanceToStake", values });
    }
    balances.set(coldkey, left);
  };
  const registered = (subnet: Subnet, hotkey: string): Neuron => {
    const neuron = subnet.neurons.find((candidate) => candidate.hotkey === hotkey);
    if (neuron) return neuron;
    throw new ChainRefusedError({
      refusal: "HotKeyNotRegisteredInSubNet",
      values: { Netuid: subnet.netuid, Hotkey: hotkey },
    });
  };
  const replace = (subnet: Subnet, neuron: Neuron) => {
    subnet.neurons = subnet.neurons.map((other) => (other.uid === neuron.uid ? neuron : other));
  };
  const ownedBy = (subnet: Subnet, hotkey: string, coldkey: string): Neuron => {
    const neuron = registered(subnet, hotkey);
    if (neuron.coldkey !== coldkey)
      throw new ChainRefusedError({ refusal: "NonAssociatedColdKey", values: { Hotkey: hotkey } });
    return neuron;
  };
  /** The next free uid, or the one that earned least of those past their immunity. */
  const placeIn = ({ neurons, hyperparameters, netuid }: Subnet): number => {
    if (neurons.length < hyperparameters.maxAllowedUids) return neurons.length;
    const [least] = neurons
      .filter(
        ({ registeredAtBlock, validatorPermit }) =>
          !validatorPermit && block - registeredAtBlock >= hyperparameters.immunityPeriod,
      )
      .sort((a, b) => a.incentive - b.incentive || a.registeredAtBlock - b.registeredAtBlock || a.uid - b.uid);
    if (least) return least.uid;
    throw new ChainRefusedError({ refusal: "SubnetFull", values: { Netuid: netuid, Places: neurons.length } });
  };

  const register = (subnet: Subnet, hotkey: string, coldkey: string): { uid: number } => {
    if (!isAddress(hotkey))
      throw new InvalidArgumentError({ argument: "hotkey", problem: "is not an SS58 address", value: hotkey });
    if (subnet.neurons.some((neuron) => neuron.hotkey === hotkey)) {
      throw new ChainRefusedError({ refusal: "HotKeyAlreadyRegisteredInSubNet", values: { Hotkey: hotkey } });
    }
    for (const { neurons } of bySubnet.values()) {
      const elsewhere = neurons.find((neuron) => neuron.hotkey === hotkey);
      if (elsewhere && elsewhere.coldkey !== coldkey) {
        throw new ChainRefusedError({ refusal: "NonAssociatedColdKey", values: { Hotkey: hotkey } });
      }
    }
    const uid = placeIn(subnet);
    pay(coldkey, subnet.hyperparameters.burnRao);
    const gone = subnet.neurons[uid];
    if (gone) {
      balances.set(gone.coldkey, balance(gone.coldkey) + gone.stakeRao);
      subnet.weights.delete(gone.hotkey);
    }
    const neuron: Neuron = {
      uid,
      hotkey,
      coldkey,
      stakeRao: 0n,
      validatorPermit: false,
      axon: null,
      incentive: 0,
      registeredAtBlock: block,
      lastUpdateBlock: block,
    };
    subnet.neurons = [...subnet.neurons.slice(0, uid), neuron, ...subnet.neurons.slice(uid + 1)];
    return { uid };
  };

  const apply = (call: Call, caller: string): { uid: number } => {
    const subnet = subnetOf(call.netuid);
    if (call.type === "register") return register(subnet, call.hotkey, caller);
    if (call.type === "add_stake") {
      const neuron = ownedBy(subnet, call.hotkey, caller);
      if (call.amountRao <= 0n) throw new ChainRefusedError({ refusal: "AmountTooLow" });
      pay(caller, call.amountRao);
      replace(subnet, { ...neuron, stakeRao: neuron.stakeRao + call.amountRao });
      return neuron;
    }
    if (call.type === "serve_axon") {
      const neuron = registered(subnet, caller);
      if (!isAxonIp(call.axon.ip))
        throw new ChainRefusedError({ refusal: "InvalidIpAddress", values: { Ip: call.axon.ip } });
      replace(subnet, { ...neuron, axon: call.axon });
      return neuron;
    }
    const neuron = assertWeights(subnet, call, caller, block);
    const weighed = call.uids.map((uid, i) => [subnet.neurons[uid]?.hotkey ?? "", call.weights[i] ?? 0] as const);
    subnet.weights.set(caller, new Map(weighed));
    replace(subnet, { ...neuron, lastUpdateBlock: block });
    return neuron;
  };

  return {
    get block() {
      return block;
    },
    get blockHash() {
      return blockHash;
    },
    produceBlock() {
      block += 1;
      blockHash = createHash("sha256")
        .update(`${blockHash}:${block}:${pending.digest("hex")}`)
        .digest("hex");
      pending = createHash("sha256");
      for (const subnet of bySubnet.values()) {
        if (block % subnet.hyperparameters.tempo === 0) subnet.neurons = epoch(subnet);
      }
      return block;
    },
    submit(call, caller) {
      const result = apply(call, caller);
      pending.update(
        `${caller}:${JSON.stringify(call, (_, value) => (typeof value === "bigint" ? `${value}` : value))}\n`,
      );
      return result;
    },
    metagraph: (netuid) => ({ netuid, block, neurons: subnetOf(netuid).neurons }),
    hyperparameters: (netuid) => subnetOf(netuid).hyperparameters,
    balance,
  };
}
