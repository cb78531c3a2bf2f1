import { isIPv4, isIPv6 } from "node:net";
import type { AddStakeCall, RegisterCall, ServeAxonCall } from "../calls.ts";
import { neuronOf } from "../metagraph.ts";
import { RAO_PER_TAO } from "../port.ts";
import type { CheckContext, Problem } from "./preflight.ts";

/** An amount as people read it. */
export const tao = (rao: bigint) => `${rao / RAO_PER_TAO}.${String(rao % RAO_PER_TAO).padStart(9, "0")} TAO`;

/** What speaks against a registration or a stake, in the chain's order. */
export async function accountProblems(
  call: RegisterCall | AddStakeCall,
  { chain, address, options }: CheckContext,
): Promise<readonly Problem[]> {
  const { netuid, hotkey } = call;
  if (call.type === "register" && netuid === 0)
    return [{ refusal: "RegistrationNotPermittedOnRootSubnet", values: { Netuid: 0 }, possibleAtBlock: null }];
  const [{ burnRao, registrationAllowed }, uid, balance] = await Promise.all([
    chain.hyperparameters({ netuid }, options),
    chain.uid({ netuid, hotkey }, options),
    chain.balance({ coldkey: address }, options),
  ]);
  const problems: Problem[] = [];
  const add = (refusal: Problem["refusal"], values: Problem["values"]) =>
    problems.push({ refusal, values, possibleAtBlock: null });
  const needed = call.type === "register" ? burnRao : call.amountRao;
  if (call.type === "register") {
    if (!registrationAllowed) add("SubNetRegistrationDisabled", { Netuid: netuid });
    if (uid !== null) add("HotKeyAlreadyRegisteredInSubNet", { Hotkey: hotkey, Uid: uid });
    if (call.maxBurnRao !== null && burnRao > call.maxBurnRao)
      add("RegistrationPriceLimitExceeded", { Price: tao(burnRao), "Most you pay": tao(call.maxBurnRao) });
  } else {
    if (call.amountRao <= 0n) add("AmountTooLow", { Amount: tao(call.amountRao) });
    if (uid === null) add("HotKeyNotRegisteredInSubNet", { Netuid: netuid, Hotkey: hotkey });
  }
  if (balance < needed) add("NotEnoughBalanceToStake", { Balance: tao(balance), Needed: tao(needed) });
  return problems;
}

/** Addresses that the chain itself refuses: the largest of IPv4, all ones of IPv6. */
const IMPOSSIBLE = new Set(["255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]);
const LOOPBACK = new Set(["127.0.0.1", "::1"]);
const LOOPBACK_HINT =
  "Others cannot reach this machine there: give the address that they see with --axon.external_ip (127.0.0.2 for tests on one machine).";

/** What speaks against an axon, in the chain's order. */
export async function axonProblems(
  { netuid, axon }: ServeAxonCall,
  { chain, address, options }: CheckContext,
): Promise<readonly Problem[]> {
  const [{ servingRateLimit }, metagraph, { development }] = await Promise.all([
    chain.hyperparameters({ netuid }, options),
    chain.metagraph({ netuid }, options),
    chain.info(options),
  ]);
  const me = neuronOf(metagraph, address);
  const problems: Problem[] = [];
  const add = (problem: Omit<Problem, "possibleAtBlock">, possibleAtBlock: number | null = null) =>
    problems.push({ ...problem, possibleAtBlock });
  if (me === undefined) add({ refusal: "HotKeyNotRegisteredInNetwork", values: { Netuid: netuid, Hotkey: address } });
  if (axon !== null) {
    const values = { Ip: axon.ip };
    if (!isIPv4(axon.ip) && !isIPv6(axon.ip)) add({ refusal: "InvalidIpType", values });
    else if (IMPOSSIBLE.has(axon.ip)) add({ refusal: "InvalidIpAddress", values });
    else if (LOOPBACK.has(axon.ip) && !development) add({ refusal: "InvalidIpAddress", values, hint: LOOPBACK_HINT });
  }
  const since = metagraph.block - (me?.axonUpdatedAtBlock ?? 0);
  if (me !== undefined && me.axonUpdatedAtBlock > 0 && since < servingRateLimit)
    add(
      { refusal: "ServingRateLimitExceeded", values: { "Blocks left": servingRateLimit - since } },
      me.axonUpdatedAtBlock + servingRateLimit,
    );
  if (axon !== null && !(Number.isInteger(axon.port) && axon.port >= 1 && axon.port <= 65_535))
    add({ refusal: "InvalidPort", values: { Port: axon.port } });
  return problems;
}
