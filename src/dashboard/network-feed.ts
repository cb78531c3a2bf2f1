import {
  type Chain,
  type ChainInfo,
  type EpochState,
  type Head,
  type Hyperparameters,
  type Metagraph,
  type Neuron,
  nextEpochBlock,
  RAO_PER_TAO,
} from "../chain/index.ts";
import { type Clock, createAbortController, errorText, type Logger, runEvery, withTimeout } from "../core/index.ts";
import { changesBetween } from "./chain-events.ts";
import type { EventHub } from "./event-hub.ts";
import { type Feed, HOTKEY, reason } from "./feed.ts";
import { createIncentives, type Incentives } from "./incentives.ts";
import type { ChainEventView, EpochView, NetworkView, NeuronView, NodeView } from "./views.ts";

/** Plain values of a network's feed. */
export interface NetworkFeedOptions {
  readonly id: string;
  readonly netuid: number;
  /** Time between two looks; default: the chain's block time, between one and twelve seconds. */
  readonly pollMs?: number;
}
/** Live things of a network's feed. */
export interface NetworkFeedModules {
  readonly chain: Chain;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A name for a hotkey, where one is known. */
  readonly nameOf?: (hotkey: string) => string | null;
}
/** What is known of a subnet; other feeds ask it for theirs. */
export interface NetworkFeed extends Feed {
  neuron(hotkey: string): Neuron | undefined;
  /** Block of the metagraph that `neuron` looks in. */
  readonly block: number | null;
  readonly epoch: EpochView | null;
  readonly incentives: Incentives;
}

const TIMEOUT_MS = 10_000;
const MAX_EVENTS = 100;
/** Looks between two readings of everything; an epoch is another reason. */
const WHOLE_EVERY = 5;
/** Failed looks in a row before it is said. */
const PATIENCE = 3;
const tao = (rao: bigint) => Number(rao) / Number(RAO_PER_TAO);

/** Where in its epochs a subnet is; null where none comes. */
export function epochViewOf(state: EpochState, blockTimeMs: number): EpochView {
  const { block, tempo, epochIndex, lastEpochBlock } = state;
  let next: number | null = null;
  try {
    next = nextEpochBlock(state);
  } catch {
    // A tempo of 0: no epoch comes.
  }
  const blocksLeft = next === null ? null : Math.max(0, next - block);
  const secondsLeft = blocksLeft === null ? null : (blocksLeft * blockTimeMs) / 1_000;
  return { block, tempo, epochIndex, lastEpochBlock, nextEpochBlock: next, blocksLeft, secondsLeft };
}

/** Amounts in TAO, under names that say so. */
function hyperparametersOf(all: Hyperparameters): NetworkView["hyperparameters"] {
  const entries: [string, number | boolean][] = Object.entries(all).flatMap(
    ([name, value]): [string, number | boolean][] => {
      if (typeof value === "bigint") return [[name.replace(/Rao$/, "Tao"), tao(value)]];
      return typeof value === "number" || typeof value === "boolean" ? [[name, value]] : [];
    },
  );
  return Object.fromEntries(entries);
}

/**
 * Follows one subnet of any chain by looking again and again: a few bytes each time, everything after an epoch and now and then. It
 * remembers the last 500 epochs' incentives and the last 100 events.
 *
 * @example
 * const feed = createNetworkFeed({ id: "network", netuid: 1 }, { chain, clock, logger });
 * feed.block; // null, until it is started
 */
export function createNetworkFeed(options: NetworkFeedOptions, modules: NetworkFeedModules): NetworkFeed {
  const { id, netuid } = options;
  const { chain, clock, logger, nameOf = () => null } = modules;
  const controller = createAbortController();
  const { signal } = controller;
  const node: NodeView = {
    ...{ id, kind: "network", name: `${chain.network}, subnet ${netuid}`, hotkey: null },
    ...{ netuid, network: chain.network, live: true },
  };
  const incentives = createIncentives();
  const events: ChainEventView[] = [];
  let told: ChainEventView[] = [];
  let sequence = 0;
  let info: ChainInfo | null = null;
  let head: Head | null = null;
  let seenAtMs = 0;
  let epoch: EpochView | null = null;
  let metagraph: Metagraph | null = null;
  let byHotkey = new Map<string, Neuron>();
  let hyperparameters: Hyperparameters | null = null;
  let neurons: readonly NeuronView[] = [];
  let failure: string | null = null;
  let failures = 0;
  let looks = 0;
  let hub: EventHub | null = null;
  let loop: Promise<unknown> = Promise.resolve();

  const happened = (all: readonly Omit<ChainEventView, "sequence" | "atMs">[]) => {
    for (const one of all) {
      sequence += 1;
      const event = { sequence, atMs: clock.nowMs(), ...one };
      events.unshift(event);
      told.push(event);
    }
    events.splice(MAX_EVENTS);
    told = told.slice(-MAX_EVENTS);
  };
  const neuronView = (one: Neuron): NeuronView => ({
    uid: one.uid,
    hotkey: one.hotkey,
    coldkey: one.coldkey,
    name: nameOf(one.hotkey),
    stakeTao: tao(one.stakeRao),
    validatorPermit: one.validatorPermit,
    active: one.active,
    axon: one.axon === null ? null : `${one.axon.ip.includes(":") ? `[${one.axon.ip}]` : one.axon.ip}:${one.axon.port}`,
    incentive: one.incentive,
    dividends: one.dividends,
    validatorTrust: one.validatorTrust,
    consensus: one.consensus,
    emissionTao: tao(one.emissionRao),
    registeredAtBlock: one.registeredAtBlock,
    lastUpdateBlock: one.lastUpdateBlock,
  });

  const readWhole = async (within: AbortSignal, newEpoch: boolean) => {
    const fresh = await chain.metagraph({ netuid }, { signal: within });
    const settings = await chain.hyperparameters({ netuid }, { signal: within });
    happened(changesBetween({ metagraph, hyperparameters }, { metagraph: fresh, hyperparameters: settings }));
    [metagraph, hyperparameters] = [fresh, settings];
    byHotkey = new Map(fresh.neurons.map((one) => [one.hotkey, one]));
    neurons = fresh.neurons.map(neuronView);
    if (newEpoch && epoch !== null) incentives.add({ epoch: epoch.epochIndex, atMs: clock.nowMs(), metagraph: fresh });
  };
  const look = async () => {
    const limits = { timeoutMs: TIMEOUT_MS, what: "The chain", signal };
    try {
      await withTimeout(async (within) => {
        info ??= await chain.info({ signal: within });
        const lastBlock = head?.block;
        head = await chain.head({ signal: within });
        if (head.block !== lastBlock) seenAtMs = clock.nowMs();
        const state = await chain.epochState({ netuid }, { signal: within });
        const before = epoch;
        epoch = epochViewOf(state, info.blockTimeMs);
        const newEpoch = before === null || before.epochIndex !== epoch.epochIndex;
        if (before !== null && newEpoch) {
          const message = `Epoch ${epoch.epochIndex} has run.`;
          happened([{ block: epoch.lastEpochBlock, kind: "epoch", uid: null, hotkey: null, message }]);
        }
        if (newEpoch || metagraph === null || looks % WHOLE_EVERY === 0) await readWhole(within, newEpoch);
      }, limits);
      if (failures >= PATIENCE)
        happened([
          { block: head?.block ?? 0, kind: "chain_back", uid: null, hotkey: null, message: "The chain answers again." },
        ]);
      [failure, failures] = [null, 0];
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      failure = errorText(error);
      if (failures === PATIENCE)
        happened([
          {
            block: head?.block ?? 0,
            kind: "chain_lost",
            uid: null,
            hotkey: null,
            message: "The chain does not answer.",
          },
        ]);
    }
    looks += 1;
    tell();
  };
  let toldBlock = -1;
  const tell = () => {
    if (hub === null || !hub.watched) {
      told = [];
      return;
    }
    if (head !== null && head.block !== toldBlock)
      hub.publish("block", { node: id, block: head.block, atMs: clock.nowMs(), epoch });
    toldBlock = head?.block ?? -1;
    if (told.length > 0) hub.publish("chain", { node: id, events: told });
    told = [];
  };

  const view = (): NetworkView => ({
    node,
    atMs: clock.nowMs(),
    netuid,
    network: chain.network,
    development: info?.development ?? false,
    blockTimeMs: info?.blockTimeMs ?? 0,
    specVersion: info?.specVersion ?? 0,
    block: head?.block ?? null,
    blockHash: head?.hash ?? null,
    // A ledger's clock begins where its maker set it: there, when we saw it.
    blockAtMs: head === null ? null : info?.development === true ? seenAtMs : head.timestampMs,
    epoch,
    emissionTao: neurons.reduce((sum, { emissionTao }) => sum + emissionTao, 0),
    hyperparameters: hyperparameters === null ? {} : hyperparametersOf(hyperparameters),
    neurons,
    events: [...events],
    failure,
  });

  return {
    node,
    reasons: () => (failures >= PATIENCE ? [reason("CHAIN_LOST", "the chain does not answer")] : []),
    read([name, ...rest], query) {
      if (name === undefined) return view();
      if (name !== "incentive" || rest.length > 0) return undefined;
      const hotkey = query.text("hotkey", { most: 60 }) ?? "";
      return HOTKEY.test(hotkey) ? { hotkey, ...incentives.of(hotkey) } : undefined;
    },
    start(given) {
      hub = given;
      const run = async () => {
        await look();
        const pollMs = options.pollMs ?? Math.min(12_000, Math.max(1_000, info?.blockTimeMs ?? 0));
        await runEvery(pollMs, look, { signal, logger, what: "network view" });
      };
      loop = run().catch(() => undefined);
    },
    async stop() {
      controller.abort(new Error("The dashboard was closed."));
      await loop;
    },
    neuron: (hotkey) => byHotkey.get(hotkey),
    get block() {
      return metagraph?.block ?? null;
    },
    get epoch() {
      return epoch;
    },
    incentives,
  };
}
