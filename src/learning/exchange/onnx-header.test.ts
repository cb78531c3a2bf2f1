import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { inspectOnnxFile, readOnnxHeader } from "./onnx-header.ts";
import { planOnnx } from "./onnx-plan.ts";

const FOLDER = new URL("../../../test/vectors/onnx/", import.meta.url);
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".onnx"))
  .map((name) => new Uint8Array(readFileSync(new URL(name, FOLDER))));

it("tells what other programs' files take, give and do", async () => {
  const header = await inspectOnnxFile(new URL("sklearn-pipeline.onnx", FOLDER).pathname);
  expect(header).toMatchObject({
    producer: "skl2onnx",
    inputs: [{ name: "x", kind: "tensor", type: "double", shape: ["?", 40] }],
    outputs: [
      { name: "label", type: "int64", shape: ["?"] },
      { name: "probabilities", type: "double", shape: ["?", 2] },
    ],
  });
  expect(header.operators).toMatchObject({ MatMul: 1, ArgMax: 1 });
  const torch = readOnnxHeader("m", readFileSync(new URL("torch-logit-batch-of-3.onnx", FOLDER)));
  expect(torch.producer).toBe("pytorch");
  expect(torch.inputs.map(({ shape }) => shape)).toEqual([[3, 40]]);
});

/** A plan, or a refusal with a reason; nothing else. */
function endsWell(bytes: Uint8Array): void {
  try {
    planOnnx("m", readOnnxHeader("m", bytes), {});
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(MODEL_FILE_INVALID|FEATURE_TABLE_DIFFERS)$/) });
  }
}
const share = fc.double({ min: 0, max: 1, noNaN: true });

it("damaged files are a plan or a refusal", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FILES),
      fc.array(fc.tuple(share, fc.nat(255)), { maxLength: 5 }),
      fc.option(share),
      (bytes, flips, cut) => {
        const damaged = bytes.slice();
        for (const [at, byte] of flips) damaged[Math.floor(at * (damaged.length - 1))] = byte;
        endsWell(cut === null ? damaged : damaged.subarray(0, Math.floor(cut * damaged.length)));
      },
    ),
    { numRuns: 3_000 },
  );
});

it("any bytes are a refusal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      endsWell(bytes);
    }),
    { numRuns: 3_000 },
  );
});
