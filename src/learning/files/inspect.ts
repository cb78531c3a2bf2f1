import { FEATURE_NAMES } from "../../schema.ts";
import type { Model, Scorer } from "../models/model.ts";
import { columnName } from "../models/preparation.ts";
import { packModel } from "./model-state.ts";

/** What is in a model, for people: names with values, and the tensors of its file. */
export interface ModelInspection {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

const MOST_USED = 8;

/** The features that trees split on with most gain. */
function gainText(scorer: Pick<Extract<Scorer, { kind: "trees" }>, "trees">): string {
  const { gain } = scorer.trees;
  const all = gain.reduce((sum, value) => sum + value, 0);
  return FEATURE_NAMES.map((name, column) => ({ name, share: all > 0 ? gain[column] / all : 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_USED)
    .map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`)
    .join(", ");
}

/** The prepared columns with the largest weights: all are standardised, so weights compare. */
function weightText({ preparation }: Model, weights: Float32Array): string {
  return preparation.columns
    .map((column, i) => ({ name: columnName(column), weight: weights[i] }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, MOST_USED)
    .map(({ name, weight }) => `${name} ${weight >= 0 ? "+" : ""}${weight.toFixed(3)}`)
    .join(", ");
}

/**
 * Everything in a model that can be told in a line, and its tensors.
 *
 * @example
 * inspectModel(model).tensors[0]; // { name: "classifier.0.weight", shape: [64, 40] }
 */
export function inspectModel(model: Model): ModelInspection {
  const { preparation, classifier, calibration, decision, time, baseline, origin } = model;
  const members = classifier.kind === "ensemble" ? classifier.members : [classifier];
  const uses = members.flatMap((member): [string, string][] =>
    member.kind === "trees"
      ? [["trees split on", gainText(member)]]
      : member.kind === "logistic"
        ? [["logistic weights", weightText(model, member.weights)]]
        : [],
  );
  const special = preparation.columns
    .map(columnName)
    .filter((name) => !FEATURE_NAMES.some((feature) => feature === name));
  const timeText =
    time.kind === "constant"
      ? "the median"
      : `${time.kind === "regression" ? `regression of ${time.members.map(({ kind }) => kind).join(" + ")}` : `hazard over ${time.logHazards.length} bins`}, weight ${time.weight.toFixed(3)}`;
  const facts: [string, string][] = [
    ["preparation", `${preparation.columns.length} columns${special.length === 0 ? "" : `; ${special.join(", ")}`}`],
    [
      "classifier",
      classifier.kind === "ensemble"
        ? members.map(({ kind }, i) => `${kind} x ${classifier.weights[i].toFixed(3)}`).join(" + ")
        : classifier.kind,
    ],
    ...uses,
    [
      "calibration",
      Object.entries(calibration)
        .filter(([, value]) => !Array.isArray(value))
        .map(([, value]) => (typeof value === "number" ? value.toFixed(3) : value))
        .join(" "),
    ],
    [
      "decision",
      `yes from ${decision.threshold.toFixed(2)} on${decision.scoring === null ? "" : `, for ${decision.scoring}`}`,
    ],
    ["time", timeText],
    ["baseline", `rate ${baseline.rate.toFixed(4)}, median time ${baseline.medianTimeSeconds.toFixed(1)} s`],
    ["learned from", `${origin.rows} rows, seed ${origin.seed}, SHA-256 ${origin.dataHash.slice(0, 16)}`],
    ...Object.entries(origin.metrics).map(([name, value]): [string, string] => [
      `unseen ${name}`,
      String(Number(value.toPrecision(5))),
    ]),
  ];
  return { facts, tensors: packModel(model).tensors.map(({ name, shape }) => ({ name, shape })) };
}
