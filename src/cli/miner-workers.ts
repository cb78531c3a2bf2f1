import cluster, { type Worker } from "node:cluster";
import { createAbortController, errorText, SubnetError, steadyHeap, systemClock } from "../core/index.ts";
import { createPredictor } from "../learning/index.ts";
import { createHand, createMiner, type HandProcess, type Wire } from "../miner/index.ts";
import { openTelemetry, openTracing } from "../telemetry/index.ts";
import type { Flags } from "./flags.ts";
import { IGNORANCE, minerOptionsOf, numberOf } from "./miner-options.ts";
import { openMinerLearning } from "./retrain-miner.ts";
import { levelOf } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/** True in a process that `miner run --workers` has started. */
export const isHand = (): boolean => cluster.isWorker;

const nothing = () => undefined;

/** Starts a process of this program with the same arguments; all of them listen on one port. */
export function startHandProcess(): HandProcess {
  // Signatures and nonces are bytes and big integers, which JSON has not.
  cluster.setupPrimary({ serialization: "advanced" });
  const worker: Worker = cluster.fork();
  // What cannot be sent is told by its end.
  worker.on("error", nothing);
  return {
    pid: worker.process.pid ?? 0,
    wire: {
      send(message) {
        if (worker.isConnected()) worker.process.send?.(message, undefined, undefined, nothing);
      },
      listen: (onMessage) => void worker.on("message", onMessage),
    },
    onExit: (listener) =>
      void worker.once("exit", (code, signal) => listener(signal === null ? `code ${code}` : String(signal))),
    kill: () => void worker.process.kill("SIGKILL"),
  };
}

const toHead = (): Wire => ({
  send(message) {
    if (process.connected) process.send?.(message, undefined, undefined, nothing);
  },
  listen: (onMessage) => void process.on("message", onMessage),
});

/** The side of `miner run --workers` that answers: without a key, files of its own or the chain. */
export async function runHand(flags: Flags, version = packageVersion()): Promise<void> {
  steadyHeap();
  // A terminal and some supervisors send their signals to all processes: when to end is said by the one that leads.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, nothing);
  const alone = createAbortController();
  process.once("disconnect", () => alone.abort());
  const telemetry = await openTelemetry({ version });
  const tracing = flags["telemetry.traces"] === true ? await openTracing({ version }) : undefined;
  const hand = await createHand(toHead(), {
    metrics: telemetry.snapshot,
    clock: systemClock,
    level: levelOf(flags),
  });
  const { logger, presence, parts } = hand;
  try {
    const learning = await openMinerLearning(
      { ...flags, "feedback.accept": undefined },
      { clock: systemClock, logger },
    );
    const { served, slot } = learning;
    const watched = createAbortController();
    const watching = learning.watch(watched.signal);
    try {
      const miner = createMiner(
        { ...minerOptionsOf(flags), verifyThreads: numberOf(flags["axon.verify_threads"]) ?? 0 },
        {
          ...presence,
          ...parts,
          predictor: served?.predictor ?? null,
          baseline: served?.baseline ?? createPredictor(IGNORANCE),
          ...{ slot, clock: systemClock, logger, metrics: telemetry.metrics, tracing },
        },
      );
      await hand.serve(miner, alone.signal);
    } finally {
      watched.abort();
      await watching;
      await learning.close();
    }
  } catch (error) {
    process.exitCode = 1;
    await hand.fail(errorText(error), error instanceof SubnetError ? error.hint : undefined);
  } finally {
    if (process.connected) process.disconnect();
  }
}
