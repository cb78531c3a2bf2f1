import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { questionOf, yes } from "../../test/support/feedback.ts";
import {
  type Asking,
  answered,
  conversations,
  make,
  miners,
  played,
  prepare,
  signer,
  stopAll,
  until,
} from "../../test/support/validator.ts";
import { createManualClock, createRandom, silentLogger, sleep, systemClock } from "../core/index.ts";
import { type Feedback, feedbackToWire, readFeedback, type sendFeedback } from "../protocol/index.ts";
import { fromVector } from "../schema.ts";
import { checkExplanation, SCORING_MODES, scoringMode } from "../scoring/index.ts";
import { createFeedbackSender, type FeedbackSenderOptions } from "./feedback.ts";
import { createValidatorDrift } from "./feedback-drift.ts";
import { feedbackOf } from "./feedback-message.ts";
import { createMemoryHistory } from "./index.ts";

beforeEach(prepare);
afterEach(stopAll);

type Send = typeof sendFeedback;
type Message = Pick<Feedback, "question" | "explanation">;
const [one, two] = miners.map(({ address }) => address);
const taken: Send = async () => ({ ok: true, stored: true });

/** A validator that sends feedback, and what it sent. */
function sending(
  send: Send = taken,
  options: Partial<FeedbackSenderOptions> = {},
  ask?: Asking,
  mode = scoringMode("seed-v1"),
) {
  const history = createMemoryHistory();
  const sent: { hotkey: string; message: Message }[] = [];
  const feedback = createFeedbackSender(
    { delayMs: 0, ...options },
    {
      ...{ history, signer, clock: systemClock, logger: silentLogger },
      send: async (peer, message, ...rest) => {
        sent.push({ hotkey: peer.hotkey, message });
        return send(peer, message, ...rest);
      },
    },
  );
  return { feedback, sent, history, modules: { history, feedback, mode }, ask };
}

describe("the feedback sender", () => {
  it("tells every miner the truth of its own answer and the score with what made it: whoever reads it makes it again", async () => {
    for (const name of SCORING_MODES) {
      const { feedback, sent, modules, history } = sending(taken, {}, undefined, scoringMode(name));
      const validator = await played(conversations(6), undefined, {}, modules);
      await until(() => feedback.counts().sent === 12);
      expect(new Set(sent.map(({ hotkey }) => hotkey))).toEqual(new Set([one, two]));
      for (const { hotkey, message } of sent) {
        const read = readFeedback(JSON.parse(JSON.stringify(feedbackToWire(message))));
        if (!read.ok) throw new Error(read.problem);
        const { explanation, truth, answer, question } = read.feedback;
        const record = await history.question(explanation.question);
        expect(explanation.hotkey).toBe(hotkey);
        expect(question).toEqual(record?.open.question);
        expect(truth).toEqual(record?.settled?.truth);
        expect(answer).toEqual(answered.ok ? answered.answer : null);
        expect(explanation.stored?.total).toBe(record?.settled?.scores.get(hotkey)?.total);
        expect(checkExplanation(explanation), name).toMatchObject({ holds: true });
      }
      expect(validator.status()).toMatchObject({
        settled: 6,
        feedback: { sent: 12, known: 0, failed: 0, skipped: 0, dropped: 0, waiting: 0 },
      });
    }
  });

  it("says nothing of where a conversation came from: no id, no source, no words of a source's own", async () => {
    const { feedback, sent, modules } = sending();
    await played(conversations(4), undefined, {}, modules);
    await until(() => feedback.counts().sent === 8);
    const text = JSON.stringify(sent.map(({ message }) => feedbackToWire(message)));
    expect(text).not.toMatch(/"c\d"|conversationId|hello/);
    for (const { message } of sent) {
      expect(message.explanation.stratum).toBe("1 messages");
      expect(["converted", "closed"]).toContain(message.explanation.truth?.from);
    }
  });

  it("sends nothing to whoever gave no answer, and nothing about a forgotten or open question", async () => {
    const ask: Asking = async ({ hotkey }) =>
      hotkey === one ? answered : { ok: false, reason: "timeout", status: null, message: "late", latencySeconds: 1 };
    const { feedback, sent, modules, history } = sending(taken, {}, ask);
    await played(conversations(3), ask, {}, modules);
    await until(() => feedback.counts().sent === 3);
    expect(sent.every(({ hotkey }) => hotkey === one)).toBe(true);
    const [number = 0] = await history.latest(1);
    const record = await history.question(number);
    if (record === undefined) throw new Error("no record");
    expect(feedbackOf(record)(one ?? "")).not.toBeNull();
    expect(feedbackOf(record)(two ?? "")).toBeNull();
    expect(feedbackOf({ ...record, settled: null })(one ?? "")).toBeNull();
    expect(feedbackOf({ ...record, open: { ...record.open, conversationId: "" } })(one ?? "")).toBeNull();
  });

  it("waits until nobody can owe an answer about the same conversation any more", async () => {
    const clock = createManualClock();
    const sent: string[] = [];
    const history = createMemoryHistory();
    const feedback = createFeedbackSender(
      { delayMs: 60_000 },
      {
        ...{ history, signer, clock, logger: silentLogger },
        send: async ({ hotkey }) => {
          sent.push(hotkey);
          return { ok: true, stored: true };
        },
      },
    );
    await played(conversations(2), undefined, {}, { history, feedback });
    await sleep(20);
    expect(sent).toEqual([]);
    expect(feedback.counts()).toMatchObject({ waiting: 4, sent: 0 });
  });

  it("never holds up scoring: miners that hang, throw or refuse change nothing but the counts", async () => {
    const hanging: Send = (_peer, _message, { signal }) =>
      new Promise((resolve) => {
        const end = () => resolve({ ok: false, reason: "aborted", status: null, message: "" });
        signal?.addEventListener("abort", end, { once: true });
      });
    const { modules, feedback } = sending(hanging);
    const validator = await played(conversations(50), undefined, {}, modules);
    expect(validator.status().settled).toBe(50);
    await validator.stop();
    expect(feedback.counts().sent).toBe(0);

    const throwing = sending(async () => {
      throw new Error("a bug");
    });
    const second = await played(conversations(20), undefined, {}, throwing.modules);
    await until(() => throwing.feedback.counts().waiting === 0);
    expect(second.status()).toMatchObject({ settled: 20, failures: 0 });
    expect(throwing.feedback.counts().failed).toBeGreaterThan(0);
  });

  it("leaves a miner alone that takes none or is gone, and holds none of the others up for it", async () => {
    for (const failure of [
      { ok: false, reason: "refused", status: 404, message: "HTTP 404" },
      { ok: false, reason: "timeout", status: null, message: "late" },
    ] as const) {
      const { feedback, sent, modules } = sending(async ({ hotkey }) =>
        hotkey === one ? failure : { ok: true, stored: true },
      );
      await played(conversations(30), undefined, {}, modules);
      await until(() => feedback.counts().waiting === 0 && feedback.counts().sent >= 1);
      await sleep(5);
      const toOne = sent.filter(({ hotkey }) => hotkey === one).length;
      expect(toOne).toBeLessThanOrEqual(2);
      expect(feedback.counts().failed).toBe(toOne);
      expect(feedback.counts().skipped).toBeGreaterThanOrEqual(28);
    }
  });

  it("is bounded: what is too much to wait is dropped and counted", async () => {
    const { feedback, modules } = sending(taken, { delayMs: 3_600_000, maxWaiting: 10 });
    const validator = await played(conversations(20), undefined, {}, modules);
    expect(feedback.counts()).toMatchObject({ waiting: 10, dropped: 30, sent: 0 });
    await validator.stop();
    expect(feedback.counts()).toMatchObject({ waiting: 0, dropped: 30, kept: 10 });
  });

  it("keeps what waits when it is stopped, and tells it in the next run, once", async () => {
    const first = sending(taken, { delayMs: 3_600_000 });
    const before = await played(conversations(5), undefined, {}, first.modules);
    await before.stop();
    expect(first.feedback.counts()).toMatchObject({ waiting: 0, dropped: 0, kept: 10, sent: 0 });

    const { history } = first;
    const told: string[] = [];
    const modules = { history, signer, clock: systemClock, logger: silentLogger };
    const again = (delayMs: number) =>
      createFeedbackSender(
        { delayMs },
        {
          ...modules,
          send: async ({ hotkey }, { explanation }) => {
            told.push(`${explanation.question} ${hotkey}`);
            return { ok: true, stored: true };
          },
        },
      );
    const second = again(0);
    const client = second.following({ ask: async () => answered, close: () => undefined });
    for (const hotkey of [one, two])
      await client.ask({ hotkey: hotkey ?? "", host: "127.0.0.1", port: 1 }, questionOf(1));
    await second.resume();
    await until(() => second.counts().sent === 10);
    expect(new Set(told).size).toBe(10);
    await second.stop();
    const third = again(0);
    await third.resume();
    expect(third.counts()).toMatchObject({ waiting: 0, kept: 0 });
    await third.stop();
  });
});

describe("a validator's drift", () => {
  const client = (confidence: (n: number) => number) => {
    let n = 0;
    return {
      ask: async () => ({ ok: true, answer: { ...yes, confidence: confidence(n++) }, latencySeconds: 0.1 }) as const,
      close: () => undefined,
    };
  };
  const peer = (hotkey: string) => ({ hotkey, host: "127.0.0.1", port: 1 });

  it("tells of each miner what may be expected, and of a boaster what came of it", async () => {
    const random = createRandom(5);
    const drift = createValidatorDrift({ window: 1_000 });
    const honest = drift.following(client(() => 0.5));
    const boaster = drift.following(client(() => 0.99));
    for (let number = 0; number < 600; number++) {
      const question = questionOf(number);
      await Promise.all([honest.ask(peer("honest"), question), boaster.ask(peer("boaster"), question)]);
      const converted = random.next() < 0.5 ? 1 : 0;
      const open = { question } as Parameters<typeof drift.settled>[0]["open"];
      drift.settled({ open, truth: { converted, timeSeconds: null } });
      if (number !== 50) continue;
      const early = drift.status().miners.find(({ hotkey }) => hotkey === "boaster");
      expect(early).toMatchObject({ recalibrated: false });
      expect(early?.estimated.accuracy).toBeCloseTo(0.99, 9);
    }
    const outlook = new Map(drift.status().miners.map((one) => [one.hotkey, one]));
    for (const hotkey of ["honest", "boaster"]) {
      expect(outlook.get(hotkey)?.realised.accuracy).toBeCloseTo(0.5, 1);
      expect(outlook.get(hotkey)?.recalibrated).toBe(true);
    }
    expect(outlook.get("boaster")?.estimated.brier).toBeGreaterThan(0.15);
    expect(outlook.get("boaster")?.realised.brier).toBeGreaterThan(0.4);
  });

  it("compares questions with its own first ones, each once whatever the number of miners, and warns once", async () => {
    const random = createRandom(6);
    const drift = createValidatorDrift({ window: 400, learnRows: 400 });
    const asking = drift.following(client(() => 0.5));
    const ask = async (number: number, shift: number) => {
      const features = fromVector(Float64Array.from({ length: 40 }, (_, i) => random.next() + (i === 3 ? shift : 0)));
      const question = { ...questionOf(number), features };
      for (const hotkey of ["a", "b", "c"]) await asking.ask(peer(hotkey), question);
    };
    for (let number = 0; number < 800; number++) await ask(number, 0);
    expect(drift.status()).toMatchObject({ expectedRows: 400, moved: [] });
    for (let number = 800; number < 1_200; number++) await ask(number, 2);
    const { moved, rows } = drift.status();
    expect(rows).toBeLessThanOrEqual(400);
    expect(moved.map(({ level }) => level)).toEqual(["large"]);
    const warned: object[] = [];
    const logger = { ...silentLogger, warn: (...args: unknown[]) => void warned.push(args) };
    drift.warn(logger);
    drift.warn(logger);
    expect(warned).toHaveLength(1);
  });

  it("is part of the status when it is on", async () => {
    const drift = createValidatorDrift();
    const validator = await played(conversations(4), undefined, {}, { drift });
    expect(validator.status().drift?.miners.map(({ hotkey, realised }) => [hotkey, realised.rows])).toEqual([
      [one, 4],
      [two, 4],
    ]);
    expect(make(conversations(1)).status()).toMatchObject({ drift: null, feedback: null });
  });
});
