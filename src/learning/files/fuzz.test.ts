import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SubnetError } from "../../core/index.ts";
import { fromVector } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { inspectModel } from "../files/inspect.ts";
import { fit } from "../models/fit.ts";
import type { FitOptions } from "../models/fit-options.ts";
import { predict, predictTimes } from "../models/predict.ts";
import { decodeModel, encodeModel } from "./model-file.ts";

const data = syntheticDataset({ rows: 300, seed: 13, strength: 3 });
const quick: FitOptions = { epochs: 1, layerSizes: [4], folds: 0, seed: 5, trees: { rounds: 4, maxBins: 8 } };
const KINDS: Readonly<Record<string, FitOptions>> = {
  ensemble: { kind: "ensemble", combine: "average", calibration: "isotonic", scoring: "seed-v1" },
  hazard: { kind: "logistic", time: "hazard", calibration: "platt", preparation: { missing: true, log: "auto" } },
};
const files = await Promise.all(
  Object.values(KINDS).map(async (options) => encodeModel((await fit(data, { ...quick, ...options })).model)),
);
const question = {
  sessionId: "q",
  features: fromVector(data.X.subarray(0, INPUTS)),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
};

/** Either it is refused in words of ours, or it is a model that answers, or says that it cannot. */
function survives(bytes: Uint8Array): "refused" | "accepted" {
  try {
    const model = decodeModel("fuzzed", bytes);
    const { confidence } = predict(model, question);
    const times = predictTimes(model, question, [0.1, 0.5, 0.9]);
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(times.every(Number.isFinite)).toBe(true);
    expect(inspectModel(model).facts.length).toBeGreaterThan(0);
    return "accepted";
  } catch (error) {
    if (error instanceof SubnetError) return "refused";
    throw error;
  }
}

const file = fc.constantFrom(...files);
const headerOf = (bytes: Uint8Array) => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

describe("a model file that somebody has worked on", () => {
  it("is refused or answers, whatever bytes are changed, cut out, doubled or cut off", () => {
    const change = fc.record({ at: fc.nat(), length: fc.nat(64), bytes: fc.uint8Array({ maxLength: 64 }) });
    let refused = 0;
    fc.assert(
      fc.property(file, fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
        let fuzzed = Buffer.from(bytes);
        for (const { at, length, bytes: put } of changes) {
          const from = at % Math.max(1, fuzzed.length);
          fuzzed = Buffer.concat([fuzzed.subarray(0, from), put, fuzzed.subarray(from + length)]);
        }
        if (survives(fuzzed) === "refused") refused += 1;
      }),
      { numRuns: 400, seed: 1 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it("is refused or answers, whatever numbers and names its description holds", () => {
    const value = fc.oneof(
      fc.constantFrom(
        "-1",
        "0",
        "1e308",
        "1e-320",
        "null",
        "true",
        '"x"',
        "[]",
        "{}",
        "99999999",
        "-0",
        "0.5",
        '"__proto__"',
      ),
      fc.double().map((number) => JSON.stringify(number)),
      fc.jsonValue().map((json) => JSON.stringify(json)),
    );
    let accepted = 0;
    fc.assert(
      fc.property(file, fc.nat(), value, (bytes, which, text) => {
        const length = headerOf(bytes);
        const header = Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8");
        const inner: string = JSON.parse(header).__metadata__.model;
        const places = [...inner.matchAll(/(?<=[:[,])(?:-?\d[\d.e+-]*|"[^"]*"|true|false)(?=[,\]}])/g)];
        const place = places[which % places.length];
        if (place === undefined) throw new Error("there is no number in it");
        const edited = inner.slice(0, place.index) + text + inner.slice(place.index + place[0].length);
        const outer = JSON.stringify({
          ...JSON.parse(header),
          __metadata__: { ...JSON.parse(header).__metadata__, model: edited },
        });
        const prefix = Buffer.alloc(8);
        prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(outer)));
        if (survives(Buffer.concat([prefix, Buffer.from(outer), bytes.subarray(8 + length)])) === "accepted")
          accepted += 1;
        expect(({} as { x?: unknown }).x).toBeUndefined();
      }),
      { numRuns: 600, seed: 2 },
    );
    // Some numbers may be others, and it is a model still: the doors are no more strict than they must be.
    expect(accepted).toBeGreaterThan(20);
  });

  it("is refused or answers, whatever numbers its tensors hold", () => {
    fc.assert(
      fc.property(
        file,
        fc.array(fc.tuple(fc.nat(), fc.float({ noNaN: true })), { minLength: 1, maxLength: 40 }),
        (bytes, puts) => {
          const fuzzed = Buffer.from(bytes);
          const start = 8 + headerOf(bytes);
          const words = (fuzzed.length - start) / 4;
          for (const [at, number] of puts) fuzzed.writeFloatLE(number, start + 4 * (at % words));
          survives(fuzzed);
        },
      ),
      { numRuns: 400, seed: 3 },
    );
  });
});
