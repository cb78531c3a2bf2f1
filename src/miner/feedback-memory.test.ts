import { describe, expect, it } from "vitest";
import { questionOf, yes } from "../../test/support/feedback.ts";
import { createAnswerMemory } from "./feedback-memory.ts";

describe("an answer memory", () => {
  it("knows its own answers, and no other question, answer, validator or number", () => {
    const memory = createAnswerMemory();
    const question = questionOf(1);
    memory.remember("a", question, yes);
    expect(memory.knows("a", question, yes)).toBe(true);
    expect(memory.knows("a", structuredClone(question), structuredClone(yes))).toBe(true);
    expect(memory.knows("b", question, yes)).toBe(false);
    expect(memory.knows("a", questionOf(2), yes)).toBe(false);
    expect(memory.knows("a", question, { ...yes, confidence: 0.71 })).toBe(false);
    expect(memory.knows("a", { ...question, horizonSeconds: 60 }, yes)).toBe(false);
    expect(memory.knows("a", { ...question, landmark: { messages: 8 } }, yes)).toBe(false);
    const features = { ...question.features, hour_of_day: null };
    expect(memory.knows("a", { ...question, features }, yes)).toBe(false);
    expect([memory.hasAnswered("a"), memory.hasAnswered("b")]).toEqual([true, false]);
  });

  it("knows what went through JSON, -0 and unknown included", () => {
    const memory = createAnswerMemory();
    const features = { ...questionOf(1).features, hour_of_day: -0, day_of_week: null };
    const answer = { ...yes, confidence: null, timeIfConvertedSeconds: null };
    memory.remember("a", { ...questionOf(1), features, landmark: { seconds: 60 } }, answer);
    const back = JSON.parse(JSON.stringify({ ...questionOf(1), features, landmark: { seconds: 60 } }));
    expect(memory.knows("a", back, JSON.parse(JSON.stringify(answer)))).toBe(true);
    expect(memory.knows("a", { ...back, landmark: { messages: 60 } }, answer)).toBe(false);
    expect(memory.knows("a", { ...back, landmark: null }, answer)).toBe(false);
    expect(memory.knows("a", back, { ...answer, confidence: 0 })).toBe(false);
  });

  it("remembers the latest answer where a question was asked twice", () => {
    const memory = createAnswerMemory();
    memory.remember("a", questionOf(1), yes);
    memory.remember("a", questionOf(1), { ...yes, confidence: 0.2 });
    expect(memory.knows("a", questionOf(1), yes)).toBe(false);
    expect(memory.knows("a", questionOf(1), { ...yes, confidence: 0.2 })).toBe(true);
    expect(memory.size).toBe(1);
  });

  it("is bounded for each validator apart: one who floods pushes out only itself", () => {
    const memory = createAnswerMemory({ perValidator: 10, validators: 2 });
    memory.remember("quiet", questionOf(1), yes);
    for (let i = 0; i < 1_000; i++) memory.remember("loud", questionOf(i), yes);
    expect(memory.size).toBe(11);
    expect(memory.knows("quiet", questionOf(1), yes)).toBe(true);
    expect([memory.knows("loud", questionOf(989), yes), memory.knows("loud", questionOf(990), yes)]).toEqual([
      false,
      true,
    ]);
    memory.remember("third", questionOf(1), yes);
    expect([memory.hasAnswered("quiet"), memory.hasAnswered("loud"), memory.size]).toEqual([false, true, 11]);
  });
});
