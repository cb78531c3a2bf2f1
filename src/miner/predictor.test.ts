import { describe, expect, it } from "vitest";
import { createLogger, silentLogger, sleep } from "../core/index.ts";
import { type Answer, fromVector, type Question } from "../schema.ts";
import { createAnswerer, type Predictor } from "./predictor.ts";

const question: Question = {
  sessionId: "q-1",
  features: fromVector(new Array(40).fill(Number.NaN)),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
};
const base: Answer = {
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: 0.4,
  timeIfConvertedSeconds: 90,
};
const own: Answer = { conversionHappened: 1, timeToConversionSeconds: 62, confidence: 0.9, timeIfConvertedSeconds: 62 };
const never = new AbortController();

function answererOf(predict: Predictor["predict"], deadlineMs = 5_000) {
  const lines: string[] = [];
  const logger = createLogger({ level: "warn", format: "json", write: (line) => lines.push(line), nowMs: () => 0 });
  const modules = { predictor: { name: "mine", predict }, baseline: () => base, logger };
  return { lines, answerer: createAnswerer({ deadlineMs }, modules) };
}

describe("an answer", () => {
  it("is the predictor's own when it is valid and in time", async () => {
    const { answerer, lines } = answererOf(async () => own);
    expect(await answerer.answer(question, never)).toEqual(own);
    expect(answerer.counts()).toEqual({ predicted: 1, fallbacks: 0, lastFailure: null });
    expect(lines).toEqual([]);
  });

  const nonsense = (change: object) => () => ({ ...own, ...change }) as Answer;
  it.each<[string, Predictor["predict"]]>([
    [
      "throws",
      () => {
        throw new Error("no model today");
      },
    ],
    ["rejects", async () => Promise.reject(new Error("no model today"))],
    ["runs late, deaf to its signal", () => new Promise<Answer>(() => undefined)],
    ["runs late, and hears its signal", async (_, { signal }) => sleep(60_000, { signal }).then(() => own)],
    ["answers NaN", nonsense({ confidence: Number.NaN })],
    ["answers an infinite time", nonsense({ timeToConversionSeconds: Number.POSITIVE_INFINITY })],
    ["answers NaN for the time if converted", nonsense({ timeIfConvertedSeconds: Number.NaN })],
    ["answers a probability above 1", nonsense({ confidence: 1.2 })],
    ["answers a class that is none", nonsense({ conversionHappened: 2 })],
    ["answers yes without a time", nonsense({ timeToConversionSeconds: -1 })],
    ["answers no with a time", nonsense({ conversionHappened: 0 })],
    ["answers nothing", () => undefined as unknown as Answer],
    ["answers a text", () => "yes" as unknown as Answer],
  ])("is the baseline's, counted and said, when the predictor %s", async (_, predict) => {
    const { answerer, lines } = answererOf(predict, 20);
    expect(await answerer.answer(question, never)).toEqual(base);
    expect(await answerer.answer(question, never)).toEqual(base);
    const { predicted, fallbacks, lastFailure } = answerer.counts();
    expect([predicted, fallbacks]).toEqual([0, 2]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: "The predictor failed; the baseline answers", predictor: "mine", fallbacks: 1 },
      { error: lastFailure, fallbacks: 2 },
    ]);
  });

  const ends: unknown[] = [];
  const untilAborted = (signal: AbortSignal) =>
    new Promise<Answer>(() => signal.addEventListener("abort", () => ends.push(signal.reason.code)));
  it.each<[string, Predictor["predict"]]>([
    ["a second parameter", (_, call) => untilAborted(call.signal)],
    ["rest parameters", (...asked) => untilAborted(asked[1].signal)],
    ["a default", (_, call = never) => untilAborted(call.signal)],
  ])("is waited for until the deadline, which a predictor hears by %s", async (_, predict) => {
    ends.length = 0;
    expect(await answererOf(predict, 20).answerer.answer(question)).toEqual(base);
    expect(ends).toEqual(["TIMED_OUT"]);
  });

  it("that is there at once is given at once", () => {
    expect(answererOf(() => own).answerer.answer(question)).toEqual(own);
  });

  it("is not invented when the caller has gone", async () => {
    const controller = new AbortController();
    const { answerer } = answererOf(() => new Promise<Answer>(() => undefined));
    const answering = answerer.answer(question, controller);
    controller.abort(new Error("gone"));
    await expect(answering).rejects.toThrow("gone");
    expect(answerer.counts().fallbacks).toBe(0);
  });

  it("comes from the predictor again as soon as it recovers", async () => {
    let failing = true;
    const predictor: Predictor = {
      name: "moody",
      predict() {
        if (failing) throw new Error("not yet");
        return own;
      },
    };
    const answerer = createAnswerer({ deadlineMs: 100 }, { predictor, baseline: () => base, logger: silentLogger });
    expect(await answerer.answer(question, never)).toEqual(base);
    failing = false;
    expect(await answerer.answer(question, never)).toEqual(own);
    expect(answerer.counts()).toEqual({ predicted: 1, fallbacks: 1, lastFailure: "not yet" });
  });
});
