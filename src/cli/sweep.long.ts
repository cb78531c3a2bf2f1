import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { createRandom } from "../core/index.ts";
import { readModelFile } from "../learning/index.ts";
import { createSimulator, transcriptToJson } from "../sources/index.ts";

let folder = "";
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sweep-command-"));
  const made = [...createSimulator({}, { random: createRandom("sweep command") }).transcripts(160)];
  await writeFile(at("chats.jsonl"), made.map((one) => JSON.stringify(transcriptToJson(one))).join("\n"));
  const space = { "trees.maxLeaves": { integer: [2, 12] }, "trees.learningRate": { logUniform: [0.01, 0.3] } };
  await writeFile(at("space.json"), JSON.stringify(space));
  await writeFile(at("quick.json"), '{"folds": 0, "trees": {"rounds": 12, "maxBins": 16}}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { heard, run } = commandLine();
const sweep = (...more: string[]) => {
  const fixed = [
    "--out",
    at("best.json"),
    "--space",
    at("space.json"),
    "--model-kind",
    "trees",
    "--time",
    "median",
    "--switches",
    at("quick.json"),
  ];
  return run("sweep", at("chats.jsonl"), ...fixed, "--trials", "4", "--folds", "2", ...more);
};

describe("sweep", () => {
  it("writes trials and the best switches, and says how to train with them", async () => {
    await sweep();
    const file = JSON.parse(await readFile(at("best.json"), "utf8"));
    expect(file.trials).toHaveLength(4);
    expect(file.best).toEqual(file.trials[0].switches);
    expect(file.best.kind).toBe("trees");
    expect(heard.stdout).toMatch(/^trial +log loss +against the defaults +switches\n/);
    expect(heard.stdout).toMatch(/trees\.learningRate [\d.]+, trees\.maxLeaves \d+/);
    expect(heard.stdout).not.toContain("calibration");
    expect(heard.stdout).toContain(`train ${at("chats.jsonl")} --out model --switches ${at("best.json")}`);
  });

  it("gives the same file on however many threads", async () => {
    await sweep("--workers", "2", "--json");
    const two = JSON.parse(heard.stdout);
    await sweep("--workers", "1", "--json");
    expect(JSON.parse(heard.stdout)).toEqual(two);
  });

  it("measures by what a scoring mode pays", async () => {
    await sweep("--measure", "proper-v1", "--json");
    expect(JSON.parse(heard.stdout).measure).toBe("reward proper-v1");
    await expect(sweep("--measure", "luck")).rejects.toThrow(/measure must be one of logLoss/);
  });

  it("searches no switch that was typed, and says why nothing can be learned", async () => {
    await run(
      "sweep",
      at("chats.jsonl"),
      "--out",
      at("typed.json"),
      "--trials",
      "4",
      "--folds",
      "2",
      "--model-kind",
      "logistic",
      "--json",
    );
    const kinds = JSON.parse(heard.stdout).trials.map(({ switches }: { switches: { kind: string } }) => switches.kind);
    expect(new Set(kinds)).toEqual(new Set(["logistic"]));
    const wild = [
      "--model-kind",
      "network",
      "--learning-rate",
      "1e30",
      "--layers",
      "4",
      "--epochs",
      "2",
      "--trials",
      "1",
    ];
    await expect(run("sweep", at("chats.jsonl"), "--out", at("wild.json"), ...wild)).rejects.toMatchObject({
      code: "SWEEP_FAILED",
      shortMessage: expect.stringMatching(/No trial of the sweep could be learned: The loss of the classifier is not/),
    });
  });

  it("finds out at the start that it cannot write", async () => {
    const under = join(at("chats.jsonl"), "best.json");
    await expect(run("sweep", at("chats.jsonl"), "--out", under)).rejects.toThrow(/cannot be written/);
    await expect(run("train", at("chats.jsonl"), "--out", join(at("chats.jsonl"), "m"))).rejects.toThrow(
      /cannot be written/,
    );
  });

  it("refuses an ending, and a space that makes no sense, before it works", async () => {
    await expect(run("sweep", at("chats.jsonl"), "--out", "best.txt")).rejects.toThrow(/must end in .json/);
    await writeFile(at("bad.json"), '{"learningRat": [1]}');
    const bad = run("sweep", at("chats.jsonl"), "--out", at("x.json"), "--space", at("bad.json"));
    await expect(bad).rejects.toThrow(/learningRat/);
    await writeFile(at("bad.json"), "{");
    const worse = run("sweep", at("chats.jsonl"), "--out", at("x.json"), "--space", at("bad.json"));
    await expect(worse).rejects.toThrow(/bad.json is not JSON/);
  });
});

describe("train --switches", () => {
  const train = (...more: string[]) =>
    run("train", at("chats.jsonl"), "--out", at("m"), "--switches", at("best.json"), "--json", ...more);

  it("trains as the sweep's best, on the rows that the sweep saw, and is silent about that", async () => {
    await sweep();
    await train();
    expect(JSON.parse(heard.stdout).model.kind).toBe("trees");
    expect(heard.stderr).not.toMatch(/flatter/);
    expect((await readModelFile(at("m.safetensors"))).time.kind).toBe("constant");
  });

  it("lets flags that are typed stand over the file", async () => {
    await train("--model-kind", "logistic");
    expect(JSON.parse(heard.stdout).model.kind).toBe("logistic");
  });

  it("says so when rows that are measured on helped to choose", async () => {
    await train("--seed", "8");
    expect(heard.stderr).toMatch(/The switches may have been chosen with rows that they are measured on here/);
    await train("--cv", "2");
    expect(JSON.parse(heard.stdout).report.warnings.join()).toMatch(/flatter/);
  });

  it("refuses what is no switch, by name", async () => {
    await writeFile(at("odd.json"), '{"kind": "trees", "epochs": 0}');
    const odd = run("train", at("chats.jsonl"), "--out", at("m"), "--switches", at("odd.json"));
    await expect(odd).rejects.toThrow(/epochs is refused/);
  });
});

describe("flags of training", () => {
  it("reach the model: preparation, weights of classes, deterministic kernels", async () => {
    const flags = ["--model-kind", "network", "--epochs", "2", "--log", "auto", "--missing", "--clip", "4"];
    const more = ["--interactions", "message_ratio*hour_of_day", "--class-weights", "1,3", "--clip-norm", "1"];
    const rest = ["--schedule", "cosine", "--weight-decay", "0.1", "--deterministic", "--patience", "2"];
    await run("train", at("chats.jsonl"), "--out", at("f"), ...flags, ...more, ...rest);
    const { preparation } = await readModelFile(at("f.safetensors"));
    expect(preparation.clip).toBe(4);
    expect(preparation.columns.some((column) => column.kind === "value" && column.log)).toBe(true);
    expect(preparation.columns.at(-1)).toMatchObject({ kind: "product", features: ["message_ratio", "hour_of_day"] });
  });

  it("are refused by name", async () => {
    const train = (...more: string[]) => run("train", at("chats.jsonl"), "--out", at("f"), ...more);
    await expect(train("--log", "mood")).rejects.toThrow(/There is no feature mood/);
    await expect(train("--interactions", "a-b")).rejects.toThrow(/pairs of features/);
    await expect(train("--class-weights", "1,0")).rejects.toThrow(/balanced/);
    await expect(train("--resume")).rejects.toThrow(/--resume needs --checkpoints/);
  });
});
