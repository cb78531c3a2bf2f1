import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProtoSchema } from "onnx-buf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_HORIZON_SECONDS, fromVector, type Question } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { fit } from "../models/fit.ts";
import { createPredictor } from "../models/predict.ts";
import { encodeOnnx, writeOnnxFile } from "./onnx-export.ts";
import { createGraph, encodeGraph, type Graph } from "./onnx-graph.ts";
import { inspectOnnxFile } from "./onnx-header.ts";
import { openOnnxModel } from "./onnx-serve.ts";

const name = "onnxruntime-node";
const installed = await import(/* @vite-ignore */ name).then(
  () => true,
  () => false,
);
const at = (file: string) => fileURLToPath(new URL(`../../../test/vectors/onnx/${file}`, import.meta.url));
const vectors = ["expected-torch.json", "expected-sklearn.json"].map((file) =>
  z
    .object({
      madeBy: z.string(),
      rows: z.array(z.array(z.number()).length(INPUTS)),
      files: z.record(
        z.string(),
        z.object({
          options: z.object({ output: z.literal("logit").optional(), timeOutput: z.string().optional() }),
          probabilities: z.array(z.number()),
          times: z.array(z.number()).nullable(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(at(file), "utf8"))),
);
const CASES = vectors
  .flatMap(({ madeBy, rows, files }) =>
    Object.entries(files).map(([file, found]) => ({ madeBy, rows, file, ...found })),
  )
  .filter(({ file }) => file !== "sklearn-zipmap");

const data = syntheticDataset({ rows: 400, seed: 6, strength: 3 });
const questionOf = (row: ArrayLike<number>, change: Partial<Question> = {}): Question => ({
  sessionId: "",
  features: fromVector(Float64Array.from(row)),
  landmark: null,
  horizonSeconds: DEFAULT_HORIZON_SECONDS,
  ...change,
});
/** Rows in single precision, as the graph reads them. */
const rowOf = (row: number) => data.X.subarray(row * INPUTS, (row + 1) * INPUTS).map(Math.fround);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onnx-serve-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A graph as a file. */
async function written(build: (graph: Graph) => void, columns: number = INPUTS): Promise<string> {
  const graph = createGraph();
  build(graph);
  const path = join(folder, "built.onnx");
  await writeFile(path, await encodeGraph(graph, { input: { name: "features", columns }, metadata: {} }));
  return path;
}
const asText = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => new Error("accepted"),
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? error.message : "";
};

it("names the package and the command where onnxruntime-node is not installed", async () => {
  const load = () => Promise.reject(new Error("Cannot find package"));
  await expect(openOnnxModel(at("torch-probability.onnx"), { load })).rejects.toMatchObject({
    code: "PACKAGE_MISSING",
    message: expect.stringContaining("npm install --save-prod onnxruntime-node@1.30.0"),
  });
});

describe("files are refused by what they say, before anything runs them", () => {
  const load = () => Promise.reject(new Error("not to be loaded"));
  const refusal = async (path: string, options = {}) => asText(openOnnxModel(path, { load, ...options }));
  const first = (graph: Graph) => graph.columns("features", [0]);

  it("by their inputs", async () => {
    const narrow = await written((graph) => graph.output("p", first(graph), "float"), 39);
    expect(await refusal(narrow)).toMatch(/its input features is float \[N, 39\], and float or double \[rows, 40\]/);
  });

  it("by their outputs", async () => {
    const path = await written((graph) => {
      graph.output("p", first(graph), "float");
      graph.output("q", first(graph), "float");
      graph.output("label", graph.cast(first(graph), "int64"), "int64");
    });
    expect(await refusal(path)).toMatch(/not clear: p \(float \[N, 1\]\), q .*label \(int64 \[N, 1\]\)/);
    expect(await refusal(path, { probabilityOutput: "r" })).toMatch(/it has no output r, but p/);
    expect(await refusal(path, { timeOutput: "label" })).toMatch(/its output label is int64 \[N, 1\]/);
    expect(await refusal(path, { timeOutput: "q" })).toMatch(/needs the package/);
  });

  it("when scikit-learn's converter wrapped the probabilities, saying how not to", async () => {
    expect(await refusal(at("sklearn-zipmap.onnx"))).toMatch(/a list of maps[\s\S]*'zipmap': False/);
    const { outputs } = await inspectOnnxFile(at("sklearn-zipmap.onnx"));
    expect(outputs.map(({ kind }) => kind)).toEqual(["tensor", "sequence"]);
  });

  it("when they keep numbers in other files, or may never end", async () => {
    const model = fromBinary(ModelProtoSchema, await readFile(at("torch-probability.onnx")));
    const external = create(TensorProtoSchema, { name: "w", externalData: [{ key: "location", value: "../secret" }] });
    model.graph?.initializer.push(external);
    const path = join(folder, "external.onnx");
    await writeFile(path, toBinary(ModelProtoSchema, model));
    expect(await refusal(path)).toMatch(/keeps numbers in other files/);
    const endless = await written((graph) => graph.output("p", graph.add("Loop", [first(graph)]), "float"));
    expect(await refusal(endless)).toMatch(/it holds a Loop/);
  });

  it("when they are something else, cut, or of another feature table", async () => {
    const path = join(folder, "other.onnx");
    const { model } = await fit(data, { kind: "baseline" });
    const bytes = await encodeOnnx(model);
    for (const other of [Buffer.alloc(0), Buffer.from("hello, world"), bytes.subarray(0, bytes.length - 5)]) {
      await writeFile(path, other);
      expect(await refusal(path)).toMatch(/it is no ONNX file, or damaged/);
    }
    const text = Buffer.from(bytes).toString("latin1");
    const moved = text
      .replace("message_ratio,", "message_mood_,")
      .replace(/hash.{2}[0-9a-f]{64}/, (hash) => hash.replace(/[0-9a-f]{3}$/, "000"));
    await writeFile(path, Buffer.from(moved, "latin1"));
    await expect(openOnnxModel(path, { load })).rejects.toMatchObject({
      code: "FEATURE_TABLE_DIFFERS",
      differing: ["message_mood_", "message_ratio"],
    });
    expect(await refusal(join(folder, "none.onnx"))).toMatch(/it cannot be read \(ENOENT/);
  });
});

describe.skipIf(!installed)("in onnxruntime (skipped where onnxruntime-node is not installed)", () => {
  it.each(CASES)("$file answers as it did in $madeBy", async ({ file, rows, options, probabilities, times }) => {
    const model = await openOnnxModel(at(`${file}.onnx`), options);
    for (const [i, row] of rows.entries()) {
      const { confidence, timeIfConvertedSeconds } = await model.predict(questionOf(row));
      expect(Math.abs((confidence ?? 0) - probabilities[i])).toBeLessThan(1e-6);
      const time = times === null ? DEFAULT_HORIZON_SECONDS / 2 : times[i];
      expect(Math.abs((timeIfConvertedSeconds ?? 0) / time - 1)).toBeLessThan(1e-6);
    }
    await model.close();
  });

  it("our own export answers as the model does, at the landmark's moment and horizon", async () => {
    const { model } = await fit(data, { kind: "ensemble", folds: 2, epochs: 2, scoring: "seed-v1" });
    const path = join(folder, "own.onnx");
    await writeOnnxFile(path, model);
    const served = await openOnnxModel(path);
    expect(served.baseline).toMatchObject({ rate: model.baseline.rate });
    const answer = createPredictor(model);
    for (let row = 0; row < 40; row++) {
      const change = row % 2 === 0 ? {} : { landmark: { seconds: 120 }, horizonSeconds: 130 };
      const question = questionOf(rowOf(row), change);
      const [own, theirs] = [answer(question), await served.predict(question)];
      expect(theirs.conversionHappened).toBe(own.conversionHappened);
      expect(Math.abs((theirs.confidence ?? 0) - (own.confidence ?? 0))).toBeLessThan(1e-6);
      expect(Math.abs((theirs.timeIfConvertedSeconds ?? 0) / (own.timeIfConvertedSeconds ?? 1) - 1)).toBeLessThan(1e-6);
    }
    await served.close();
    await served.close();
    await expect(served.predict(questionOf(rowOf(0)))).rejects.toThrow(/is closed/);
  });

  it("an unknown feature is what the options say, and the median is the baseline's", async () => {
    const path = await written((graph) => {
      const half = graph.add("Mul", [graph.cast(graph.columns("features", [3]), "double"), graph.number(0.5)]);
      graph.output("p", graph.cast(half, "float"), "float");
    });
    const row = rowOf(0).with(3, Number.NaN);
    const served = await openOnnxModel(path, { unknown: 1, baseline: { rate: 0.2, medianTimeSeconds: 400 } });
    expect(await served.predict(questionOf(row.with(0, 5)))).toEqual({
      conversionHappened: 1,
      timeToConversionSeconds: 400,
      confidence: 0.5,
      timeIfConvertedSeconds: 400,
    });
    await served.close();
  });

  it("what is no probability or no time is not answered", async () => {
    const path = await written((graph) => {
      graph.output("p", graph.columns("features", [3]), "float");
      graph.output("seconds", graph.columns("features", [4]), "float");
    });
    const served = await openOnnxModel(path, { probabilityOutput: "p", timeOutput: "seconds" });
    for (const [probability, seconds] of [
      [1.5, 30],
      [-0.1, 30],
      [Number.POSITIVE_INFINITY, 30],
      [0.5, Number.NEGATIVE_INFINITY],
    ]) {
      const asked = served.predict(questionOf(rowOf(0).with(3, probability).with(4, seconds)));
      await expect(asked).rejects.toMatchObject({ code: "PREDICTION_NOT_FINITE" });
    }
    await served.close();
  });

  it("a graph that cannot answer is refused when it is opened", async () => {
    const wide = await written((graph) => graph.output("p", "features", "float"));
    expect(await asText(openOnnxModel(wide))).toMatch(/its output p has 40 numbers for 1 rows|onnxruntime gave up/);
    const unknown = await written((graph) => graph.output("p", graph.add("NoSuchThing", ["features"]), "float"));
    expect(await asText(openOnnxModel(unknown))).toMatch(/onnxruntime gave up on it \(.*NoSuchThing/);
  });

  it("a signal is heeded before and after an answer", async () => {
    const model = await openOnnxModel(at("torch-probability.onnx"));
    const reason = new Error("enough");
    await expect(model.predict(questionOf(rowOf(0)), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const asked = model.predict(questionOf(rowOf(0)), controller);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await model.close();
    const signal = AbortSignal.abort(reason);
    await expect(openOnnxModel(at("torch-probability.onnx"), { signal })).rejects.toBe(reason);
  });
});
