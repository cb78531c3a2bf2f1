import { isIPv4, isIPv6 } from "node:net";
import { type AddStakeCall, ChainRefusedError, type ServeAxonCall } from "../chain/index.ts";
import { type LedgerState, pay, subnetOf } from "./state.ts";
import { registeredIn } from "./subnet.ts";

/** This network, link-local, multicast, reserved and broadcast addresses are nobody's to be asked at; loopback is fine here. */
const NO_IPV4 = /^(0|169\.254|22[4-9]|2[3-5]\d)\./;
/** The same of IPv6: unspecified, link-local, multicast (all ones among it), and IPv4 in its clothes. */
const NO_IPV6 = /^(fe[89ab]|ff|[0:]+$|::ffff:)/i;

/** Announces an axon or takes it back, with the chain's checks in the chain's order; loopback alone is treated otherwise. */
export function applyServeAxon(state: LedgerState, { netuid, axon }: ServeAxonCall, hotkey: string): void {
  const subnet = subnetOf(state, netuid);
  const known = [...state.subnets.values()].some(({ neurons }) => neurons.some((neuron) => neuron.hotkey === hotkey));
  if (!known) throw new ChainRefusedError({ refusal: "HotKeyNotRegisteredInNetwork", values: { Hotkey: hotkey } });
  const neuron = registeredIn(subnet, hotkey);
  if (axon !== null) {
    const { ip } = axon;
    if (!isIPv4(ip) && !isIPv6(ip)) throw new ChainRefusedError({ refusal: "InvalidIpType", values: { Ip: ip } });
    if (isIPv4(ip) ? NO_IPV4.test(ip) : NO_IPV6.test(ip))
      throw new ChainRefusedError({ refusal: "InvalidIpAddress", values: { Ip: ip } });
  }
  const { servingRateLimit } = subnet.settings;
  const since = state.block - neuron.axonUpdatedAtBlock;
  if (neuron.axonUpdatedAtBlock !== 0 && since < servingRateLimit) {
    const values = { "Blocks left": servingRateLimit - since };
    throw new ChainRefusedError({ refusal: "ServingRateLimitExceeded", values });
  }
  if (axon?.port === 0) throw new ChainRefusedError({ refusal: "InvalidPort", values: { Port: 0 } });
  neuron.axon = axon;
  neuron.axonUpdatedAtBlock = state.block;
}

/** Moves balance to the stake of a hotkey, by the coldkey that registered it. */
export function applyAddStake(state: LedgerState, { netuid, hotkey, amountRao }: AddStakeCall, coldkey: string): void {
  const neuron = registeredIn(subnetOf(state, netuid), hotkey);
  if (neuron.coldkey !== coldkey)
    throw new ChainRefusedError({ refusal: "NonAssociatedColdKey", values: { Hotkey: hotkey } });
  if (amountRao <= 0n) throw new ChainRefusedError({ refusal: "AmountTooLow" });
  pay(state, coldkey, amountRao);
  neuron.stakeRao += amountRao;
}
