import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromVector } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { describeModel } from "../models/describe.ts";
import { fit as fitModel } from "../models/fit.ts";
import { baselineModel, type Model } from "../models/model.ts";
import { predict } from "../models/predict.ts";
import { decodeModel, encodeModel, readModelFile, writeModelFile } from "./model-file.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsContent, type Tensor } from "./safetensors.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "learning-model-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = syntheticDataset({ rows: 1500, seed: 8 });
const { model } = await fitModel(data, { kind: "network", epochs: 2, layerSizes: [8] });
const bytes = encodeModel(model);
const content = decodeSafetensors("x", bytes);
const baseline = baselineModel({ rate: 0.3, medianTimeSeconds: 77.7 });

const answersOf = (served: Model) =>
  Array.from({ length: 100 }, (_, row) =>
    predict(served, fromVector(data.X.subarray(row * INPUTS, (row + 1) * INPUTS))),
  );
const changed = (change: Partial<SafetensorsContent>) => encodeSafetensors({ ...content, ...change });
const withMetadata = (metadata: Record<string, string>) => changed({ metadata: { ...content.metadata, ...metadata } });
const withTensor = (index: number, change: Partial<Tensor>) =>
  changed({ tensors: content.tensors.map((tensor, i) => (i === index ? { ...tensor, ...change } : tensor)) });

/** The file with its JSON header edited as text. */
function withHeader(edit: (header: string) => string): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(edit(Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8")));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([prefix, header, bytes.subarray(8 + length)]);
}
const refusal = (file: Uint8Array): string => {
  try {
    decodeModel("model.safetensors", file);
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : "";
  }
  return "accepted";
};

describe("model files", () => {
  it("give back the same model and the same predictions, bit for bit", async () => {
    for (const [name, written] of Object.entries({ network: model, baseline })) {
      const path = join(folder, `${name}.safetensors`);
      await writeModelFile(path, written);
      const read = await readModelFile(path);
      expect(read).toEqual(written);
      expect(answersOf(read)).toEqual(answersOf(written));
      expect(encodeModel(read)).toEqual(encodeModel(written));
    }
    expect((await readdir(folder)).sort()).toEqual(["baseline.safetensors", "network.safetensors"]);
  });

  it("follow the safetensors format: aligned data, f32, PyTorch's names", () => {
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(content.tensors.map(({ name, shape }) => `${name} ${shape.join("x")}`)).toEqual([
      "classifier.0.weight 8x40",
      "classifier.0.bias 8",
      "classifier.2.weight 1x8",
      "classifier.2.bias 1",
      "time.members.0.0.weight 32x40",
      "time.members.0.0.bias 32",
      "time.members.0.2.weight 16x32",
      "time.members.0.2.bias 16",
      "time.members.0.4.weight 1x16",
      "time.members.0.4.bias 1",
    ]);
  });

  it("defect 49: carry architecture, scaler, base rate, version, feature table and data hash", () => {
    expect(Object.keys(content.metadata)).toEqual(["format", "version", "feature_table_hash", "features", "model"]);
    const read = decodeModel("x", bytes);
    expect(read.preparation).toEqual(model.preparation);
    expect(read.origin.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(read.origin.metrics.brier).toBe(model.origin.metrics.brier);
  });

  it.each(
    Object.entries({
      "no bytes": [new Uint8Array(0), "it is truncated: 0 bytes where the header's length takes 8"],
      "a cut header": [bytes.subarray(0, 100), /it is truncated: the header claims \d+ bytes, 92 are there/],
      "cut data": [bytes.subarray(0, -4), /it is truncated: tensor time.members.0.4.bias ends at byte/],
      "bytes at the end": [Buffer.concat([bytes, Buffer.alloc(4)]), "4 bytes at its end belong to no tensor"],
      "a huge header": [
        Buffer.concat([Buffer.from("ffffffffffffff7f", "hex"), bytes.subarray(8)]),
        /its header claims 9223372036854775807 bytes/,
      ],
      "a table": [Buffer.from("session_id,message_ratio\n"), "it is no model file"],
      "an ONNX graph": [Buffer.from("080712077079746f726368", "hex"), "it is no model file"],
      "a header that is no JSON": [withHeader((text) => text.replace("{", "(")), "its header is not JSON"],
      "a header that is a list": [withHeader(() => "[]"), "its header is no object"],
      "another type": [
        withHeader((text) => text.replace('"F32"', '"F16"')),
        'tensor classifier.0.weight has the type "F16"; only "F32" is read',
      ],
      "overlapping tensors": [
        withHeader((text) => text.replace("[1280,1312]", "[1248,1280]")),
        /tensor classifier.0.(weight|bias) overlaps another/,
      ],
      "a gap": [
        withHeader((text) => text.replace(/"classifier.0.bias":.*?\},/, "")),
        "32 bytes before tensor classifier.2.weight belong to none",
      ],
      "offsets against the shape": [
        withHeader((text) => text.replace("[8,40]", "[9,40]")),
        "tensor classifier.0.weight takes 1440 bytes by its shape and 1280 by its offsets",
      ],
      "negative sizes": [
        withHeader((text) => text.replace("[8,40]", "[-8,-40]")),
        "tensor classifier.0.weight has no valid shape.0",
      ],
      "no type": [
        withHeader((text) => text.replace('"dtype":"F32",', "")),
        "tensor classifier.0.weight has no valid dtype",
      ],
      "a shape that is none": [
        withHeader((text) => text.replace("[8,40]", '"8x40"')),
        "tensor classifier.0.weight has no valid shape",
      ],
      "nine dimensions": [
        withHeader((text) => text.replace("[8,40]", "[8,40,1,1,1,1,1,1,1]")),
        "tensor classifier.0.weight has no valid shape",
      ],
      "a third offset": [
        withHeader((text) => text.replace("[0,1280]", "[0,1280,0]")),
        "tensor classifier.0.weight has no valid data_offsets",
      ],
      "a part of a byte": [
        withHeader((text) => text.replace("[0,1280]", "[0,1280.5]")),
        "tensor classifier.0.weight has no valid data_offsets.1",
      ],
      "a tensor that is a number": [
        withHeader((text) => text.replace(/"classifier.0.weight":.*?\}/, '"classifier.0.weight":1')),
        "tensor classifier.0.weight has no valid (whole value)",
      ],
      "metadata that is no text": [
        withHeader((text) => text.replace(/"format":".*?"/, '"format":1')),
        "its metadata is not texts by name",
      ],
      infinity: [
        withTensor(1, { values: new Float32Array(8).fill(Number.NEGATIVE_INFINITY) }),
        "tensor classifier.0.bias holds a number that is not finite",
      ],
      NaN: [
        withTensor(1, { values: new Float32Array(8).fill(Number.NaN) }),
        "tensor classifier.0.bias holds a number that is not finite",
      ],
      "a shape that is not its layer's": [
        withTensor(0, { shape: [40, 8] }),
        "tensor classifier.0.weight is 40 x 8 where the model has 8 x 40",
      ],
      "a missing tensor": [changed({ tensors: content.tensors.slice(1) }), "tensor classifier.0.weight is missing"],
      "a tensor too many": [
        changed({ tensors: [...content.tensors, { name: "extra", shape: [0], values: new Float32Array(0) }] }),
        "tensor extra belongs to no part",
      ],
      "another program's file": [
        changed({ metadata: { format: "pt" } }),
        "it is a safetensors file, but no model of this package",
      ],
      "another version": [withMetadata({ version: "1" }), "it has version 1, and this program reads version 2"],
      "a broken description": [withMetadata({ model: "{" }), "its description is not JSON"],
      "an unknown layer": [
        withMetadata({ model: (content.metadata.model ?? "").replace('"relu"', '"exec"') }),
        /its description is invalid at classifier.layers.1/,
      ],
      "a weight beyond 1": [
        withMetadata({ model: (content.metadata.model ?? "").replace(/"weight":[^,}]+/, '"weight":7') }),
        /its description is invalid at calibration.weight/,
      ],
      "a zip (.pt)": [
        Buffer.concat([Buffer.from("PK\x03\x04"), bytes]),
        "it is a zip archive, as PyTorch's .pt files are",
      ],
      "a pickle": [
        Buffer.from("\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00lsq\x01\x85R.", "latin1"),
        "it is a Python pickle",
      ],
    } as const),
  )("refuse %s", (_, [file, reason]) => {
    const text = refusal(file);
    if (typeof reason === "string") expect(text).toBe(`The model file is refused: ${reason}.`);
    else expect(text).toMatch(reason);
  });

  /** The file of a model whose classifier is described otherwise, without its tensors. */
  const declaring = (classifier: object) => {
    const described = { ...JSON.parse(content.metadata.model ?? ""), classifier };
    return encodeSafetensors({ metadata: { ...content.metadata, model: JSON.stringify(described) }, tensors: [] });
  };
  const dense = (inputs: number, outputs: number) => ({ kind: "dense", inputs, outputs });

  it.each([
    [[dense(40, 5_000), dense(5_000, 5_000), dense(5_000, 1)]],
    [[dense(40, 65_536), dense(65_536, 65_536), dense(65_536, 1)]],
    [[dense(40, 20_000), dense(20_000, 20_000), dense(20_000, 1)]],
    [[dense(40, 65_536), ...Array(98).fill(dense(65_536, 65_536)), dense(65_536, 1)]],
  ])("refuse layers that are declared and not there, before any memory is taken for them", (layers) => {
    const network = { kind: "network", layers, tensors: "classifier" };
    const reason =
      /^The model file is refused: (tensor classifier\.0\.weight is missing|its classifier is no network \(layers hold)/;
    expect(refusal(declaring(network))).toMatch(reason);
    expect(refusal(declaring({ kind: "ensemble", members: [network], weights: [1], bias: 0 }))).toMatch(reason);
  });

  it("refuse layers that do not fit each other, naming the file", () => {
    const network = { kind: "network", layers: [dense(40, 8), dense(9, 1)], tensors: "classifier" };
    expect(refusal(declaring(network))).toMatch(/^The model file is refused: its classifier is no network \(/);
  });

  it("defect 5: never execute a file that carries code, and say so", async () => {
    const path = join(folder, "my_model.pt");
    await writeFile(path, Buffer.from("PK\x03\x04rest"));
    await expect(readModelFile(path)).rejects.toThrow(/was not executed; save the model as .safetensors/);
    await rm(path);
  });

  it("refuse another feature table, naming what differs", () => {
    const features = (content.metadata.features ?? "").replace("message_ratio", "mood_of_agent");
    const file = withMetadata({ feature_table_hash: "00".repeat(32), features });
    expect(() => decodeModel("m", file)).toThrow(/another feature table/);
    expect(() => decodeModel("m", file)).toThrow(/Differing: +mood_of_agent, message_ratio/);
    const swapped = (content.metadata.features ?? "").split(",");
    [swapped[0], swapped[1]] = [swapped[1], swapped[0]];
    const moved = withMetadata({ feature_table_hash: "00".repeat(32), features: swapped.join() });
    expect(() => decodeModel("m", moved)).toThrow(/conversation_duration_seconds, conversation_duration_minutes/);
  });

  it("are read alike when they are large", async () => {
    const path = join(folder, "large.safetensors");
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(2 ** 20)]));
    await expect(readModelFile(path)).rejects.toThrow(/1048576 bytes at its end belong to no tensor/);
    await rm(path);
  });

  it("say that a file is not there", async () => {
    await expect(readModelFile(join(folder, "none.safetensors"))).rejects.toThrow(/it cannot be read \(ENOENT/);
    await expect(readFile(join(folder, "none.safetensors"))).rejects.toThrow();
  });
});

describe("describeModel", () => {
  it("fits in a line", () => {
    expect(describeModel(baseline).text).toBe("base rate 0.300, median time 77.7 s");
    const summary = describeModel(model);
    expect(summary).toMatchObject({
      kind: "network",
      shape: "40-8-relu-1",
      parameters: 337 + 1312 + 528 + 17,
      rows: 1200,
    });
    expect(summary.text).toMatch(
      /^network 40-8-relu-1 on 1200 rows, weight [\d.]+, time network, weight [\d.]+, over base rate 0\.\d{3}, median time [\d.]+ s$/,
    );
  });
});
