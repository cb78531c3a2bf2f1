import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { feedbackAbout } from "../../test/support/feedback.ts";
import { createManualClock, silentLogger } from "../core/index.ts";
import { type LandmarkRow, landmarkRows } from "../features/index.ts";
import { createPredictor, readModelFile } from "../learning/index.ts";
import { fileHash, openFeedbackStore } from "../miner/index.ts";
import { DEFAULT_LANDMARKS, type Question } from "../schema.ts";
import { createSimulator } from "../sources/index.ts";
import { keypairFromUri } from "../wallet/index.ts";

const [honest, liar] = ["honest", "liar"].map((name) => keypairFromUri(`//retrain test//${name}`).signer.address);
const QUICK = ["--model-kind", "logistic", "--time", "median"];
let folder = "";
const at = (name: string) => join(folder, name);
const { heard, run } = commandLine();
const json = () => JSON.parse(heard.stdout);

/** Conversations of another year: far fewer convert, and users say less. */
function* shifted(count: number, seed: number): Generator<LandmarkRow> {
  const simulator = createSimulator({ appeal: -2.5, maxMessages: 30 }, { seed: String(seed) });
  for (const transcript of simulator.transcripts(count))
    yield* landmarkRows(transcript, { landmarks: DEFAULT_LANDMARKS, horizonSeconds: 1_800 });
}

/** The same, but that everybody takes thrice as long. */
function* slower(rows: Iterable<LandmarkRow>): Generator<LandmarkRow> {
  for (const row of rows) {
    const seconds = row.features.avg_response_time_seconds;
    yield { ...row, features: { ...row.features, avg_response_time_seconds: seconds === null ? null : 3 * seconds } };
  }
}

/** What a miner keeps, had it answered these with the model of a file. */
async function keepFeedback(
  name: string,
  rows: Iterable<LandmarkRow>,
  { by = honest, lie = false, holds = true }: { by?: string | undefined; lie?: boolean; holds?: boolean } = {},
) {
  const predict = createPredictor(await readModelFile(at("model.safetensors")));
  const clock = createManualClock(1_700_000_000_000);
  const store = await openFeedbackStore({ folder: at(name), maxPending: 1e6 }, { clock, logger: silentLogger });
  const adding: Promise<boolean>[] = [];
  let number = 0;
  const moments = new Map<string, number>();
  for (const { conversationId, features, landmark, truth } of rows) {
    number += 1;
    clock.advance(1_000);
    if (!moments.has(conversationId)) moments.set(conversationId, number);
    const sessionId = `q-${by?.slice(0, 4)}-${number}`;
    const question: Question = { sessionId, features, landmark, horizonSeconds: 1_800 };
    const said = lie ? ({ converted: truth.converted === 1 ? 0 : 1, timeSeconds: null } as const) : truth;
    const where = { hotkey: "5Miner", number, atSeconds: moments.get(conversationId) ?? 0 };
    adding.push(store.add(by ?? "", feedbackAbout(question, predict(question), said, where), { holds }));
  }
  await Promise.all(adding);
  await store.close();
  return number;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "retrain-"));
  await run("simulate", "--rows", "1500", "--out", at("train.csv"));
  await run("train", at("train.csv"), "--out", at("model.safetensors"), ...QUICK);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const retrain = (...flags: string[]) =>
  run("retrain", "--model", at("model.safetensors"), "--out", at("candidate"), "--json", ...QUICK, ...flags);

describe("conversion-subnet drift", () => {
  it("writes the profile of the training rows, and finds what has moved in what was asked since", async () => {
    // Beside every model that was trained stands what it was trained on.
    const beside = JSON.parse(await readFile(at("model.profile.json"), "utf8"));
    expect(beside.model).toBe(await fileHash(at("model.safetensors")));
    expect([beside.rows > 1_000, beside.rows < 1_500]).toEqual([true, true]);
    await rm(at("model.profile.json"));
    await expect(run("drift", at("model.safetensors"), "--served", at("train.csv"))).rejects.toThrow(
      "it is not known what",
    );
    await run("drift", at("model.safetensors"), "--data", at("train.csv"), "--write");
    expect(heard.stdout).toContain("the spread of 40 features over 1500 rows");
    await run("drift", at("model.safetensors"), "--served", at("train.csv"), "--json");
    const same = json();
    expect(same.features.every(({ psi }: { psi: number }) => psi === 0)).toBe(true);
    expect(same.performance.realised.rows).toBe(0);

    // What the questions look like has not changed, but what comes of them: only outcomes tell, and the page says so.
    await keepFeedback("meaning", shifted(200, 5));
    await run("drift", at("model.safetensors"), "--feedback", at("meaning"), "--json");
    const meaning = json();
    expect(meaning.features.filter(({ level }: { level: string }) => level === "large")).toEqual([]);
    expect(meaning.performance.realised.rows).toBe(meaning.performance.estimated.rows);
    expect(meaning.performance.estimated.rate - meaning.performance.realised.rate).toBeGreaterThan(0.15);
    expect(Math.abs(meaning.performance.estimated.accuracy - meaning.performance.realised.accuracy)).toBeGreaterThan(
      3 * meaning.performance.estimated.accuracyError,
    );

    await keepFeedback("looks", slower(shifted(200, 5)));
    await run("drift", at("model.safetensors"), "--feedback", at("looks"), "--json");
    expect(json().features[0]).toMatchObject({ feature: "avg_response_time_seconds", level: "large" });
    await run("drift", at("model.safetensors"), "--feedback", at("looks"));
    expect(heard.stdout).toMatch(/1 features have moved far \(PSI from 0.25 on\)/);
    expect(heard.stdout).toContain("as if the probabilities were still honest");
    await run("simulate", "--rows", "600", "--seed", "99", "--out", at("fresh.csv"));
    await run("drift", at("model.safetensors"), "--served", at("fresh.csv"), "--json");
    expect(json().features.filter(({ level }: { level: string }) => level === "large")).toEqual([]);
  });

  it("asks for what it needs", async () => {
    await expect(run("drift", at("model.safetensors"))).rejects.toThrow("nothing to look at");
    await expect(run("drift", at("model.safetensors"), "--write")).rejects.toThrow("--write needs --data");
  });
});

describe("conversion-subnet retrain", () => {
  it("learns the change from feedback, is judged on the latest of it, is promoted, and goes back by one command", async () => {
    const rows = await keepFeedback("feedback", shifted(400, 1));
    const before = await fileHash(at("model.safetensors"));
    await retrain("--data", at("train.csv"), "--feedback", at("feedback"));
    const looked = json();
    expect(looked.promotion.promote).toBe(true);
    expect(looked).toMatchObject({ promoted: false, hash: null, rows: { data: 1_500 } });
    expect(looked.rows.feedback + looked.rows.later).toBe(rows);
    expect(looked.new.brier).toBeLessThan(looked.current.brier - 0.01);
    // Looking changes nothing.
    expect(await fileHash(at("model.safetensors"))).toBe(before);

    await retrain("--data", at("train.csv"), "--feedback", at("feedback"), "--promote");
    expect(json()).toMatchObject({ promoted: true, hash: await fileHash(at("candidate.safetensors")) });
    expect(await fileHash(at("model.safetensors"))).toBe(await fileHash(at("candidate.safetensors")));
    const profile = JSON.parse(await readFile(at("model.profile.json"), "utf8"));
    expect(profile).toMatchObject({ model: json().hash, rows: 1_500 + looked.rows.feedback });

    await run("retrain", "--model", at("model.safetensors"), "--rollback");
    expect(heard.stdout).toContain("version 1 is back");
    expect(await fileHash(at("model.safetensors"))).toBe(before);
    await expect(run("retrain", "--model", at("model.safetensors"), "--rollback")).rejects.toThrow("No version before");
  });

  it("does not promote a candidate that is worse, and says how much", async () => {
    // Learned from the change, and judged where there is none: the served model is the better one.
    const usual = createSimulator({}, { seed: "77" });
    const rows = [...usual.transcripts(110)].flatMap((transcript) =>
      landmarkRows(transcript, { landmarks: DEFAULT_LANDMARKS, horizonSeconds: 1_800 }),
    );
    await keepFeedback("turned", [...shifted(300, 2), ...rows]);
    const before = await fileHash(at("model.safetensors"));
    await retrain("--feedback", at("turned"), "--promote");
    const { promotion, promoted } = json();
    expect(promotion.promote).toBe(false);
    expect(promotion.difference).toBeLessThan(0);
    expect(promoted).toBe(false);
    expect(await fileHash(at("model.safetensors"))).toBe(before);
    expect((await stat(at("candidate.safetensors"))).size).toBeGreaterThan(0);
  });

  it("judges nothing by a handful of messages", async () => {
    await keepFeedback("few", [...shifted(40, 3)]);
    await retrain("--data", at("train.csv"), "--feedback", at("few"), "--promote");
    expect(json().promotion).toMatchObject({ promote: false, reason: expect.stringContaining("too few to tell") });
  });

  it("tells of a validator whose word stands apart, learns of no disputed word, and believes whom it is told to", async () => {
    await keepFeedback("two", [...shifted(200, 4)]);
    await keepFeedback("two", [...shifted(150, 6)], { by: liar, lie: true });
    await retrain("--data", at("train.csv"), "--feedback", at("two"));
    const all = json();
    expect(all.validators).toMatchObject([
      { validator: honest, odd: false },
      { validator: liar, odd: true },
    ]);
    expect(all.warnings.join(" ")).toContain(`By the word of ${liar} the same answers are worse`);
    await retrain("--data", at("train.csv"), "--feedback", at("two"), "--feedback.from", honest ?? "");
    const one = json();
    expect(one.rows.feedback + one.rows.later).toBeLessThan(all.rows.feedback + all.rows.later);
    expect(one.warnings.join(" ")).toContain("are not learned from");

    await keepFeedback("disputed", [...shifted(100, 7)], { holds: false });
    await expect(retrain("--feedback", at("disputed"))).rejects.toThrow("too few");
  });

  it("needs what it works on, and does not write over what is served", async () => {
    await expect(run("retrain", "--model", at("model.safetensors"))).rejects.toThrow("retrain needs --feedback");
    await expect(retrain("--feedback", at("none"))).rejects.toThrow("There is no feedback");
    const same = ["--model", at("model.safetensors"), "--feedback", at("feedback"), "--out", at("model")];
    await expect(run("retrain", ...same)).rejects.toThrow("are the same file");
    await expect(run("retrain", "--model", "x.onnx")).rejects.toThrow("must end in .safetensors");
  });
});
