import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message, Transcript } from "../schema.ts";
import { featuresAsOf, landmarkRows, truthOf } from "./index.ts";

const talk = (times: readonly (number | null)[]): Message[] =>
  times.map((atSeconds, i) => ({ role: i % 2 === 0 ? "user" : "agent", text: "x".repeat(i + 1), atSeconds }));
const transcript = (times: readonly (number | null)[], outcome: Transcript["outcome"]): Transcript => ({
  id: "c",
  source: "s",
  startedAt: null,
  messages: talk(times),
  outcome,
});
const converted = (atSeconds: number | null, afterMessages: number | null = null) => ({
  converted: true,
  atSeconds,
  afterMessages,
});
const lost = { converted: false, atSeconds: null, afterMessages: null };
const options = { landmarks: [{ messages: 2 }, { messages: 4 }, { seconds: 25 }], horizonSeconds: 100 };
const asked = (t: Transcript) =>
  landmarkRows(t, options).map(({ landmark }) => ("messages" in landmark ? landmark.messages : `${landmark.seconds}s`));

describe("landmark rows", () => {
  it("asks only what was reached while the conversation was open and not converted", () => {
    expect(asked(transcript([0, 10, 20, 30, 40], lost))).toEqual([2, 4, "25s"]);
    expect(asked(transcript([0, 10, 20], lost))).toEqual([2, "25s"]);
    expect(asked(transcript([0, 10, 20, 30, 40], converted(30)))).toEqual([2, "25s"]);
    expect(asked(transcript([0, 10, 20, 30, 40], converted(10)))).toEqual([]);
    expect(asked(transcript([0, 10, 20, 30], lost))).toEqual([2, 4, "25s"]);
    expect(asked(transcript([], lost))).toEqual([]);
  });

  it("asks at an elapsed time whatever comes after it: neither a last word nor a later conversion tells", () => {
    const clocks = fc
      .array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 })
      .map((list) => list.toSorted((a, b) => a - b));
    const ending = fc.record({
      later: fc.array(fc.integer({ min: 26, max: 90 }), { maxLength: 4 }).map((list) => list.toSorted((a, b) => a - b)),
      outcome: fc.option(fc.integer({ min: 26, max: 300 }), { nil: null }),
    });
    fc.assert(
      fc.property(clocks, ending, ending, (early, one, another) => {
        const seen = [0, ...early.filter((at) => at <= 25)];
        const rowsOf = ({ later, outcome }: typeof one) =>
          landmarkRows(transcript([...seen, ...later], outcome === null ? lost : converted(outcome)), {
            landmarks: [{ seconds: 25 }],
            horizonSeconds: 100,
          }).map(({ truth: _, ...known }) => known);
        expect(rowsOf(one)).toHaveLength(1);
        expect(rowsOf(one)).toEqual(rowsOf(another));
      }),
    );
  });

  it("asks nothing at or after the horizon", () => {
    expect(asked(transcript([0, 100, 200, 300], lost))).toEqual(["25s"]);
  });

  it("places a conversion at an unknown moment by the messages before it, and leaves its time void", () => {
    const clockless = transcript([null, null, null, null, null], converted(null, 3));
    expect(asked(clockless)).toEqual([2]);
    expect(landmarkRows(clockless, options)[0]).toMatchObject({
      truth: { converted: 1, timeSeconds: null },
      fromSeconds: null,
    });
    expect(asked(transcript([null, null, null, null], converted(null)))).toEqual([2, 4]);
  });

  it("counts time from the first message", () => {
    const [row] = landmarkRows(transcript([5, 15, 25, 35], converted(65)), options);
    expect(row).toMatchObject({ fromSeconds: 10, truth: { converted: 1, timeSeconds: 60 } });
  });

  it("calls a conversion after the horizon none", () => {
    expect(truthOf({ converted: true, convertedAtSeconds: 100 }, 100)).toEqual({ converted: 1, timeSeconds: 100 });
    expect(truthOf({ converted: true, convertedAtSeconds: 100.5 }, 100)).toEqual({ converted: 0, timeSeconds: null });
  });

  it("is blind to everything after the landmark: a different ending leaves the features as they are", () => {
    const long = transcript([0, 10, 20, 30, 40, 50, 60], converted(55));
    const short = transcript([0, 10, 20, 30], lost);
    for (const landmark of [{ messages: 4 }, { messages: 2 }])
      expect(featuresAsOf(long, landmark)).toEqual(featuresAsOf(short, landmark));
    expect(featuresAsOf(long, { seconds: 30 })).toEqual(featuresAsOf(short, { messages: 4 }));
  });

  it("places no elapsed time where a clock is missing", () => {
    expect(featuresAsOf(transcript([0, null], lost), { seconds: 10 })).toBeNull();
  });
});
