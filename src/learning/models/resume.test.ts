import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createManualClock } from "../../core/index.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { fileCheckpoints } from "../files/checkpoint-file.ts";
import { encodeModel } from "../files/model-file.ts";
import { batchNorm, dense, dropout, network, relu } from "../network/layers.ts";
import { fit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";
import type { Checkpoints, TrainingState } from "./journal.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "learning-resume-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = syntheticDataset({ rows: 900, seed: 4, strength: 3 });
const quick: FitOptions = { epochs: 3, folds: 2, seed: 3, trees: { rounds: 8, maxBins: 16 } };
const KINDS: Readonly<Record<string, FitOptions>> = {
  logistic: { kind: "logistic" },
  trees: { kind: "trees", classWeights: "balanced" },
  ensemble: { kind: "ensemble", layerSizes: [8] },
  hazard: { kind: "logistic", time: "hazard" },
  network: {
    network: network([dense(40, 12), batchNorm(12), relu(), dropout(0.2), dense(12, 1)]),
    ...{ epochs: 6, schedule: "cosine", clipNorm: 1, classWeights: [1, 2] },
  },
};

/** A clock that moves on at every look, so that every epoch is written down. */
function tickingClock() {
  const clock = createManualClock();
  return {
    ...clock,
    monotonicMs() {
      clock.advance(600);
      return clock.monotonicMs();
    },
  };
}

/** Checkpoints that end the training with an error after so many writes, as a kill would. */
function dyingAfter(writes: number, inner: Checkpoints): Checkpoints {
  let left = writes;
  return {
    read: inner.read,
    async write(state: TrainingState) {
      await inner.write(state);
      left -= 1;
      if (left <= 0) throw new Error("killed");
    },
  };
}

describe("a training that was killed", () => {
  it.each(Object.entries(KINDS))("is taken up again wherever it was, to the same bytes: %s", async (name, options) => {
    const all = { ...quick, ...options };
    const unbroken = await fit(data, all);
    const dir = join(folder, name.replaceAll(" ", "-"));
    let kills = 0;
    for (;;) {
      // Every life gets one write further than the one before.
      const checkpoints = dyingAfter(2, fileCheckpoints(dir));
      try {
        const { model, history } = await fit(data, { ...all, checkpoints, resume: kills > 0, clock: tickingClock() });
        expect(encodeModel(model)).toEqual(encodeModel(unbroken.model));
        const plain = ({ epochs }: typeof history) => epochs.map(({ rowsPerSecond: _, ...rest }) => rest);
        expect(plain(history)).toEqual(plain(unbroken.history));
        expect(history.bestEpoch).toBe(unbroken.history.bestEpoch);
        break;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== "killed") throw error;
        kills += 1;
      }
    }
    expect(kills).toBeGreaterThan(0);
    // What is whole is given back without learning anything again.
    const again = fileCheckpoints(dir);
    const { model } = await fit(data, {
      ...all,
      resume: true,
      checkpoints: {
        read: again.read,
        write: () => {
          throw new Error("something was learned again");
        },
      },
    });
    expect(encodeModel(model)).toEqual(encodeModel(unbroken.model));
  });

  it("leaves a history to read and to look at", async () => {
    const history = JSON.parse(await readFile(join(folder, "network", "history.json"), "utf8"));
    expect(history.epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await readFile(join(folder, "network", "history.html"), "utf8")).toMatch(/<svg[^>]*Learning curve/);
  });

  it("starts anew where there is nothing, and where it is not to go on", async () => {
    const options: FitOptions = { ...quick, kind: "logistic" };
    const checkpoints = fileCheckpoints(join(folder, "nothing"));
    expect((await fit(data, { ...options, checkpoints, resume: true })).model.classifier.kind).toBe("logistic");
    const other = await fit(data, { ...options, seed: 9, checkpoints });
    expect(encodeModel(other.model)).toEqual(encodeModel((await fit(data, { ...options, seed: 9 })).model));
  });

  it("does not go on from another training, and says what differs", async () => {
    const checkpoints = fileCheckpoints(join(folder, "logistic"));
    const options: FitOptions = { ...quick, kind: "logistic", checkpoints, resume: true };
    await expect(fit(data, { ...options, seed: 5, epochs: 4 })).rejects.toMatchObject({
      code: "CHECKPOINT_DIFFERS",
      differing: ["epochs", "seed"],
    });
    const rows = syntheticDataset({ rows: 900, seed: 5, strength: 3 });
    await expect(fit(rows, options)).rejects.toThrow(/Differing: +rows/);
  });

  it.each([
    ["no JSON", "{", /it is not JSON/],
    ["a list", "[]", /it is invalid at/],
    ["half a number", null, /invalid at learned\.once: class, logistic|invalid at learned/],
  ])("refuses a file that is damaged: %s", async (what, text, message) => {
    const dir = join(folder, "logistic");
    const damaged = join(folder, `damaged ${what}`);
    const whole = await readFile(join(dir, "last.json"), "utf8");
    await fileCheckpoints(damaged).write({ facts: {}, learned: {}, running: null, reports: [] });
    await writeFile(join(damaged, "last.json"), text ?? whole.replace(/"f32":"[^"]*"/, '"f32":"AAAA"'));
    const options: FitOptions = { ...quick, kind: "logistic", checkpoints: fileCheckpoints(damaged), resume: true };
    await expect(fit(data, options)).rejects.toThrow(message);
    await expect(fit(data, options)).rejects.toMatchObject({ code: "CHECKPOINT_INVALID" });
  });
});
