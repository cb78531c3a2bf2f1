import { describe, expect, it } from "vitest";
import { answerSchema, answerToWire, FEATURE_NAMES, type Features, fromVector, type Question } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { batchNorm, dense, dropout, network, relu, sigmoid } from "../network/layers.ts";
import { fit as fitModel } from "./fit.ts";
import { baselineModel } from "./model.ts";
import { createPredictor, predict } from "./predict.ts";

const data = syntheticDataset({ rows: 1200, seed: 5 });
const { model } = await fitModel(data, { kind: "network", epochs: 8 });
const features = (row: number): Features => fromVector(data.X.subarray(row * INPUTS, (row + 1) * INPUTS));
const question = (row: number): Question => ({
  sessionId: `q${row}`,
  features: features(row),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
});
const unknown = fromVector(new Float64Array(INPUTS).fill(Number.NaN));

describe("predict", () => {
  it("gives answers that pass the door of the wire", () => {
    for (let row = 0; row < 200; row++) {
      const answer = predict(model, question(row));
      expect(answerSchema.parse(answerToWire(answer))).toEqual(answer);
      expect(answer.conversionHappened).toBe((answer.confidence ?? -1) >= 0.5 ? 1 : 0);
    }
  });

  it("defect 10: the order of the keys in the features does not matter", () => {
    const shuffledKeys: Features = { ...unknown, ...Object.fromEntries(Object.entries(features(3)).reverse()) };
    expect(Object.keys({ ...Object.fromEntries(Object.entries(features(3)).reverse()) })).not.toEqual(FEATURE_NAMES);
    expect(predict(model, { ...question(3), features: shuffledKeys })).toEqual(predict(model, question(3)));
  });

  it("defect 39: an unknown feature is the mean, not a shift of the others, and nothing known is still an answer", () => {
    expect(predict(model, unknown).confidence).toBeGreaterThan(0);
    const withMean = { ...features(3), message_ratio: model.preparation.columns[18].mean };
    const without = { ...features(3), message_ratio: null };
    expect(predict(model, without)).toEqual(predict(model, withMean));
  });

  it("defect 46: batchNorm and dropout answer one row, and the same question always the same", async () => {
    const custom = network([dense(40, 16), batchNorm(16), relu(), dropout(0.3), dense(16, 1), sigmoid()]);
    const { model: own } = await fitModel(data, { network: custom, epochs: 5 });
    const ask = createPredictor(own);
    const first = Array.from({ length: 50 }, (_, row) => ask(question(row)));
    expect(Array.from({ length: 50 }, (_, row) => ask(question(row)))).toEqual(first);
    expect(new Set(first.map(({ confidence }) => confidence)).size).toBe(50);
  });

  it("defect 22: the time is predicted, not a constant", () => {
    const times = Array.from({ length: 50 }, (_, row) => predict(model, question(row)).timeIfConvertedSeconds);
    expect(new Set(times).size).toBeGreaterThan(40);
  });

  it("never says a time before the landmark's moment, nor after the horizon", () => {
    const base = baselineModel({ rate: 0.6, medianTimeSeconds: 90 });
    const asked = (duration: number | null, landmark: Question["landmark"], horizonSeconds = 1800) =>
      predict(base, {
        ...question(0),
        features: { ...unknown, conversation_duration_seconds: duration },
        landmark,
        horizonSeconds,
      }).timeToConversionSeconds;
    expect(asked(null, null)).toBe(90);
    expect(asked(30, { messages: 4 })).toBe(90);
    expect(asked(500, { messages: 4 })).toBe(501);
    expect(asked(30, { seconds: 120 })).toBe(121);
    expect(asked(30, null, 60)).toBe(60);
  });

  it("is the base rate and the median time for a baseline", () => {
    expect(predict(baselineModel({ rate: 0.4, medianTimeSeconds: 90 }), unknown)).toEqual({
      conversionHappened: 0,
      timeToConversionSeconds: -1,
      confidence: 0.4,
      timeIfConvertedSeconds: 90,
    });
    expect(() => baselineModel({ rate: Number.NaN, medianTimeSeconds: 90 })).toThrow(/rate must be from 0 to 1/);
    expect(() => baselineModel({ rate: 0.4, medianTimeSeconds: 0 })).toThrow(/medianTimeSeconds/);
  });

  it("throws a named error rather than let NaN out", () => {
    const { classifier, time } = model;
    if (classifier.kind !== "network" || time.kind !== "regression") throw new Error("another model");
    const parameters = classifier.parameters.map(() => Number.NaN);
    expect(() => predict({ ...model, classifier: { ...classifier, parameters } }, question(0))).toThrow(
      /not a finite number/,
    );
    const huge = { ...model, time: { ...time, weight: 1, centre: 1e9 } };
    expect(() => predict(huge, question(0))).toThrow(/Time \(s\): +Infinity/);
  });
});
