import { describe, expect, it } from "vitest";
import { takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { encodeModel } from "../files/model-file.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import { batchNorm, dense, dropout, gelu, network } from "../network/layers.ts";
import { fit } from "./fit.ts";

const data = syntheticDataset({ rows: 600, seed: 3 });
const own = network([dense(40, 18), gelu(), batchNorm(18), dropout(0.2), dense(18, 1)]);
const trained = async (kernels: KernelOptions) =>
  (await fit(data, { epochs: 3, seed: 5, network: own, kernels })).model;

describe("fit on kernels", () => {
  it("gives the same bytes for the same seed, on each of them", async () => {
    for (const kernels of [{ prefer: "plain" }, { deterministic: true }, {}] as const) {
      expect(encodeModel(await trained(kernels))).toEqual(encodeModel(await trained(kernels)));
    }
  });

  it("trains on plain TypeScript when the file of the kernels is missing, to the same bytes as when told to", async () => {
    const missing = await trained({ folders: ["./nowhere/"] });
    expect(encodeModel(missing)).toEqual(encodeModel(await trained({ prefer: "plain" })));
  });

  it("gives models that differ by rounding from those of plain TypeScript", async () => {
    const [plain, fast] = [await trained({ prefer: "plain" }), await trained({})];
    expect(encodeModel(fast)).not.toEqual(encodeModel(plain));
    const metric = "logLoss";
    expect(fast.origin.metrics[metric]).toBeCloseTo(plain.origin.metrics[metric], 3);
  });

  it("trains many small models in the memory of one", async () => {
    const rows = takeRows(
      data,
      Array.from({ length: 60 }, (_, i) => i),
    );
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 60; i++) await fit(rows, { epochs: 1, seed: i, layerSizes: [4] });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 2 ** 20);
  });
});
