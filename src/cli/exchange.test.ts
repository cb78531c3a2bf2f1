import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { ACTIVATIONS, baselineModel, CALIBRATIONS, readModelFile, writeModelFile } from "../learning/index.ts";
import { CSV_HEADER, FEATURES, fromVector } from "../schema.ts";
import { createProgram } from "./program.ts";
import { openServedModel } from "./served-model.ts";

const name = "onnxruntime-node";
const installed = await import(/* @vite-ignore */ name).then(
  () => true,
  () => false,
);
const vector = (file: string) => fileURLToPath(new URL(`../../test/vectors/${file}`, import.meta.url));

let folder = "";
const at = (file: string) => join(folder, file);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "exchange-"));
  await copyFile(vector("torch/reference-1.pt"), at("my_model.pt"));
  await writeModelFile(at("base.safetensors"), baselineModel({ rate: 0.4, medianTimeSeconds: 90 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { heard, run } = commandLine();

describe("import", () => {
  it("turns a state_dict into a model file, and says what it had to take for granted", async () => {
    await run("import", at("my_model.pt"), "--out", at("imported"));
    expect(heard.stdout).toMatch(/imported\.safetensors: network 40-64-relu-32-relu-1/);
    expect(heard.stderr).toMatch(/Without rows nothing tells when a conversion comes/);
    await run("inspect", at("imported.safetensors"));
    expect(heard.stdout).toContain("classifier.0.weight  64 x 40");
    await run("import", at("my_model.pt"), "--out", at("gelu"), "--activation", "gelu", "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({
      file: at("gelu.safetensors"),
      model: { shape: "40-64-gelu-32-gelu-1" },
    });
  });

  it("takes base rate, calibration and times from rows", async () => {
    const line = (row: number) => {
      const cells = FEATURES.map(({ min, max }, i) => min + ((row * 7 + i) % Math.min(max - min + 1, 9)));
      return [
        `c-${row}`,
        ...cells,
        row % 2,
        row % 2 === 1 ? 600 + row : -1,
        row % 2 === 1 ? (600 + row) / 60 : -1,
      ].join();
    };
    await writeFile(
      at("rows.csv"),
      `${CSV_HEADER.join()}\n${Array.from({ length: 200 }, (_, i) => line(i)).join("\n")}\n`,
    );
    const more = ["--data", at("rows.csv"), "--calibration", "platt", "--json"];
    await run("import", at("my_model.pt"), "--out", at("with-rows"), ...more);
    const { calibration, baseline, origin } = await readModelFile(at("with-rows.safetensors"));
    expect(calibration.kind).toBe("platt");
    expect(baseline.rate).toBeCloseTo(0.5, 2);
    expect(origin.rows).toBe(200);
    expect(JSON.parse(heard.stdout).warnings).not.toContainEqual(expect.stringContaining("Without rows"));
  });

  it("refuses what is no state_dict, and what cannot be done, before it writes", async () => {
    const refused = run("import", vector("torch/command-1.pt"), "--out", at("evil"));
    await expect(refused).rejects.toThrow(/asks for posix\.system, which was not run/);
    await expect(run("import", at("my_model.pt"), "--out", "x.pt")).rejects.toThrow(/must end in \.safetensors/);
    const uncalibrated = run("import", at("my_model.pt"), "--out", at("x"), "--calibration", "platt");
    await expect(uncalibrated).rejects.toThrow(/fitted on rows[\s\S]*--data FILE/);
    await expect(readFile(at("evil.safetensors"))).rejects.toThrow("ENOENT");
  });
});

describe("export", () => {
  it("writes a graph that inspect can read", async () => {
    await run("export", at("base.safetensors"), "--out", at("base"));
    expect(heard.stdout).toMatch(/base\.onnx: \d+ bytes, base rate 0\.400/);
    expect(heard.stdout).toMatch(
      /It takes features: float \[N, 40\] \(NaN = unknown\) and gives conversion_happened, /,
    );
    await run("inspect", at("base.onnx"));
    expect(heard.stdout).toMatch(/written by {2}conversion-subnet[\s\S]*onnx 13: [\s\S]*confidence: float \[N, 1\]/);
    expect(heard.stdout).toMatch(/baseline_rate {2}0\.4\n/);
    await run("inspect", at("base.onnx"), "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({
      file: at("base.onnx"),
      metadata: { baseline_median_seconds: "90" },
    });
    await run("export", at("base.safetensors"), "--out", at("base.onnx"), "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({ file: at("base.onnx"), inputs: [{ name: "features" }] });
    await expect(run("export", at("base.safetensors"), "--out", "x.pb")).rejects.toThrow(/must end in \.onnx/);
  });
});

describe("what a miner serves", () => {
  const question = {
    sessionId: "s",
    features: fromVector(new Float64Array(FEATURES.length).fill(1)),
    landmark: null,
    horizonSeconds: 1800,
  };
  const ask = async (path: string, flags = {}) => {
    const { predictor, baseline, text, close } = await openServedModel(path, flags);
    const answer = await predictor.predict(question, { signal: new AbortController().signal });
    await close();
    return { answer, baseline, text, name: predictor.name };
  };

  it("is a model file of ours", async () => {
    expect(await ask(at("base.safetensors"))).toMatchObject({
      answer: { confidence: 0.4, timeIfConvertedSeconds: 90 },
      baseline: { rate: 0.4 },
      text: "base rate 0.400, median time 90.0 s",
      name: `model ${at("base.safetensors")}`,
    });
  });

  it.skipIf(!installed)(
    "or a graph, told by flags what it does not say (where onnxruntime-node is installed)",
    async () => {
      await run("export", at("base.safetensors"), "--out", at("served.onnx"));
      const { answer, baseline } = await ask(at("served.onnx"));
      expect(answer.confidence).toBeCloseTo(0.4, 6);
      expect(baseline.medianTimeSeconds).toBe(90);
      const foreign = vector("onnx/torch-logit-batch-of-3.onnx");
      const flags = { "onnx.output": "logit", "onnx.unknown": 0, "onnx.median_seconds": 77 };
      expect(await ask(foreign, flags)).toMatchObject({
        answer: { timeIfConvertedSeconds: 77 },
        text: "ONNX, over base rate 0.500, median time 77.0 s",
      });
      const timed = vector("onnx/torch-with-time.onnx");
      expect((await ask(timed, { "onnx.time_output": "seconds" })).answer.timeIfConvertedSeconds).toBeGreaterThan(100);
    },
  );
});

it("the choices of flags are those of the program", () => {
  const command = createProgram().commands.find((candidate) => candidate.name() === "import");
  const choices = (flag: string) => command?.options.find(({ long }) => long === flag)?.argChoices;
  expect(choices("--activation")).toEqual(Object.keys(ACTIVATIONS));
  expect(choices("--calibration")).toEqual([...CALIBRATIONS]);
  expect(heard.stderr).toBe("");
});
