import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { questionOf, yes } from "../../test/support/feedback.ts";
import { type Call, createDeferred, createLogger, sleep } from "../core/index.ts";
import type { Answer } from "../schema.ts";
import { type LoadedModel, type ModelSlot, openModelSlot } from "./model-slot.ts";
import { modelVersions, promoteModel, rollbackModel } from "./model-slot-versions.ts";

let folder: string;
let path: string;
let slot: ModelSlot | undefined;
let closed: string[];
let lines: { message: string; level: string }[];
const call: Call = { signal: new AbortController().signal };
const companionOf = (model: string) => model.replace(/\.safetensors$/, ".profile.json");

/** What a `later` answer waits for. */
let held: () => Promise<unknown> = () => sleep(20);
/** A "model" is a confidence in a file: `0.7`, `0.7 later`, `nonsense`. */
const load = async (file: string): Promise<LoadedModel> => {
  const text = await readFile(file, "utf8");
  const [number = "", later] = text.split(" ");
  if (text === "unreadable") throw new Error("it is no model");
  const confidence = number === "nonsense" ? Number.NaN : Number(number);
  const answer: Answer = { ...yes, confidence };
  const predict = () => (later === undefined ? answer : held().then(() => answer));
  return {
    predictor: { name: `model ${text}`, predict },
    baseline: () => answer,
    text,
    close: async () => void closed.push(text),
  };
};
const open = async () => {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const logger = createLogger({ level: "debug", format: "json", write, nowMs: () => 0 });
  slot = await openModelSlot({ path, pollMs: 2 }, { load, logger });
  return slot;
};
/** As `writeFileAtomic` does. */
const put = async (text: string) => {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
};
const confidence = async (of: ModelSlot) => (await of.predictor.predict(questionOf(1), call)).confidence;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slot-"));
  path = join(folder, "model.safetensors");
  closed = [];
  lines = [];
  await put("0.7");
});
afterEach(async () => {
  await slot?.close();
  slot = undefined;
  await rm(folder, { recursive: true });
});

describe("a model slot", () => {
  it("serves what takes the file's place, and closes what was there", async () => {
    const slot = await open();
    expect(await confidence(slot)).toBe(0.7);
    expect(await slot.look()).toBe(false);
    await put("0.2");
    expect(await confidence(slot)).toBe(0.7);
    expect(await slot.look()).toBe(true);
    expect(await confidence(slot)).toBe(0.2);
    expect(slot.baseline(questionOf(1)).confidence).toBe(0.2);
    expect(slot.predictor.name).toBe("model 0.2");
    expect(slot.status()).toMatchObject({ swaps: 1, failures: 0, model: "0.2" });
    expect(closed).toEqual(["0.7"]);
  });

  it("does not swap for a file that was touched or written with the same bytes", async () => {
    const slot = await open();
    await put("0.7");
    expect(await slot.look()).toBe(false);
    expect(slot.status().swaps).toBe(0);
  });

  it.each([
    ["unreadable", "it is no model"],
    ["nonsense", "its answer is not valid: confidence"],
  ])("keeps the old model when the new one is %s, says so once, and takes the next", async (text, why) => {
    const slot = await open();
    await put(text);
    expect(await slot.look()).toBe(false);
    await put(text);
    expect(await slot.look()).toBe(false);
    expect(await confidence(slot)).toBe(0.7);
    expect(slot.status()).toMatchObject({ swaps: 0, failures: 1, lastFailure: why });
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
    await put("0.3");
    expect(await slot.look()).toBe(true);
  });

  it("keeps the old model while the file is gone", async () => {
    const slot = await open();
    await rm(path);
    expect([await slot.look(), await slot.look()]).toEqual([false, false]);
    expect(await confidence(slot)).toBe(0.7);
    expect(slot.status().failures).toBe(1);
    await put("0.4");
    expect(await slot.look()).toBe(true);
  });

  it("lets answers that are under way end with the model that they began with, and closes it then", async () => {
    await put("0.7 later");
    const slot = await open();
    const { promise, resolve } = createDeferred<void>();
    held = () => promise;
    const begun = slot.predictor.predict(questionOf(1), call);
    await put("0.2");
    await slot.look();
    expect(await confidence(slot)).toBe(0.2);
    expect(closed).toEqual([]);
    resolve();
    held = () => sleep(20);
    expect((await begun).confidence).toBe(0.7);
    await Promise.resolve();
    expect(closed).toEqual(["0.7 later"]);
  });

  it("looks by itself, and swaps forty times under load without an answer lost or mixed", async () => {
    const slot = await open();
    const stop = new AbortController();
    const watching = slot.watch(stop.signal);
    let asked = 0;
    const wrong: unknown[] = [];
    const done = createDeferred<void>();
    const asking = (async () => {
      while (!stop.signal.aborted) {
        const said = await confidence(slot);
        asked += 1;
        if (said === null || !(said > 0 && said <= 1)) wrong.push(said);
        if (asked % 50 === 0) await sleep(0);
      }
      done.resolve();
    })();
    for (let i = 1; i <= 40; i++) {
      await put(`${i / 100}${i % 3 === 0 ? " later" : ""}`);
      while (slot.status().swaps < i) await sleep(1);
    }
    stop.abort();
    await Promise.all([asking, watching, done.promise]);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(100);
    expect(slot.status()).toMatchObject({ swaps: 40, failures: 0 });
    expect(closed).toHaveLength(40);
  });

  it("refuses to begin with a model that cannot be loaded", async () => {
    await put("unreadable");
    await expect(open()).rejects.toThrow("it is no model");
  });
});

describe("versions", () => {
  const promote = async (text: string, keep?: number) => {
    const candidate = join(folder, "candidate.safetensors");
    await writeFile(candidate, text);
    await writeFile(companionOf(candidate), `profile of ${text}`);
    return promoteModel(candidate, path, { companionOf, ...(keep !== undefined && { keep }) });
  };
  const now = async () => [await readFile(path, "utf8"), await readFile(companionOf(path), "utf8").catch(() => null)];

  it("are kept beside the file, and put back one by one with what goes with them", async () => {
    await promote("0.5");
    await promote("0.6");
    expect(await now()).toEqual(["0.6", "profile of 0.6"]);
    const versions = await modelVersions(path);
    expect(versions.map(({ number }) => number)).toEqual([2, 1]);
    expect((await rollbackModel(path, { companionOf })).number).toBe(2);
    expect(await now()).toEqual(["0.5", "profile of 0.5"]);
    expect((await rollbackModel(path, { companionOf })).number).toBe(1);
    // The first had no profile.
    expect(await now()).toEqual(["0.7", null]);
    await expect(rollbackModel(path, { companionOf })).rejects.toThrow("No version before");
  });

  it("are at most as many as are kept, the latest of them", async () => {
    for (const text of ["1", "2", "3", "4", "5"]) await promote(text, 2);
    expect((await modelVersions(path)).map(({ number }) => number)).toEqual([5, 4]);
    expect((await readdir(`${path}.versions`)).sort()).toHaveLength(4);
  });

  it("are not kept twice for the same bytes", async () => {
    await promote("0.7");
    expect(await modelVersions(path)).toEqual([]);
  });

  it("are not put back when somebody has changed them", async () => {
    await promote("0.5");
    const [version] = await modelVersions(path);
    await writeFile(version?.path ?? "", "0.9");
    await expect(rollbackModel(path, { companionOf })).rejects.toThrow("is not what its name says");
    expect((await now())[0]).toBe("0.5");
  });

  it("pass over one that is what stands there, as a kill in the middle leaves it", async () => {
    await promote("0.5");
    await promote("0.6");
    await writeFile(path, "0.5");
    expect((await rollbackModel(path, { companionOf })).number).toBe(1);
    expect((await now())[0]).toBe("0.7");
  });
});
