import { type Call, InvalidArgumentError, type LoadPackage, loadPackage } from "../../core/index.ts";
import type { Answer, Features, Question } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { writeVector } from "../data/write-vector.ts";
import { ModelFileError, PredictionNotFiniteError } from "../errors.ts";
import { type BaseRate, LIKELIER } from "../models/model.ts";
import { boundTime } from "../models/predict.ts";
import { logistic } from "../network/steps.ts";
import { MAX_ONNX_BYTES, readOnnxHeader } from "./onnx-header.ts";
import { type OnnxPlan, type OnnxReading, planOnnx } from "./onnx-plan.ts";
import { readWhole } from "./read-whole.ts";

const PACKAGE = "onnxruntime-node";
const VERSION = "1.30.0";

/** The part of onnxruntime that is used here: the package is optional, its types are not there without it. */
interface RuntimeTensor {
  readonly data: ArrayLike<number | bigint>;
}
interface Session {
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}
interface Runtime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Float64Array, shape: readonly number[]) => RuntimeTensor;
}

/** How an ONNX model is opened. */
export interface OnnxOptions extends OnnxReading {
  readonly signal?: AbortSignal | undefined;
  /** Loads the package; a test passes one that finds nothing. */
  readonly load?: LoadPackage | undefined;
}

/** A graph that answers questions: a predictor for a miner. */
export interface OnnxModel {
  /** For logs: "model model.onnx". */
  readonly name: string;
  /** Of our own exports, that of the model; else the given one. */
  readonly baseline: BaseRate;
  /** Asks the graph; a signal is heeded before and after, since a running graph cannot be stopped. */
  predict(question: Question, call?: Partial<Call>): Promise<Answer>;
  close(): Promise<void>;
}

/** One thread: answers are microseconds of work, and a pool would fight with the server for the cores. */
const SESSION = {
  executionProviders: ["cpu"],
  executionMode: "sequential",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // What goes wrong is thrown as well; stderr is the operator's.
  logSeverityLevel: 4,
};
/** Single precision may end this far outside [0, 1]. */
const ROUNDING = 1e-6;

/** What it has is what its documents say. */
const loadRuntime = async (path: string, load?: LoadPackage): Promise<Runtime> =>
  (await loadPackage({ name: PACKAGE, version: VERSION, work: `Running ${path}` }, load)) as Runtime;

/** What onnxruntime says when it gives up, as one line. */
function nativeError(path: string, cause: unknown): ModelFileError {
  const [text] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  return new ModelFileError({ path, reason: `onnxruntime gave up on it (${text.slice(0, 300)})`, cause });
}

/** The first row's number: of one column, or of two, of which the second is "yes" (as scikit-learn's). */
function firstRow({ data }: RuntimeTensor, rows: number, isLogit: boolean): number {
  if (data.length === rows) return Number(data[0]);
  if (data.length !== 2 * rows) return Number.NaN;
  return isLogit ? Number(data[1]) - Number(data[0]) : Number(data[1]);
}

/** Runs the graph for one question; null = a row of which nothing is known. */
function createAsk(path: string, plan: OnnxPlan, runtime: Runtime, session: Session) {
  const { input, type, rows, unknown, isLogit } = plan;
  const names = [plan.probability, plan.time, plan.happened].filter((name) => name !== null);
  const vector = new Float64Array(INPUTS);
  return async (features: Features | null) => {
    const batch = new (type === "float32" ? Float32Array : Float64Array)(rows * INPUTS).fill(unknown);
    if (features !== null) {
      writeVector(features, vector).forEach((value, i) => {
        if (!Number.isNaN(value)) batch[i] = value;
      });
    }
    const feeds = { [input]: new runtime.Tensor(type, batch, [rows, INPUTS]) };
    const out = await session.run(feeds, names).catch((cause: unknown) => {
      throw nativeError(path, cause);
    });
    for (const name of names) {
      const { length } = out[name].data;
      if (length === rows || (length === 2 * rows && name === plan.probability)) continue;
      throw new ModelFileError({ path, reason: `its output ${name} has ${length} numbers for ${rows} rows` });
    }
    const raw = firstRow(out[plan.probability], rows, isLogit);
    return {
      probability: isLogit ? logistic(raw) : raw,
      timeSeconds: plan.time === null ? plan.baseline.medianTimeSeconds : firstRow(out[plan.time], rows, false),
      happened: plan.happened === null ? null : firstRow(out[plan.happened], rows, false),
    };
  };
}

/** @throws {PredictionNotFiniteError} for what is no probability or no time. */
function answerOf(
  { features, landmark, horizonSeconds }: Question,
  { probability, timeSeconds, happened }: Awaited<ReturnType<ReturnType<typeof createAsk>>>,
): Answer {
  const isProbability = probability >= -ROUNDING && probability <= 1 + ROUNDING;
  if (!isProbability || !Number.isFinite(timeSeconds)) throw new PredictionNotFiniteError({ probability, timeSeconds });
  const confidence = Math.min(1, Math.max(0, probability));
  const isYes = happened === null ? confidence >= LIKELIER.threshold : happened === 1;
  const from = landmark !== null && "seconds" in landmark ? landmark.seconds : features.conversation_duration_seconds;
  const time = boundTime(timeSeconds, from, horizonSeconds);
  return {
    conversionHappened: isYes ? 1 : 0,
    timeToConversionSeconds: isYes ? time : -1,
    confidence,
    timeIfConvertedSeconds: time,
  };
}

/**
 * Opens an ONNX model for serving: what `encodeOnnx` wrote, or a classifier of another program that takes 40 features as the table
 * orders them and gives the probability of a conversion as `N`, `N x 1` or `N x 2`. It is asked once before it is given, so that a graph
 * which cannot answer is refused here. onnxruntime is native code, and a file made to harm it may do so whatever is checked before:
 * serve files of people you trust.
 *
 * @throws {PackageMissingError} when `onnxruntime-node` is not installed; {@link ModelFileError} with the reason;
 * {@link FeatureTableError}; from `predict`, {@link PredictionNotFiniteError} for what is no probability or no time.
 * @example
 * const model = await openOnnxModel("model.onnx");
 * (await model.predict(question)).confidence; // 0.43
 */
export async function openOnnxModel(path: string, options: OnnxOptions = {}): Promise<OnnxModel> {
  const { load, signal, ...reading } = options;
  const bytes = await readWhole(path, MAX_ONNX_BYTES);
  const plan = planOnnx(path, readOnnxHeader(path, bytes), reading);
  const runtime = await loadRuntime(path, load);
  signal?.throwIfAborted();
  const session = await runtime.InferenceSession.create(bytes, SESSION).catch((cause: unknown) => {
    throw nativeError(path, cause);
  });
  const ask = createAsk(path, plan, runtime, session);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await session.release();
  };
  try {
    signal?.throwIfAborted();
    await ask(null);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: `model ${path}`,
    baseline: plan.baseline,
    close,
    async predict(question, { signal: asked } = {}) {
      asked?.throwIfAborted();
      if (!isOpen) throw new InvalidArgumentError({ argument: "model", problem: "is closed", value: path });
      const forecast = await ask(question.features);
      asked?.throwIfAborted();
      return answerOf(question, forecast);
    },
  };
}
