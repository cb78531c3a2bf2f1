import { LayerShapeError } from "../errors.ts";
import { createFirstOutput } from "../network/serving.ts";
import { createTreesScorer } from "../trees/score-trees.ts";
import { logitOf } from "./calibration.ts";
import { linearOutput } from "./linear.ts";
import type { Classifier, Scorer, TrainedNetwork } from "./model.ts";
import type { Preparation } from "./preparation.ts";

/** A number for the row at `offset` of `X`, whose preparation is given beside it. */
export type ScoreRow = (X: Float64Array, offset: number, prepared: Float64Array) => number;

/** @throws {LayerShapeError} for a network that does not take the prepared columns, or gives more than one number. */
function createNetworkScore({ network, parameters }: TrainedNetwork, inputs: number): ScoreRow {
  if (network.inputs !== inputs || network.outputs !== 1) {
    throw new LayerShapeError({
      layer: "the model",
      expected: `rows x ${inputs} -> rows x 1`,
      received: `rows x ${network.inputs} -> rows x ${network.outputs}`,
    });
  }
  const output = createFirstOutput(network, parameters);
  return (_X, _offset, prepared) => output(prepared);
}

/** A scorer compiled for one row at a time. */
export function createScore(scorer: Scorer, { columns }: Preparation): ScoreRow {
  if (scorer.kind === "linear") return (_X, _offset, prepared) => linearOutput(scorer, prepared);
  if (scorer.kind === "network") return createNetworkScore(scorer, columns.length);
  return createTreesScorer(scorer.trees);
}

/** A classifier compiled: the logit of a conversion. A last sigmoid belongs to the network as a user wrote it. */
export function createLogit(classifier: Exclude<Classifier, { kind: "constant" }>, preparation: Preparation): ScoreRow {
  if (classifier.kind === "logistic") return createScore({ ...classifier, kind: "linear" }, preparation);
  if (classifier.kind === "network") {
    const output = createScore(classifier, preparation);
    if (classifier.network.layers.at(-1)?.kind !== "sigmoid") return output;
    return (X, offset, prepared) => logitOf(output(X, offset, prepared));
  }
  if (classifier.kind === "trees") return createScore(classifier, preparation);
  const { bias, weights } = classifier;
  const members = classifier.members.map((member) =>
    member.kind === "constant" ? () => 0 : createLogit(member, preparation),
  );
  return (X, offset, prepared) =>
    members.reduce((sum, member, i) => sum + weights[i] * member(X, offset, prepared), bias);
}
