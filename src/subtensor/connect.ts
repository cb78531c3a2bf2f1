import { type Chain, ChainRefusedError } from "../chain/index.ts";
import { type Clock, type Logger, type Metrics, type Random, silentMetrics } from "../core/index.ts";
import { createBlocks } from "./blocks.ts";
import { runRead } from "./codec/reads.ts";
import type { FollowModules } from "./follow.ts";
import { followConnection } from "./metrics.ts";
import { type NetworkChoice, resolveNetwork } from "./networks.ts";
import * as questions from "./questions.ts";
import { createRpc, type Rpc, type RpcOptions, type RpcStatus } from "./rpc/index.ts";
import { createRuntimes } from "./runtimes.ts";
import { createGenesis } from "./sign.ts";
import { type SubmitOptions, submitCall } from "./submit.ts";
import { createViews } from "./view.ts";

/** Settings of a connection to Subtensor; all but where it is have defaults. */
export interface SubtensorOptions
  extends NetworkChoice,
    Partial<Omit<RpcOptions, "endpoints">>,
    Partial<SubmitOptions> {
  /**
   * Which block is read: `finalized` = the newest final one, some three blocks back, but what this client has written is seen
   * from its first block on; `best` = the newest. Where an epoch and the newest block are asked for it is always the newest.
   */
  readonly reads?: "finalized" | "best" | undefined;
  /** How long a block counts as the newest. */
  readonly freshMs?: number | undefined;
}

/** What a connection works with. */
export interface SubtensorModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random | undefined;
  /** Tells how the connection is. */
  readonly metrics?: Metrics | undefined;
  /** Told once, when the connection is given up for good. */
  onDead?(error: unknown): void;
}

/** Subtensor behind the Chain port. */
export interface SubtensorChain extends Chain {
  /** How the connection is. */
  status(): RpcStatus;
  /** Rejects when the connection is given up for good; never resolves. */
  readonly died: Promise<never>;
}

/** What is used where nothing is said. A block comes every 12 s, and a transaction may wait for 128 of them. */
export const SUBTENSOR_DEFAULTS = {
  reads: "finalized",
  freshMs: 1_000,
  confirm: "block",
  mortalityBlocks: 128,
  pollMs: 6_000,
  submitTimeoutMs: 30 * 60_000,
} as const satisfies Partial<SubtensorOptions>;

const refuse = (refusal: string, values: Record<string, number>) => new ChainRefusedError({ refusal, values });

/**
 * Subtensor behind the Chain port: it connects at the first question, reads every answer at one block by the metadata of that
 * block's runtime, and follows what it sends until its events are there.
 *
 * @throws {UserError} for a network that nobody knows, {InvalidArgumentError} for an endpoint that is no WebSocket's.
 * @example
 * const chain = connectSubtensor({ network: "test" }, { clock: systemClock, logger });
 * (await chain.head()).block; // 4012345
 */
export function connectSubtensor(options: SubtensorOptions, modules: SubtensorModules): SubtensorChain {
  const { network, endpoints, genesisHash: expected } = resolveNetwork(options);
  const { clock, logger } = modules;
  const rpc: Rpc = createRpc({ ...options, endpoints, genesisHash: options.genesisHash ?? expected }, modules);
  const unfollow = followConnection(modules.metrics ?? silentMetrics, rpc.status);
  const { confirm, mortalityBlocks, pollMs, submitTimeoutMs } = SUBTENSOR_DEFAULTS;
  const settings: SubmitOptions = {
    confirm: options.confirm ?? confirm,
    mortalityBlocks: options.mortalityBlocks ?? mortalityBlocks,
    pollMs: options.pollMs ?? pollMs,
    submitTimeoutMs: options.submitTimeoutMs ?? submitTimeoutMs,
  };
  const settled = (options.reads ?? SUBTENSOR_DEFAULTS.reads) === "best" ? "best" : "settled";
  const blocks = createBlocks(rpc, { freshMs: options.freshMs ?? SUBTENSOR_DEFAULTS.freshMs }, { clock });
  const runtimes = createRuntimes(rpc, { logger });
  const views = createViews({ rpc, blocks, runtimes }, network);
  const genesisHash = createGenesis(rpc);
  const following: FollowModules = { rpc, blocks, runtimes, genesisHash, clock, logger, endpoint: network };

  return {
    network,
    info: (call = {}) =>
      views.read(
        "best",
        async (view) => ({
          network,
          genesisHash: await genesisHash(call),
          specVersion: view.specVersion,
          blockTimeMs: view.codec.blockTimeMs,
          beacon: await questions.beacon(view),
          // Subtensor refuses an axon at 127.0.0.1 on every chain, a local one too.
          development: false,
        }),
        call,
      ),
    head: (call = {}) =>
      views.read(
        "best",
        async (view) => ({ block: view.number, hash: view.hash, timestampMs: await questions.timestampMs(view) }),
        call,
      ),
    metagraph: (query, call = {}) =>
      views.read(
        settled,
        async ({ codec, ask }) => {
          const found = await runRead(codec.reads.metagraph(query), ask);
          if (found !== null) return found;
          const { netuid, mechanism = 0 } = query;
          throw mechanism === 0
            ? refuse("SubnetNotExists", { Netuid: netuid })
            : refuse("MechanismDoesNotExist", { Netuid: netuid, Mechanism: mechanism });
        },
        call,
      ),
    hyperparameters: (query, call = {}) =>
      views.read(
        settled,
        async ({ codec, ask }) => {
          const found = await runRead(codec.reads.hyperparameters(query), ask);
          if (found === null) throw refuse("SubnetNotExists", { Netuid: query.netuid });
          return found;
        },
        call,
      ),
    subnets: (call = {}) => views.read(settled, ({ codec, ask }) => runRead(codec.reads.subnets(), ask), call),
    uid: ({ netuid, hotkey }, call = {}) => views.read(settled, (view) => questions.uid(view, netuid, hotkey), call),
    balance: ({ coldkey }, call = {}) => views.read(settled, (view) => questions.balance(view, coldkey), call),
    epochState: ({ netuid }, call = {}) => views.read("best", (view) => questions.epochState(view, netuid), call),
    weights: (query, call = {}) => views.read(settled, (view) => questions.weights(view, query), call),
    pendingCommits: (query, call = {}) => views.read(settled, (view) => questions.pendingCommits(view, query), call),
    describe: (what, call = {}) => views.read("best", async ({ codec }) => codec.encodeCall(what).description, call),
    submit: (what, signer, { signal } = {}) => submitCall(following, what, { ...settings, signer, signal }),
    status: rpc.status,
    died: rpc.died,
    async close() {
      unfollow();
      runtimes.close();
      rpc.close();
    },
  };
}
