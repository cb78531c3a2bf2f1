import { type Hyperparameters, type Metagraph, type Neuron, RAO_PER_TAO } from "../../chain/index.ts";
import { createPolicy } from "../../miner/index.ts";
import { registerCommand } from "../network.ts";
import { taoShort, taoText } from "../tao.ts";
import { type Check, type Finding, failed, failedBy, given, ok, warning } from "./check.ts";
import { type Facts, quoted } from "./facts.ts";

const METAGRAPH = "the subnet cannot be read";

async function checkChain({ info, head, clock }: Facts): Promise<Finding> {
  const startMs = clock.monotonicMs();
  try {
    const [{ network, specVersion, development }, { block }] = await Promise.all([info(), head()]);
    const ms = Math.round(clock.monotonicMs() - startMs);
    return ok(`${network} answers: block ${block}, runtime ${specVersion}, ${ms} ms`, {
      ...{ network, block, specVersion, development, ms },
    });
  } catch (error) {
    return failedBy(error);
  }
}

/** Miners that an epoch paid less than this one, or as little and registered before it: they are replaced sooner. */
function standsInLine(neurons: readonly Neuron[], me: Neuron): number {
  return neurons.filter(
    ({ emissionRao, registeredAtBlock }) =>
      emissionRao < me.emissionRao || (emissionRao === me.emissionRao && registeredAtBlock < me.registeredAtBlock),
  ).length;
}

function judgeSeat(
  { neurons, block }: Metagraph,
  me: Neuron,
  { maxAllowedUids, immunityPeriod }: Hyperparameters,
): Finding {
  const immuneFor = Math.max(0, me.registeredAtBlock + immunityPeriod - block);
  const values = { uid: me.uid, registeredAtBlock: me.registeredAtBlock, immuneBlocks: immuneFor };
  const text = `uid ${me.uid} since block ${me.registeredAtBlock}`;
  if (neurons.length < maxAllowedUids || standsInLine(neurons, me) > 2) return ok(text, values);
  const line = `${text}; the subnet is full, and this one is among the next to be replaced`;
  if (immuneFor > 0) return warning(`${line} when its immunity ends, in ${immuneFor} blocks`, values);
  return warning(line, values, "npx conversion-subnet status   # says what the score is made of");
}

const checkRegistered = (facts: Facts) =>
  given(Promise.all([facts.metagraph(), facts.hotkey(), facts.hyperparameters()]), METAGRAPH, async (known) => {
    const [metagraph, hotkey, hyperparameters] = known;
    const me = await facts.neuron().catch(() => undefined);
    if (me !== undefined) return judgeSeat(metagraph, me, hyperparameters);
    const { burnRao, registrationAllowed } = hyperparameters;
    const values = { hotkey, netuid: facts.netuid, burnTao: taoText(burnRao), registrationAllowed };
    const text = `${hotkey} is not on subnet ${facts.netuid}; a registration costs ${taoShort(burnRao)} TAO now`;
    if (!registrationAllowed) return failed(`${text}, but the subnet takes none`, values);
    return failed(text, values, registerCommand(facts.flags));
  });

/** The largest stakes have permits: how many stand before this one, and the least of those that have it. */
const checkPermit = (facts: Facts) =>
  given(
    Promise.all([facts.metagraph(), facts.neuron(), facts.hyperparameters()]),
    "there is no stake to look at",
    ([{ neurons }, me, { maxValidators, stakeThresholdRao }]) => {
      const permitted = neurons.filter(({ validatorPermit }) => validatorPermit);
      const rank = neurons.filter(({ stakeRao }) => stakeRao > me.stakeRao).length + 1;
      const values = {
        ...{ permit: me.validatorPermit, stakeTao: taoText(me.stakeRao), rank, places: maxValidators },
        thresholdTao: taoText(stakeThresholdRao),
      };
      const text = `stake ${taoShort(me.stakeRao)} TAO, number ${rank} of ${neurons.length}; ${permitted.length} of ${maxValidators} permits are taken`;
      if (me.validatorPermit) return ok(`has a validator permit: ${text}`, values);
      const [least = 0n] = permitted.map(({ stakeRao }) => stakeRao).sort((a, b) => (a < b ? -1 : 1));
      const enough = permitted.length < maxValidators ? stakeThresholdRao : least + 1n;
      const missing = enough > me.stakeRao ? enough - me.stakeRao : 0n;
      if (me.stakeRao > 0n && missing === 0n)
        return warning(`no validator permit yet: ${text}; permits are given once an epoch`, values, [
          `npx conversion-subnet subnets show --netuid ${facts.netuid}   # says when the next epoch is`,
        ]);
      return failed(`no validator permit, and so no miner answers: ${text}`, values, stakeCommand(facts, missing));
    },
  );

function stakeCommand({ flags, netuid }: Facts, missingRao: bigint): string {
  const amount = missingRao === 0n ? RAO_PER_TAO : missingRao;
  const names = ["subtensor.network", "subtensor.chain_endpoint", "wallet.name", "wallet.hotkey", "wallet.path"];
  const given = names.flatMap((name) =>
    flags[name] === undefined ? [] : [`--${name} ${quoted(String(flags[name]))}`],
  );
  return `npx conversion-subnet stake add --netuid ${netuid} --amount ${taoText(amount)} ${given.join(" ")}`;
}

/** Who would be answered: the policy of the flags, asked about every validator there is. */
const checkCallers = (facts: Facts) =>
  given(facts.metagraph(), METAGRAPH, (metagraph) => {
    const policy = policyOf(facts);
    policy.update(metagraph);
    const validators = metagraph.neurons.filter(({ validatorPermit }) => validatorPermit);
    const refusals = validators.flatMap(({ hotkey }) => {
      const permission = policy.screen(hotkey);
      return permission.allowed ? [] : [permission.reason];
    });
    const answered = validators.length - refusals.length;
    const values = { validators: validators.length, answered };
    if (validators.length === 0)
      return warning("nobody on the subnet has a validator permit, so nobody asks", values, [
        `npx conversion-subnet subnets metagraph --netuid ${facts.netuid}`,
      ]);
    const text = `${answered} of ${validators.length} validators with a permit would be answered`;
    if (answered === 0)
      return failed(`${text}: ${refusals[0]}`, values, "# lower --blacklist.min_stake, or look at --blacklist.deny");
    if (refusals.length > 0) return warning(`${text}; the first refused: ${refusals[0]}`, values);
    return ok(text, values);
  });

/** The policy that `miner run` has under these flags. */
export function policyOf({ flags, clock }: Facts) {
  const hotkeysOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return createPolicy(
    {
      allowNonRegistered: flags["blacklist.allow_non_registered"] === true,
      forceValidatorPermit: flags["blacklist.force_validator_permit"] !== false,
      minStakeRao: BigInt(Number(flags["blacklist.min_stake"] ?? 0)) * RAO_PER_TAO,
      allow: hotkeysOf(flags["blacklist.allow"]),
      deny: hotkeysOf(flags["blacklist.deny"]),
    },
    { clock },
  );
}

/** What it last put on the chain, against the cutoff from which it counts no more. */
const checkWeights = (facts: Facts) =>
  given(
    Promise.all([facts.metagraph(), facts.neuron(), facts.hyperparameters()]),
    "there are no weights to look at",
    ([{ block }, { lastUpdateBlock }, { activityCutoff, weightsRateLimit, commitReveal }]) => {
      const age = block - lastUpdateBlock;
      const values = { ageBlocks: age, activityCutoff, weightsRateLimit, commitReveal };
      const how = commitReveal ? "by commit and reveal" : "in the clear";
      const text = `set, or registered, ${age} blocks ago, ${how}; ${activityCutoff} blocks are allowed`;
      const epochLength = Number(facts.flags["neuron.epoch_length"] ?? 100);
      if (facts.flags["neuron.disable_set_weights"] === true)
        return warning(`${text}; none are set, as --neuron.disable_set_weights says`, values);
      if (weightsRateLimit > epochLength)
        return warning(
          `${text}; --neuron.epoch_length ${epochLength} is below the subnet's limit of ${weightsRateLimit}, so some are refused`,
          values,
          `# use --neuron.epoch_length ${weightsRateLimit}`,
        );
      if (age > activityCutoff)
        return failed(`${text}: this validator counts as inactive`, values, `npx conversion-subnet logs --level warn`);
      return age > activityCutoff / 2
        ? warning(text, values, "npx conversion-subnet logs --level warn")
        : ok(text, values);
    },
  );

const PROBED_PEERS = 8;
const PEER_TIMEOUT_MS = 2_000;

async function isServing(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(PEER_TIMEOUT_MS)]);
  const name = host.includes(":") ? `[${host}]` : host;
  // Any answer is one: others' software knows no /health.
  return fetch(`http://${name}:${port}/health`, { signal: deadline, redirect: "manual" }).then(
    async (response) => {
      await response.body?.cancel();
      return true;
    },
    () => false,
  );
}

/** Whether there is anybody to ask, and whether they can be reached from here. */
const checkPeers = (facts: Facts, signal: AbortSignal) =>
  given(Promise.all([facts.metagraph(), facts.hotkey()]), METAGRAPH, async ([{ neurons }, own]) => {
    const most = BigInt(Number(facts.flags["neuron.vpermit_tao_limit"] ?? 4_096)) * RAO_PER_TAO;
    const serving = neurons.flatMap(({ hotkey, axon, validatorPermit, stakeRao }) =>
      axon === null || hotkey === own || (validatorPermit && stakeRao > most) ? [] : [axon],
    );
    const values = { serving: serving.length, asked: 0, answered: 0 };
    if (serving.length === 0)
      return warning("no miner of the subnet has announced an axon: there is nobody to ask", values, [
        `npx conversion-subnet subnets metagraph --netuid ${facts.netuid}`,
      ]);
    const step = Math.max(1, serving.length / PROBED_PEERS);
    const chosen = Array.from(
      { length: Math.min(PROBED_PEERS, serving.length) },
      (_, i) => serving[Math.floor(i * step)],
    );
    const replies = await Promise.all(
      chosen.map(async (axon) => axon !== undefined && isServing(axon.ip, axon.port, signal)),
    );
    const answered = replies.filter(Boolean).length;
    const text = `${serving.length} miners are announced; of ${chosen.length} that were tried, ${answered} answered`;
    const found = { ...values, asked: chosen.length, answered };
    if (answered > 0) return ok(text, found);
    return warning(
      text,
      found,
      "curl -sS -m 5 https://www.wikipedia.org -o /dev/null && echo this machine reaches others",
    );
  });

/** The subnet as the chain has it, and this hotkey in it. */
export const chainChecks = (facts: Facts): Check[] => [
  { name: "chain", run: () => checkChain(facts) },
  { name: "registered", run: () => checkRegistered(facts) },
  ...(facts.as === "miner"
    ? [{ name: "callers", run: () => checkCallers(facts) }]
    : [
        { name: "permit", run: () => checkPermit(facts) },
        { name: "weights", run: () => checkWeights(facts) },
        { name: "miners", run: (signal: AbortSignal) => checkPeers(facts, signal) },
      ]),
];
