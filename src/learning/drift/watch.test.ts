import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { fromVector } from "../../schema.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { profileOf } from "./profile.ts";
import { profilePath, readProfileFile, writeProfileFile } from "./profile-file.ts";
import { createFeatureWatch, createPerformanceWatch } from "./watch.ts";

const train = syntheticDataset({ rows: 3_000, seed: 5 });
const profile = profileOf(train);
const featuresOf = ({ X, rows }: { X: Float64Array; rows: number }) =>
  Array.from({ length: rows }, (_, row) => fromVector(X.subarray(row * 40, (row + 1) * 40)));

describe("a feature watch", () => {
  it("forgets what lies further back than its window", () => {
    const watch = createFeatureWatch({ profile, window: 200 });
    const shifted = train.X.map((value, i) => (i % 40 === 3 ? value + 80 : value));
    for (const features of featuresOf({ X: shifted, rows: 300 })) watch.question(features);
    expect(watch.report().features[0]).toMatchObject({ feature: profile.features[3].name, level: "large" });
    for (const features of featuresOf({ X: train.X, rows: 300 })) watch.question(features);
    const after = watch.report();
    expect(after.rows).toBeGreaterThanOrEqual(100);
    expect(after.rows).toBeLessThanOrEqual(200);
    expect(after.features.every(({ level }) => level === "stable")).toBe(true);
  });

  it("learns from its first questions where no profile is given", () => {
    const watch = createFeatureWatch({ learnRows: 500, window: 1_000 });
    for (const features of featuresOf({ X: train.X, rows: 499 })) watch.question(features);
    expect(watch.report()).toEqual({ rows: 0, expectedRows: 0, features: [] });
    for (const features of featuresOf({ X: train.X.subarray(499 * 40), rows: 501 })) watch.question(features);
    expect(watch.report()).toMatchObject({ rows: 500, expectedRows: 500 });
    expect(watch.report().features).toHaveLength(40);
  });
});

describe("a performance watch", () => {
  it("believes a boaster until outcomes come, and not after", () => {
    const random = createRandom(3);
    const watch = createPerformanceWatch({ window: 400 });
    for (let i = 0; i < 400; i++) watch.answered(0.98, 1);
    expect(watch.report()).toMatchObject({ recalibrated: false, realised: { rows: 0, brier: null } });
    expect(watch.report().estimated.brier).toBeLessThan(0.03);
    for (let i = 0; i < 400; i++) watch.settled(0.98, 1, random.next() < 0.5 ? 1 : 0);
    for (let i = 0; i < 400; i++) watch.answered(0.98, 1);
    const { estimated, realised, recalibrated, assumption } = watch.report();
    expect(recalibrated).toBe(true);
    expect(estimated.accuracy).toBeCloseTo(0.5, 1);
    expect(realised.accuracy).toBeCloseTo(0.5, 1);
    expect(realised.brier).toBeGreaterThan(0.4);
    expect(assumption).toContain("as if the probabilities were still honest");
  });
});

describe("a profile file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "profile-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("stands beside the model and gives back the same numbers", async () => {
    const path = profilePath(join(folder, "model.safetensors"));
    expect(path).toBe(join(folder, "model.profile.json"));
    await writeProfileFile(path, profile, "ab".repeat(32));
    expect(await readProfileFile(path)).toEqual({ profile, modelHash: "ab".repeat(32) });
    expect(await readProfileFile(join(folder, "none"))).toBeNull();
  });

  it.each([
    ["{", "is not JSON"],
    ["[]", "is no profile"],
    [JSON.stringify({ format: "conversion-subnet/profile/1", rows: 1, features: [] }), "is no profile"],
  ])("refuses %s", async (text, message) => {
    const path = join(folder, "x.profile.json");
    await writeFile(path, text);
    await expect(readProfileFile(path)).rejects.toThrow(message);
  });
});
