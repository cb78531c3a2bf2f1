import { DEFAULT_HORIZON_SECONDS, FEATURE_TABLE_HASH } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { FeatureTableError, ModelFileError } from "../errors.ts";
import { differingNames } from "../files/model-file.ts";
import type { BaseRate } from "../models/model.ts";
import { ONNX_FORMAT, ONNX_OUTPUTS } from "./onnx-export.ts";
import type { OnnxHeader, OnnxValue } from "./onnx-header.ts";

/** How a graph of another program is read; our own exports need none of it. */
export interface OnnxReading {
  /** What it gives (default "probability"). */
  readonly output?: "probability" | "logit" | undefined;
  /** The output's name, where there are several. */
  readonly probabilityOutput?: string | undefined;
  /** An output of seconds from the first message; without one the baseline's median is answered. */
  readonly timeOutput?: string | undefined;
  /** What an unknown feature is given as (default 0; our own exports take NaN). */
  readonly unknown?: number | undefined;
  /** Its median is the time where the graph has none (default: an even chance, half way to the horizon). */
  readonly baseline?: BaseRate | undefined;
}

/** How a graph is fed, and what of it is read. */
export interface OnnxPlan {
  readonly input: string;
  readonly type: "float32" | "float64";
  /** Rows that it takes at once. */
  readonly rows: number;
  readonly unknown: number;
  readonly probability: string;
  readonly isLogit: boolean;
  readonly time: string | null;
  /** The class, where the graph decides it. */
  readonly happened: string | null;
  readonly baseline: BaseRate;
}

const IGNORANCE: BaseRate = { rate: 0.5, medianTimeSeconds: DEFAULT_HORIZON_SECONDS / 2 };
const MAX_ROWS = 1024;
/** Names that converters give to probabilities. */
const USUAL = ["probabilities", "probability", "output_probability"];

type Refuse = (reason: string, hint?: string) => ModelFileError;

const describe = ({ type, kind, shape }: OnnxValue) =>
  kind === "tensor" ? `${type} ${shape === null ? "of unknown shape" : `[${shape.join(", ")}]`}` : kind;
const isFloating = ({ kind, type }: OnnxValue) => kind === "tensor" && (type === "float" || type === "double");
const isList = ({ kind }: OnnxValue) => kind === "sequence" || kind === "map";

/** The one input, and how many rows it takes at once. */
function planInput({ inputs }: OnnxHeader, refuse: Refuse): Pick<OnnxPlan, "input" | "type" | "rows"> {
  const [input] = inputs;
  if (inputs.length !== 1) throw refuse(`it has ${inputs.length} inputs, and one of ${INPUTS} features is given`);
  const [rows, columns] = input.shape ?? [];
  if (!isFloating(input) || input.shape?.length !== 2 || columns !== INPUTS) {
    throw refuse(`its input ${input.name} is ${describe(input)}, and float or double [rows, ${INPUTS}] is given`);
  }
  if (typeof rows === "number" && !(rows >= 1 && rows <= MAX_ROWS)) throw refuse(`it takes ${rows} rows at once`);
  const type = input.type === "float" ? "float32" : "float64";
  return { input: input.name, type, rows: typeof rows === "number" ? rows : 1 };
}

function planOutputs(
  { outputs }: OnnxHeader,
  { probabilityOutput, timeOutput }: OnnxReading,
  refuse: Refuse,
): Pick<OnnxPlan, "probability" | "time"> {
  const list = outputs.map((output) => `${output.name} (${describe(output)})`).join(", ");
  const refuseList = () =>
    refuse(
      "it gives probabilities as a list of maps, as scikit-learn's converter does unless told otherwise",
      "Convert it with options={id(model): {'zipmap': False}}.",
    );
  const named = (name: string) => {
    const found = outputs.find((output) => output.name === name);
    if (found === undefined) throw refuse(`it has no output ${name}, but ${list}`);
    if (isList(found)) throw refuseList();
    if (!isFloating(found)) throw refuse(`its output ${name} is ${describe(found)}, and float or double is read`);
    return name;
  };
  const time = timeOutput === undefined ? null : named(timeOutput);
  if (probabilityOutput !== undefined) return { probability: named(probabilityOutput), time };
  if (outputs.some(isList)) throw refuseList();
  const candidates = outputs.filter((output) => isFloating(output) && output.name !== time);
  const usual = candidates.find(({ name }) => USUAL.includes(name));
  const chosen = usual ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen === undefined) {
    const hint = "Give its name: probabilityOutput.";
    throw refuse(`which of its outputs is the probability is not clear: ${list}`, hint);
  }
  return { probability: chosen.name, time };
}

function ownBaseline({ baseline_rate, baseline_median_seconds }: OnnxHeader["metadata"]): BaseRate {
  const [rate, medianTimeSeconds] = [Number(baseline_rate), Number(baseline_median_seconds)];
  const isSound = rate >= 0 && rate <= 1 && medianTimeSeconds > 0 && Number.isFinite(medianTimeSeconds);
  return isSound ? { rate, medianTimeSeconds } : IGNORANCE;
}

/**
 * How to ask a graph, from what its file says: our own exports by their metadata and outputs, others by `reading`.
 *
 * @throws {ModelFileError} for another shape of inputs or outputs; {@link FeatureTableError}.
 */
export function planOnnx(path: string, header: OnnxHeader, reading: OnnxReading): OnnxPlan {
  const refuse: Refuse = (reason, hint) => new ModelFileError({ path, reason, ...(hint !== undefined && { hint }) });
  const { metadata, outputs } = header;
  const has = (name: string) => outputs.some((output) => output.name === name);
  if (metadata.format !== ONNX_FORMAT || !ONNX_OUTPUTS.every(has)) {
    return {
      ...planInput(header, refuse),
      ...planOutputs(header, reading, refuse),
      unknown: reading.unknown ?? 0,
      isLogit: reading.output === "logit",
      happened: null,
      baseline: reading.baseline ?? IGNORANCE,
    };
  }
  const { feature_table_hash: fileHash = "none", features = "" } = metadata;
  if (fileHash !== FEATURE_TABLE_HASH) {
    const differing = differingNames(features.split(","));
    throw new FeatureTableError({ path, fileHash, ownHash: FEATURE_TABLE_HASH, differing });
  }
  return {
    ...planInput(header, refuse),
    probability: "confidence",
    time: "time_if_converted_seconds",
    happened: "conversion_happened",
    unknown: Number.NaN,
    isLogit: false,
    baseline: reading.baseline ?? ownBaseline(metadata),
  };
}
