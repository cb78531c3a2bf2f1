import { availableParallelism } from "node:os";
import type { Chain } from "../chain/index.ts";
import type { LogFields } from "../core/index.ts";
import type { RenderMetrics } from "../dashboard/index.ts";
import { createPredictor } from "../learning/index.ts";
import { createHead, createMiner, type Miner, type MinerParts, NoModelError } from "../miner/index.ts";
import { createMemoryNonceStore } from "../protocol/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { IGNORANCE, minerOptionsOf, numberOf, policyOf } from "./miner-options.ts";
import { startHandProcess } from "./miner-workers.ts";
import type { NodeTelemetry } from "./node-telemetry.ts";
import type { MinerLearning } from "./retrain-miner.ts";

/** A miner that answers, in this process or in several. */
export interface Serving extends Pick<Miner, "start" | "stop" | "status"> {
  readonly render: RenderMetrics;
  /** Takes over what has changed. */
  reload(flags: Flags): Promise<LogFields>;
}
/** Live things of it. */
export interface ServingModules extends Pick<MinerParts, "clock" | "nonceStore"> {
  readonly onRequest: NonNullable<MinerParts["onRequest"]>;
  readonly chain: Chain;
  readonly signer: Signer;
  readonly learning: MinerLearning;
  readonly node: NodeTelemetry;
}

/** A process that is told to end finishes its answers, each of which has its deadline. */
const HAND_DRAIN_MS = 7_000;

function createAlone(flags: Flags, { learning, node, ...rest }: ServingModules): Serving {
  const { served, slot, feedback, drift } = learning;
  const { logger, telemetry, tracing } = node;
  const miner = createMiner(
    {
      ...minerOptionsOf(flags),
      verifyThreads: numberOf(flags["axon.verify_threads"]) ?? availableParallelism() - 1,
    },
    {
      ...rest,
      predictor: served?.predictor ?? null,
      baseline: served?.baseline ?? createPredictor(IGNORANCE),
      ...{ slot, feedback, drift, logger, metrics: telemetry.metrics, tracing },
    },
  );
  return {
    ...miner,
    render: telemetry.render,
    async reload(next) {
      miner.setPolicy(policyOf(next));
      return { model: slot === undefined ? "none" : (await learning.look()) ? "swapped" : "as it was" };
    },
  };
}

function createMany(flags: Flags, workers: number, { learning, node, ...rest }: ServingModules): Serving {
  const { served, slot, feedback, drift } = learning;
  const { logger, telemetry } = node;
  if (served === null && flags.baseline !== true) throw new NoModelError();
  const head = createHead(
    { ...minerOptionsOf(flags), workers, drainMs: HAND_DRAIN_MS },
    {
      ...rest,
      nonceStore: rest.nonceStore ?? createMemoryNonceStore(),
      start: startHandProcess,
      merge: telemetry.merge,
      predictor: served?.predictor.name ?? "baseline",
      ...{ slot, feedback, drift, logger, metrics: telemetry.metrics },
    },
  );
  return {
    ...head,
    render: async () => telemetry.renderMerged([await head.metrics()]),
    // New processes read the configuration, and the model, for themselves.
    async reload() {
      await head.roll();
      return { workers: head.status().workers };
    },
  };
}

/** The miner of `miner run`: of one process, or with `--workers` of several. */
export function createServing(flags: Flags, modules: ServingModules): Serving {
  const workers = numberOf(flags.workers) ?? 1;
  return workers > 1 ? createMany(flags, workers, modules) : createAlone(flags, modules);
}
