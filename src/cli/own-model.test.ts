import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURES, fromVector, type Question } from "../schema.ts";
import { openOwnModel } from "./own-model.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "own-model-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const question: Question = {
  sessionId: "q",
  features: fromVector(Float64Array.from(FEATURES, () => 1)),
  landmark: null,
  horizonSeconds: 1_800,
};
const call = { signal: new AbortController().signal };
const NO = "conversionHappened: 0, timeToConversionSeconds: -1, timeIfConvertedSeconds: null";
async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("a model that is a program", () => {
  it("answers by its function, and falls back to the base rate it names", async () => {
    const path = await written(
      "good.mjs",
      `export const baseline = { rate: 0.3, medianTimeSeconds: 120 };
       export const predict = ({ features }) => ({ ${NO}, confidence: features.total_messages / 10 });`,
    );
    const model = await openOwnModel(path);
    expect(await model.predictor.predict(question, call)).toMatchObject({ confidence: 0.1 });
    expect(model.baseline).toEqual({ rate: 0.3, medianTimeSeconds: 120 });
  });

  it("is loaded anew when the file was replaced", async () => {
    const first = await written("changing.mjs", `export const predict = () => ({ ${NO}, confidence: 0.1 });`);
    await openOwnModel(first);
    await written("changing.mjs", `export const predict = () => ({ ${NO}, confidence: 0.25 });`);
    const model = await openOwnModel(first);
    expect(await model.predictor.predict(question, call)).toMatchObject({ confidence: 0.25 });
  });

  it.skipIf(process.platform === "win32")("is not run when everybody may have written it", async () => {
    const path = await written("open.mjs", `export const predict = () => ({ ${NO}, confidence: 0.1 });`);
    await chmod(path, 0o646);
    await expect(openOwnModel(path)).rejects.toThrow(/Everybody on this machine may write to .*open\.mjs/);
    await chmod(path, 0o644);
    await chmod(folder, 0o777);
    await expect(openOwnModel(path)).rejects.toThrow(/Everybody on this machine may write to/);
    await chmod(folder, 0o1777);
    expect((await openOwnModel(path)).text).toBe("a program of your own");
    await chmod(folder, 0o700);
  });

  it.each([
    ["no function", "export const predict = 1;", /exports no function "predict"/],
    ["no program", "export const = 1;", /cannot be loaded/],
    [
      "a rate of 2",
      "export const baseline = { rate: 2, medianTimeSeconds: 1 }; export const predict = () => 1;",
      /none/,
    ],
    ["no time", "export const baseline = { rate: 0.2 }; export const predict = () => 1;", /baseline of .* is none/],
  ])("is refused with %s", async (name, text, message) => {
    const path = await written(`${name.replaceAll(" ", "-")}.mjs`, text);
    await expect(openOwnModel(path)).rejects.toThrow(message);
  });
});
