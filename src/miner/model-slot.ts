import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { type Call, errorText, type Logger, runEvery, withCall } from "../core/index.ts";
import { type Answer, answerSchema, answerToWire, FEATURES, fromVector, type Question } from "../schema.ts";
import type { Predictor } from "./predictor.ts";

/** A model that was loaded. */
export interface LoadedModel {
  readonly predictor: Predictor;
  /** What the miner falls back to while this model is served. */
  readonly baseline: (question: Question) => Answer;
  /** For the log. */
  readonly text: string;
  close(): Promise<void>;
}

/** What a slot says of itself. */
export interface ModelSlotStatus {
  readonly file: string;
  /** SHA-256 (hex) of the file that is served. */
  readonly hash: string;
  readonly model: string;
  readonly swaps: number;
  /** Files that were there and not taken over. */
  readonly failures: number;
  readonly lastFailure: string | null;
}

/** The place of the model that is served; see {@link openModelSlot}. */
export interface ModelSlot {
  readonly predictor: Predictor;
  readonly baseline: (question: Question) => Answer;
  status(): ModelSlotStatus;
  /** Looks at the file now; true when another model has taken over. */
  look(): Promise<boolean>;
  /** Looks again and again until the signal; resolves after it. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How long a new model may take for one question of the probe. */
const PROBE_MS = 2_000;
const POLL_MS = 2_000;

/**
 * SHA-256 (hex) of a file, read piece by piece.
 *
 * @throws the file system's own error when it cannot be read.
 * @example
 * await writeFile("a.txt", "a");
 * (await fileHash("a.txt")).slice(0, 8); // "ca978112"
 */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** What changes when a file is replaced or written: cheap to ask again and again. */
async function markOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

const question = (value: number): Question => ({
  sessionId: "probe",
  features: fromVector(Float64Array.from(FEATURES, ({ max }) => Math.min(value, max))),
  landmark: { messages: 4 },
  horizonSeconds: 1_800,
});
/** Nothing known, and something known of everything. */
const PROBES: readonly Question[] = [question(Number.NaN), question(1)];

/** @throws when the model gives an answer to one of them that no validator takes. */
async function probe({ predictor }: LoadedModel, questions: readonly Question[]): Promise<void> {
  for (const one of questions) {
    const ask = (call: Call) => predictor.predict(one, call);
    const answer = await withCall(ask, { timeoutMs: PROBE_MS, what: "The new model" });
    const checked = answerSchema.safeParse(answerToWire(answer));
    if (!checked.success) throw new Error(`its answer is not valid: ${checked.error.issues[0]?.path.join(".")}`);
  }
}

/** A model in use: closed when it was replaced and its last answer is given. */
function createHeld(model: LoadedModel, hash: string, logger: Logger) {
  let inUse = 0;
  let replaced = false;
  const closeWhenIdle = () => {
    if (!replaced || inUse > 0) return;
    model.close().catch((error: unknown) => {
      logger.warn("The old model could not be closed", { model: model.text, error: errorText(error) });
    });
  };
  return {
    model,
    hash,
    predict(one: Question, call: Call): Answer | Promise<Answer> {
      const answer = model.predictor.predict(one, call);
      if (!(answer instanceof Promise)) return answer;
      inUse += 1;
      return answer.finally(() => {
        inUse -= 1;
        closeWhenIdle();
      });
    },
    replace() {
      replaced = true;
      closeWhenIdle();
    },
  };
}

/**
 * Serves the model in a file, and whatever takes the file's place: the new one is loaded beside the old, tried on questions, and only
 * then put in; requests that are under way are finished by the model they began with, so none is dropped. What cannot be loaded or
 * answers nonsense is logged once and changes nothing.
 *
 * @param path replaced atomically, by rename: `retrain --promote` does.
 * @param onSwap told after each change, and of the first model; its failure changes nothing.
 * @throws whatever `load` throws for the first model.
 * @example
 * const slot = await openModelSlot({ path: "model.safetensors" }, { load, logger });
 * slot.status().swaps; // 0
 */
export async function openModelSlot(
  { path, pollMs = POLL_MS }: { path: string; pollMs?: number },
  {
    load,
    logger,
    onSwap,
  }: {
    readonly load: (path: string) => Promise<LoadedModel>;
    readonly logger: Logger;
    readonly onSwap?: (status: ModelSlotStatus) => Promise<void> | void;
  },
): Promise<ModelSlot> {
  let lastQuestion: Question | null = null;
  let swaps = 0;
  let failures = 0;
  let lastFailure: string | null = null;
  let looking: Promise<boolean> | null = null;

  /** The file may be replaced while it is read: then what was loaded is none of the two hashes' for sure. */
  const loadWhole = async (): Promise<{ model: LoadedModel; hash: string } | null> => {
    // Why a file cannot be read, `load` says better.
    const hash = await fileHash(path).catch(() => "");
    const model = await load(path);
    if ((await fileHash(path)) === hash) return { model, hash };
    await model.close();
    return null;
  };
  let mark = await markOf(path).catch(() => "");
  let refused = "";
  const first = await loadWhole();
  if (first === null) throw new Error(`${path} is being written; try again.`);
  let held = createHeld(first.model, first.hash, logger);
  const status = (): ModelSlotStatus => ({
    ...{ file: path, hash: held.hash, model: held.model.text, swaps, failures, lastFailure },
  });
  const tell = async () => {
    try {
      await onSwap?.(status());
    } catch (error) {
      logger.warn("What follows the model failed", { error: errorText(error) });
    }
  };
  const fail = (error: unknown) => {
    failures += 1;
    lastFailure = errorText(error);
    logger.error("The new model was not taken over; the old one is served", { file: path, error: lastFailure });
  };

  const lookOnce = async (): Promise<boolean> => {
    let now: string;
    try {
      now = await markOf(path);
    } catch (error) {
      if (mark !== "") fail(error);
      mark = "";
      return false;
    }
    if (now === mark) return false;
    let hash = "";
    try {
      hash = await fileHash(path);
      if (hash === held.hash || hash === refused) {
        mark = now;
        return false;
      }
      const next = await loadWhole();
      if (next === null) return false;
      try {
        await probe(next.model, lastQuestion === null ? PROBES : [...PROBES, lastQuestion]);
      } catch (error) {
        await next.model.close();
        throw error;
      }
      const old = held;
      held = createHeld(next.model, next.hash, logger);
      old.replace();
      mark = now;
      refused = "";
      swaps += 1;
      logger.info("Model swapped", { file: path, hash: next.hash.slice(0, 16), model: next.model.text, swaps });
      await tell();
      return true;
    } catch (error) {
      mark = now;
      refused = hash;
      fail(error);
      return false;
    }
  };
  const look = () => {
    looking ??= lookOnce().finally(() => {
      looking = null;
    });
    return looking;
  };
  await tell();

  return {
    predictor: {
      get name() {
        return held.model.predictor.name;
      },
      predict(one, call) {
        lastQuestion = one;
        return held.predict(one, call);
      },
    },
    baseline: (one) => held.model.baseline(one),
    status,
    look,
    async watch(signal) {
      await runEvery(pollMs, async () => void (await look()), { signal, logger, what: "model file" });
    },
    async close() {
      await looking?.catch(() => undefined);
      held.replace();
    },
  };
}
