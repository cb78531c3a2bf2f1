import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fromVector } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { decodeModel, encodeModel } from "../files/model-file.ts";
import { predict } from "../models/predict.ts";
import { fitPreparation } from "../models/preparation.ts";
import { importTorch, readTorchFile, type TorchOptions } from "./torch-import.ts";

const at = (name: string) => fileURLToPath(new URL(`../../../test/vectors/torch/${name}`, import.meta.url));
const vectors = ["expected-1.json", "expected-2.json"].map((name) =>
  z
    .object({
      madeBy: z.string(),
      rows: z.array(z.array(z.number()).length(INPUTS)),
      files: z.record(
        z.string(),
        z.object({
          options: z.object({ activation: z.enum(["relu", "leakyRelu", "gelu", "tanh"]).optional() }),
          probabilities: z.array(z.number()),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(at(name), "utf8"))),
);
const CASES = vectors.flatMap(({ madeBy, rows, files }) =>
  Object.entries(files).map(([name, { options, probabilities }]) => ({ madeBy, name, options, rows, probabilities })),
);
const bytesOf = async (name: string) => new Uint8Array(await readFile(at(`${name}.pt`)));

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("accepted"),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "MODEL_FILE_INVALID" });
  return error instanceof Error ? error.message.replace(/\n[\s\S]*?(?=\nHint|$)/, "") : "";
}

describe("files of PyTorch", () => {
  it.each(CASES)("answer as they did in $madeBy: $name", async ({ name, options, rows, probabilities }) => {
    const { model } = await readTorchFile(at(`${name}.pt`), options);
    const own = rows.map((row) => predict(model, fromVector(Float64Array.from(row))).confidence ?? Number.NaN);
    expect(own).toHaveLength(probabilities.length);
    own.forEach((probability, i) => {
      expect(Math.abs(probability - (probabilities[i] ?? 0))).toBeLessThan(1e-6);
    });
    // A state_dict is not its activations: another one answers otherwise.
    const other = options.activation === undefined ? "tanh" : "relu";
    const { model: different } = await readTorchFile(at(`${name}.pt`), { activation: other });
    const [first = []] = rows;
    expect(
      Math.abs((predict(different, fromVector(Float64Array.from(first))).confidence ?? 0) - own[0]),
    ).toBeGreaterThan(1e-4);
    expect(decodeModel("m", encodeModel(model))).toEqual(model);
  });

  it("read an unknown feature as 0, and say that nothing tells the time", async () => {
    const { model, warnings } = await readTorchFile(at("reference-1.pt"));
    const row = Float64Array.from(vectors[0].rows[0]);
    const known = predict(model, fromVector(row.with(7, 0)));
    expect(predict(model, fromVector(row.with(7, Number.NaN)))).toEqual(known);
    expect(known.timeIfConvertedSeconds).toBe(900);
    expect(warnings).toEqual([
      "Without rows nothing tells when a conversion comes: every time is 900 s, and the base rate 0.5.",
    ]);
  });

  it("are told from their activations' places as far as the numbering tells them", async () => {
    const { model } = await readTorchFile(at("activation-before-norm-1.pt"), { activation: "leakyRelu" });
    const { classifier } = model;
    expect(classifier.kind === "network" && classifier.network.layers.map(({ kind }) => kind)).toEqual([
      "dense",
      "leakyRelu",
      "batchNorm",
      "dense",
    ]);
  });

  it("take base rate, calibration and times from rows", async () => {
    const data = syntheticDataset({ rows: 800, seed: 4 });
    const options: TorchOptions = { data, calibration: "isotonic", preparation: fitPreparation(data) };
    const { model, warnings } = await readTorchFile(at("reference-1.pt"), options);
    expect(model.calibration.kind).toBe("isotonic");
    expect(model.time.kind).toBe("regression");
    expect(model.baseline.rate).toBeCloseTo(data.y.reduce((sum, label) => sum + label, 0) / data.rows, 1);
    expect(model.origin.rows).toBe(800);
    expect(warnings).toEqual([]);
    await expect(readTorchFile(at("reference-1.pt"), { calibration: "platt" })).rejects.toThrow(/calibration.*data/);
  });
});

describe("what is no state_dict is refused, and nothing of it is run", () => {
  it.each([
    ["command-1", /its pickle asks for posix\.system, which was not run\.\n+Hint: Save the numbers alone/],
    ["eval-2", /its pickle asks for (__builtin__|builtins)\.eval, which was not run/],
    ["whole-module-1", /it holds a whole module \(torch\.nn\.modules\.container\.Sequential\), which was not run/],
    [
      "whole-module-2",
      /it holds a whole module \(torch\.nn\.modules\.container\.Sequential\)[\s\S]*model\.state_dict\(\)/,
    ],
    ["old-format-1", /it is a bare pickle, as PyTorch wrote before version 1\.6/],
  ])("%s", async (name, reason) => {
    expect(await refusal(readTorchFile(at(`${name}.pt`)))).toMatch(reason);
  });

  /** An archive whose data.pkl is this text, one character a byte. */
  const pickled = (text: string) => zipSync({ "x/data.pkl": Buffer.from(text, "latin1") }, { level: 0 });
  const global = (module: string, name: string) => `c${module}\n${name}\n`;
  const text = (value: string) => `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;

  it.each<[string, string, RegExp]>([
    ["a name by two texts", `\x80\x04\x8c\x05posix\x8c\x06system\x93.`, /asks for posix\.system/],
    ["a name of protocol 0", "(S'ls'\nios\nsystem\n.", /opcode 0x53/],
    ["an instance of protocol 0", "(ios\nsystem\n.", /asks for os\.system/],
    ["__proto__ of a storage's table", `\x80\x02${global("torch", "__proto__")}.`, /asks for torch\.__proto__/],
    ["an extension", "\x80\x02\x82\x01.", /opcode 0x82/],
    ["an object that is made by its class", `\x80\x02${global("collections", "OrderedDict")})\x81.`, /opcode 0x81/],
    ["a number of a million digits", "\x80\x02\x8b\xff\xff\xff\x7f", /opcode 0x8b/],
    ["a dict's attribute", `\x80\x02}${text("a")}N}${text("length")}K\x05sb.`, /it holds no state_dict|damaged/],
    [
      "an array whose length it sets, which ends a process that spreads it",
      `\x80\x02${global("collections", "OrderedDict")}]}${text("length")}\x8a\x05\xff\xff\xff\xff\x00sbR.`,
      /it holds no tensor/,
    ],
    ["a storage that is called", `\x80\x02${global("torch", "FloatStorage")})R.`, /calls torch\.FloatStorage/],
    ["a tensor of nothing", `\x80\x02${global("torch._utils", "_rebuild_tensor_v2")})R.`, /has no storage/],
    ["a list", "\x80\x02].", /it holds no state_dict/],
    ["a number in a state_dict", `\x80\x02}${text("a")}K\x01s.`, /a of its state_dict is no tensor/],
    ["no end", "\x80\x02}", /its pickle is cut short/],
    ["a text longer than the file", "\x80\x02X\xff\xff\xff\xff", /its pickle is cut short/],
    ["too many operations", `\x80\x02${"0".repeat(300_000)}.`, /more than 250000 operations/],
    ["two megabytes", `\x80\x02${"0".repeat(2_000_000)}.`, /a megabyte is the limit/],
    ["an empty stack", "\x80\x02R.", /its pickle is damaged/],
    ["no layer", "\x80\x02}.", /it holds no tensor/],
  ])("%s", async (_, pickle, reason) => {
    expect(await refusal(importTorch(pickled(pickle)))).toMatch(reason);
  });

  const zeros = (bytes: number) => new Uint8Array(bytes);
  it.each<[string, () => Uint8Array, RegExp]>([
    ["nothing", () => zeros(0), /no PyTorch file/],
    ["a text", () => Buffer.from("hello"), /no PyTorch file/],
    ["an empty zip", () => zipSync({}), /without data\.pkl/],
    ["another program's zip", () => zipSync({ "word/document.xml": zeros(9) }), /without data\.pkl/],
    ["a zip bomb", () => zipSync({ "x/data.pkl": zeros(30_000_000) }), /is compressed, which PyTorch never does/],
    ["two roots", () => zipSync({ "x/data.pkl": zeros(9), "y/data/0": zeros(9) }, { level: 0 }), /several roots/],
    ["TorchScript", () => zipSync({ "x/constants.pkl": zeros(9) }, { level: 0 }), /TorchScript archive/],
    [
      "big-endian numbers",
      () => zipSync({ "x/data.pkl": zeros(9), "x/byteorder": Buffer.from("big") }, { level: 0 }),
      /not little-endian/,
    ],
    [
      "too many entries",
      () => zipSync(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`x/${i}`, zeros(0)])), { level: 0 }),
      /more than 10000 entries/,
    ],
    ["more than is read", () => zeros(64 * 2 ** 20 + 1), /and 67108864 are the limit/],
  ])("%s", async (_, make, reason) => {
    expect(await refusal(importTorch(make()))).toMatch(reason);
  });

  it("a file that is cut, whose entry lies elsewhere, or that is not there", async () => {
    const bytes = await bytesOf("transposed-2");
    for (const length of [4, 100, bytes.length - 30, bytes.length - 1]) {
      expect(await refusal(importTorch(bytes.subarray(0, length)))).toMatch(/damaged|cut short|without data\.pkl/);
    }
    expect(await refusal(readTorchFile("none.pt"))).toMatch(/it cannot be read \(ENOENT/);
  });
});
