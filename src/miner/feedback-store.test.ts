import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { feedbackAbout, questionOf, yes } from "../../test/support/feedback.ts";
import { createManualClock, silentLogger } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { readFeedbackFiles } from "./feedback-read.ts";
import { type FeedbackStore, openFeedbackStore } from "./feedback-store.ts";

const [one, two, three] = ["a", "b", "c"].map((name) => keypairFromUri(`//feedback store//${name}`).signer.address);
const clock = createManualClock(1_000);
const feedback = (number: number) =>
  feedbackAbout(questionOf(number), yes, { converted: 1, timeSeconds: 60 }, { hotkey: one, number });
const facts = { holds: true };

let folder: string;
let stores: FeedbackStore[];
const open = async (options: Partial<Parameters<typeof openFeedbackStore>[0]> = {}) => {
  const store = await openFeedbackStore({ folder, ...options }, { clock, logger: silentLogger });
  stores.push(store);
  return store;
};
const bytesOf = async () => {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "feedback-")), "kept");
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close().catch(() => undefined);
  await rm(join(folder, ".."), { recursive: true });
});

describe("a feedback store", () => {
  it("gives back what it was given, in the order of its coming, for its owner's eyes only", async () => {
    const store = await open();
    for (const number of [1, 2]) {
      clock.advance(10);
      expect(await store.add(one, feedback(number), facts)).toBe(true);
    }
    clock.advance(10);
    expect(await store.add(two, feedback(1), { holds: null })).toBe(true);
    await store.close();
    const { all, skipped } = await readFeedbackFiles(folder);
    expect(skipped).toBe(0);
    expect(all.map(({ validator, question, holds }) => [validator, question, holds])).toEqual([
      [one, questionOf(1), true],
      [one, questionOf(2), true],
      [two, questionOf(1), null],
    ]);
    expect(all[0]).toMatchObject(feedback(1));
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it("keeps each question of a validator once, within a batch, over time and over a restart", async () => {
    const store = await open();
    expect(await Promise.all([store.add(one, feedback(1), facts), store.add(one, feedback(1), facts)])).toEqual([
      true,
      false,
    ]);
    expect(await store.add(one, feedback(1), facts)).toBe(false);
    await store.close();
    const again = await open();
    expect(await again.add(one, feedback(1), facts)).toBe(false);
    expect(await again.add(one, feedback(2), facts)).toBe(true);
    await again.close();
    expect((await readFeedbackFiles(folder)).all).toHaveLength(2);
  });

  it("stays within its bytes however much comes, and keeps the latest", async () => {
    const maxBytes = 40_000;
    const store = await open({ maxBytes });
    for (let batch = 0; batch < 40; batch++) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => store.add(one, feedback(batch * 10 + i), facts)));
      expect(await bytesOf()).toBeLessThanOrEqual(maxBytes + 1_000);
    }
    await store.close();
    const { all } = await readFeedbackFiles(folder);
    expect(all.length).toBeGreaterThan(5);
    expect(all.at(-1)?.question).toEqual(questionOf(399));
    expect((await readdir(folder)).sort()).toEqual([`${one}.1.jsonl`, `${one}.jsonl`].sort());
  });

  it("goes on after a kill in the middle of a line", async () => {
    const store = await open();
    await store.add(one, feedback(1), facts);
    await store.close();
    await appendFile(join(folder, `${one}.jsonl`), '{"id":"q-torn","at":1,"valid');
    await chmod(join(folder, `${one}.jsonl`), 0o644);
    const again = await open();
    await again.add(one, feedback(2), facts);
    await again.close();
    const { all, skipped } = await readFeedbackFiles(folder);
    expect([all.length, skipped]).toEqual([2, 1]);
    expect((await stat(join(folder, `${one}.jsonl`))).mode & 0o777).toBe(0o600);
  });

  it("lets one validator push out nobody, and drops the one written longest ago when there are too many", async () => {
    const store = await open({ maxValidators: 2, maxBytes: 20_000 });
    await store.add(one, feedback(1), facts);
    for (let number = 1; number <= 60; number++) await store.add(two, feedback(number), facts);
    await store.close();
    expect((await readFeedbackFiles(join(folder, `${one}.jsonl`))).all).toHaveLength(1);
    const again = await open({ maxValidators: 2 });
    await again.add(three, feedback(1), facts);
    await again.close();
    expect((await readdir(folder)).filter((name) => name.includes(one))).toEqual([]);
    expect((await readFeedbackFiles(join(folder, `${three}.jsonl`))).all).toHaveLength(1);
  });

  it("refuses what would wait too long, a name that is no hotkey, and a second owner", async () => {
    const store = await open({ maxPending: 3 });
    const adding = Array.from({ length: 10 }, (_, i) => store.add(one, feedback(i), facts));
    const done = await Promise.allSettled(adding);
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(done.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "OVERLOADED" } });
    await expect(store.add("../x", feedback(1), facts)).rejects.toThrow("names no file");
    await expect(open()).rejects.toMatchObject({ code: "LOCKED" });
    await store.close();
    await expect(store.add(one, feedback(77), facts)).rejects.toThrow("stopping");
  });

  it("refuses, and lives on, while the disk refuses", async () => {
    const store = await open();
    // A folder stands where the file is to be.
    await rm(join(folder, `${one}.jsonl`), { force: true });
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(folder, `${one}.jsonl`));
    await expect(store.add(one, feedback(1), facts)).rejects.toMatchObject({ code: "OVERLOADED", status: 503 });
    await rm(join(folder, `${one}.jsonl`), { recursive: true });
    expect(await store.add(one, feedback(1), facts)).toBe(true);
  });

  it("reads lines of strangers as nothing", async () => {
    const store = await open();
    await store.add(one, feedback(1), facts);
    await store.close();
    const whole = await readFile(join(folder, `${one}.jsonl`), "utf8");
    const path = join(folder, "other.jsonl");
    await writeFile(path, `nothing\n{}\n${whole.replace('"converted":1', '"converted":2')}${whole}`);
    const { all, skipped } = await readFeedbackFiles(path);
    expect([all.length, skipped]).toEqual([1, 3]);
    await expect(readFeedbackFiles(join(folder, "none"))).rejects.toThrow("There is no feedback");
  });
});
