import { extname, resolve } from "node:path";
import { type Clock, createClosers, type Logger, runEvery } from "../core/index.ts";
import { createFeedbackLog, type FeedbackLog } from "../dashboard/index.ts";
import { baselineModel, createPredictor, profilePath, readProfileFile } from "../learning/index.ts";
import {
  createAnswerMemory,
  createMinerDrift,
  createMinerFeedback,
  type LoadedModel,
  latestFeedback,
  type MinerModules,
  openFeedbackStore,
  openModelSlot,
} from "../miner/index.ts";
import type { Flags } from "./flags.ts";
import { openServedModel } from "./served-model.ts";

/** How often what has moved is said. */
const WARN_MS = 60_000;

/** What `miner run` serves and learns from. */
export interface MinerLearning extends Pick<MinerModules, "slot" | "feedback" | "drift"> {
  /** Null without `--model`. */
  readonly served:
    | (Pick<MinerModules, "baseline"> & { readonly predictor: NonNullable<MinerModules["predictor"]> })
    | null;
  /** What validators told, to be looked at; null without `--feedback.accept`. */
  readonly told: { readonly log: FeedbackLog; readonly folder: string } | null;
  /** Looks at the model's file now; true when another has taken over. */
  look(): Promise<boolean>;
  /** Looks at the model's file and at drift until the signal. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens the model of `--model`, and feedback where `--feedback.accept` says so. */
export async function openMinerLearning(
  flags: Flags,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<MinerLearning> {
  const path = typeof flags.model === "string" ? resolve(flags.model) : null;
  const drift = createMinerDrift();
  const closers = createClosers();
  const load = async (file: string): Promise<LoadedModel> => {
    const model = await openServedModel(file, flags);
    return { ...model, baseline: createPredictor(baselineModel(model.baseline)) };
  };
  const follow = async ({ file, hash }: { readonly file: string; readonly hash: string }) => {
    const beside = extname(file) === ".safetensors" ? await readProfileFile(profilePath(file)) : null;
    drift.follow(beside?.modelHash === hash ? beside.profile : null);
    if (beside !== null && beside.modelHash !== hash)
      logger.warn("The profile beside the model belongs to another one: features are not watched", { file });
  };
  try {
    const slot = path === null ? null : await openModelSlot({ path }, { load, logger, onSwap: follow });
    if (slot !== null) {
      closers.push("model", slot.close);
      logger.info("Model loaded", { file: path, model: slot.status().model });
    }
    const folder = flags["feedback.accept"];
    const store =
      typeof folder === "string"
        ? await openFeedbackStore(
            { folder: resolve(folder), maxBytes: Number(flags["feedback.max_mb"]) * 2 ** 20 },
            { clock, logger },
          )
        : null;
    if (store !== null) {
      closers.push("feedback", store.close);
      logger.info("Feedback is accepted", { folder: String(folder) });
    }
    const told = typeof folder === "string" ? { log: createFeedbackLog(), folder: resolve(folder) } : null;
    if (told !== null) for await (const one of latestFeedback(told.folder)) told.log.add(one);
    const modules: Omit<Parameters<typeof createMinerFeedback>[0], "store"> = {
      memory: createAnswerMemory(),
      logger,
      onFeedback(one, { validator, holds }) {
        drift.settled(one);
        told?.log.add({ ...one, validator, holds, receivedAtMs: clock.nowMs() });
      },
    };
    return {
      served: slot,
      slot: slot ?? undefined,
      feedback: store === null ? undefined : createMinerFeedback({ ...modules, store }),
      drift: slot === null ? undefined : drift,
      told,
      look: async () => (await slot?.look()) ?? false,
      async watch(signal) {
        const warn = runEvery(WARN_MS, async () => drift.warn(logger), { signal, logger, what: "drift" });
        const looking = slot === null || flags["model.watch"] === false ? undefined : slot.watch(signal);
        await Promise.all([warn, looking]);
      },
      close: closers.closeAll,
    };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
