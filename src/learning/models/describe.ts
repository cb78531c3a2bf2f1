import { type Network, parameterCount } from "../network/layers.ts";
import { treeCount } from "../trees/trees.ts";
import type { Classifier, Model, Scorer, TimeModel } from "./model.ts";

/** A network's shape in a few characters: `40-64-relu-32-relu-1`. */
export function shapeText({ inputs, layers }: Network): string {
  const parts = layers.map((layer) => (layer.kind === "dense" ? `${layer.outputs}` : layer.kind));
  return [inputs, ...parts].join("-");
}

type Part = Classifier | Scorer;

function shapeOf(part: Part): string {
  if (part.kind === "constant") return "base rate";
  if (part.kind === "network") return shapeText(part.network);
  if (part.kind === "trees") return `${treeCount(part.trees)} trees`;
  if (part.kind === "ensemble") return part.members.map((member) => `${member.kind} ${shapeOf(member)}`).join(" + ");
  return `${part.weights.length} weights`;
}

function countOf(part: Part): number {
  if (part.kind === "constant") return 0;
  if (part.kind === "network") return parameterCount(part.network);
  if (part.kind === "trees") return part.trees.feature.length;
  if (part.kind === "ensemble") return part.members.reduce((sum, member) => sum + countOf(member), 0);
  return part.weights.length + 1;
}

function timeText(time: TimeModel): string {
  if (time.kind === "hazard") return `hazard over ${time.logHazards.length} bins`;
  return time.kind === "constant" ? "median" : time.members.map(({ kind }) => kind).join(" + ");
}

const timeCount = (time: TimeModel): number =>
  time.kind === "constant"
    ? 0
    : time.kind === "hazard"
      ? time.logHazards.length + time.weights.length
      : time.members.reduce((sum, member) => sum + countOf(member), 0);

/** A model in a few words and numbers. */
export interface ModelSummary {
  readonly kind: Classifier["kind"];
  /** `"base rate"`, or the classifier's shape. */
  readonly shape: string;
  /** Numbers that were learned: weights, or the nodes of trees. */
  readonly parameters: number;
  readonly calibration: Model["calibration"]["kind"];
  readonly threshold: number;
  readonly time: TimeModel["kind"];
  readonly rate: number;
  readonly medianTimeSeconds: number;
  /** Share of the classifier in the probability where calibration shrinks it (else 1, or 0 for a constant). */
  readonly weight: number;
  /** Share of the time model in the time; the rest is the median. */
  readonly timeWeight: number;
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly text: string;
}

/**
 * A short summary for logs and tables.
 *
 * @example
 * describeModel(baselineModel({ rate: 0.4, medianTimeSeconds: 90 })).text; // "base rate 0.400, median time 90.0 s"
 */
export function describeModel({ classifier, calibration, decision, time, baseline, origin }: Model): ModelSummary {
  const { rate, medianTimeSeconds } = baseline;
  const base = `base rate ${rate.toFixed(3)}, median time ${medianTimeSeconds.toFixed(1)} s`;
  const isConstant = classifier.kind === "constant";
  const weight = isConstant ? 0 : calibration.kind === "shrink" ? calibration.weight : 1;
  const shape = shapeOf(classifier);
  const own = `${classifier.kind} ${shape} on ${origin.rows} rows, weight ${weight.toFixed(2)}`;
  const clock = time.kind === "constant" ? "" : `, time ${timeText(time)}, weight ${time.weight.toFixed(2)}`;
  return {
    kind: classifier.kind,
    shape,
    parameters: countOf(classifier) + timeCount(time),
    calibration: calibration.kind,
    threshold: decision.threshold,
    time: time.kind,
    rate,
    medianTimeSeconds,
    weight,
    timeWeight: time.kind === "constant" ? 0 : time.weight,
    rows: origin.rows,
    metrics: origin.metrics,
    text: `${isConstant ? "" : `${own}${clock}, over `}${base}`,
  };
}
