import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { RAO_PER_TAO } from "../chain/index.ts";
import { type Logger, lockFile, systemClock } from "../core/index.ts";
import { createMinerFeed, createModelShelf, createNetworkFeed, createRequestLog } from "../dashboard/index.ts";
import { baselineModel, createPredictor } from "../learning/index.ts";
import { createMiner, findFeedback, type PolicyOptions } from "../miner/index.ts";
import type { RedisNonceStore } from "../redis/index.ts";
import { DEFAULT_HORIZON_SECONDS } from "../schema.ts";
import { walletPaths } from "../wallet/index.ts";
import { openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";
import { netuidOf, nodeChain, registerCommand, withRegisterHint } from "./network.ts";
import { logPathOf } from "./neuron-folder.ts";
import { type NodeTelemetry, withNodeTelemetry } from "./node-telemetry.ts";
import { reloadOnHangup } from "./reload.ts";
import { openMinerLearning } from "./retrain-miner.ts";
import { aborted, untilNodeSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";
import { wiresOf } from "./wires.ts";

const PREDICT_DEADLINE_MS = 5_000;
const CHAIN_POLL_MS = 5_000;
/** What a miner without any data would say. */
const IGNORANCE = baselineModel({ rate: 0.5, medianTimeSeconds: DEFAULT_HORIZON_SECONDS / 2 });
/** Our version integer on the chain: major, minor and patch, a thousand each. */
export const AXON_VERSION = 1_000;

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);
const hotkeysOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

/** Why a validator scored as it did, found in the files of its feedback. */
export const explanationsIn = (folder: string) => async (validator: string, question: number) =>
  (await findFeedback(folder, validator, question))?.explanation;

const policyOf = (flags: Flags): PolicyOptions => ({
  allowNonRegistered: flags["blacklist.allow_non_registered"] === true,
  forceValidatorPermit: flags["blacklist.force_validator_permit"] !== false,
  minStakeRao: BigInt(Number(flags["blacklist.min_stake"])) * RAO_PER_TAO,
  allow: hotkeysOf(flags["blacklist.allow"]),
  deny: hotkeysOf(flags["blacklist.deny"]),
  maxRequestsPerSecond: numberOf(flags["blacklist.max_requests_per_second"]),
});

/** `conversion-subnet miner run` */
export const runMiner = (flags: Flags, command: Command): Promise<void> =>
  withNodeTelemetry(flags, "miner", (node) => serveMiner(flags, command, node));

async function serveMiner(
  flags: Flags,
  command: Command,
  { logger, ring, telemetry, tracing }: NodeTelemetry,
): Promise<void> {
  const where = walletOf(flags);
  const hotkey = await unlockKey(flags, "hotkey");
  await warnOfExposures(flags);
  const learning = await openMinerLearning(flags, { clock: systemClock, logger });
  const { served, slot, feedback, drift } = learning;
  const closeFirst = async (error: unknown): Promise<never> => {
    await learning.close();
    throw error;
  };
  // Through Redis several processes may be one miner; without it a second would accept what the first had accepted.
  const nonceStore = await openNonceStore(flags, hotkey.signer.address, logger).catch(closeFirst);
  const unlock =
    nonceStore !== undefined ? async () => undefined : await lockFile(walletPaths(where).hotkey).catch(closeFirst);
  const externalIp = flags["axon.external_ip"];
  const externalPort = flags["axon.external_port"];
  const { metrics } = telemetry;
  const onChain = nodeChain({ logger, metrics });
  try {
    await untilNodeSignal((stopped) =>
      onChain(flags, stopped, async (chain, signal) => {
        const requests = createRequestLog({ clock: systemClock });
        const miner = createMiner(
          {
            netuid: netuidOf(flags),
            host: String(flags["axon.ip"]),
            port: Number(flags["axon.port"]),
            externalIp: typeof externalIp === "string" ? externalIp : undefined,
            externalPort: typeof externalPort === "number" ? externalPort : undefined,
            policy: policyOf(flags),
            wires: wiresOf(flags),
            verifyThreads: numberOf(flags["axon.verify_threads"]) ?? availableParallelism() - 1,
            predictDeadlineMs: PREDICT_DEADLINE_MS,
            serveBaseline: flags.baseline === true,
            chainPollMs: CHAIN_POLL_MS,
            version: AXON_VERSION,
            registerCommand: registerCommand(flags),
          },
          {
            chain,
            signer: hotkey.signer,
            predictor: served?.predictor ?? null,
            baseline: served?.baseline ?? createPredictor(IGNORANCE),
            ...{ slot, feedback, drift, nonceStore },
            clock: systemClock,
            logger,
            metrics,
            tracing,
            onRequest: requests.onRequest,
          },
        );
        const netuid = netuidOf(flags);
        const network = createNetworkFeed({ id: "network", netuid }, { chain, clock: systemClock, logger });
        const address = hotkey.signer.address;
        const { told } = learning;
        const feed = createMinerFeed(
          { id: "miner", name: String(flags["wallet.hotkey"]), hotkey: address, netuid },
          {
            ...{ miner, requests, network, clock: systemClock, logger },
            feedback: told?.log ?? null,
            findExplanation: told === null ? undefined : explanationsIn(told.folder),
            shelf: createModelShelf({ clock: systemClock }),
          },
        );
        const subject = { kind: "miner", hotkey: address, netuid, network: chain.network } as const;
        const shown = { feeds: [feed, network], metrics: telemetry.render, ring, logger };
        const admin = await openAdmin(flags, { ...subject, ...shown, logFile: logPathOf(flags, "miner") }, { signal });
        try {
          await withRegisterHint(flags, () => miner.start());
          const reloading = reloadOnHangup(
            { command, flags, changes: (key) => key.startsWith("blacklist.") },
            {
              logger,
              async reload(next) {
                miner.setPolicy(policyOf(next));
                return { model: slot === undefined ? "none" : (await learning.look()) ? "swapped" : "as it was" };
              },
            },
          );
          await Promise.all([aborted(signal), learning.watch(signal)]);
          reloading.close();
          const { predicted, fallbacks, feedback: told } = miner.status();
          logger.info("Miner stopping", { predicted, fallbacks, ...(told !== null && { feedback: told.stored }) });
        } finally {
          await miner.stop();
          await admin.close();
        }
      }),
    );
  } finally {
    await unlock();
    nonceStore?.close();
    await learning.close();
  }
}

/** Nonces that are shared with other processes of this miner; undefined = it is alone. */
async function openNonceStore(flags: Flags, owner: string, logger: Logger): Promise<RedisNonceStore | undefined> {
  const url = flags["redis.url"];
  if (typeof url !== "string") return undefined;
  const { createRedisNonceStore } = await import("../redis/index.ts");
  return createRedisNonceStore({ url, owner }, { clock: systemClock, logger });
}
