import type { Command } from "commander";
import { type Logger, lockFile, systemClock } from "../core/index.ts";
import { createMinerFeed, createModelShelf, createNetworkFeed, createRequestLog } from "../dashboard/index.ts";
import { findFeedback } from "../miner/index.ts";
import type { RedisNonceStore } from "../redis/index.ts";
import { walletPaths } from "../wallet/index.ts";
import { openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";
import { createServing } from "./miner-serving.ts";
import { isHand, runHand } from "./miner-workers.ts";
import { netuidOf, nodeChain, withRegisterHint } from "./network.ts";
import { logPathOf } from "./neuron-folder.ts";
import { type NodeTelemetry, withNodeTelemetry } from "./node-telemetry.ts";
import { reloadOnHangup } from "./reload.ts";
import { openMinerLearning } from "./retrain-miner.ts";
import { aborted, untilNodeSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";

/** Why a validator scored as it did, found in the files of its feedback. */
export const explanationsIn = (folder: string) => async (validator: string, question: number) =>
  (await findFeedback(folder, validator, question))?.explanation;

/** `conversion-subnet miner run` */
export const runMiner = (flags: Flags, command: Command): Promise<void> =>
  isHand() ? runHand(flags) : withNodeTelemetry(flags, "miner", (node) => serveMiner(flags, command, node));

async function serveMiner(flags: Flags, command: Command, node: NodeTelemetry): Promise<void> {
  const { logger, ring } = node;
  const where = walletOf(flags);
  const hotkey = await unlockKey(flags, "hotkey");
  await warnOfExposures(flags);
  const learning = await openMinerLearning(flags, { clock: systemClock, logger });
  const closeFirst = async (error: unknown): Promise<never> => {
    await learning.close();
    throw error;
  };
  // Through Redis several processes may be one miner; without it a second would accept what the first had accepted.
  const nonceStore = await openNonceStore(flags, hotkey.signer.address, logger).catch(closeFirst);
  const unlock =
    nonceStore !== undefined ? async () => undefined : await lockFile(walletPaths(where).hotkey).catch(closeFirst);
  const { metrics } = node.telemetry;
  const onChain = nodeChain({ logger, metrics });
  try {
    await untilNodeSignal((stopped) =>
      onChain(flags, stopped, async (chain, signal) => {
        const requests = createRequestLog({ clock: systemClock });
        const { signer } = hotkey;
        const { onRequest } = requests;
        const modules = { chain, signer, nonceStore, clock: systemClock, onRequest };
        const miner = createServing(flags, { ...modules, learning, node });
        const netuid = netuidOf(flags);
        const network = createNetworkFeed({ id: "network", netuid }, { chain, clock: systemClock, logger });
        const { address } = signer;
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
        const shown = { feeds: [feed, network], metrics: miner.render, ring, logger };
        const admin = await openAdmin(flags, { ...subject, ...shown, logFile: logPathOf(flags, "miner") }, { signal });
        try {
          await withRegisterHint(flags, () => miner.start());
          const reloading = reloadOnHangup(
            { command, flags, changes: (key) => key.startsWith("blacklist.") },
            { logger, reload: miner.reload },
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
