import { expect, test } from "vitest";
import { createRandom } from "../core/index.ts";
import { advance, convertHazard, createHiddenState, type HiddenState, leaveHazard } from "./process.ts";

const state = (changes: Partial<HiddenState> = {}): HiddenState => ({
  ...createHiddenState(createRandom(1), { businessHours: true }),
  ...{ need: 0, trust: 0, patience: 0, skill: 0, slowness: 0 },
  ...changes,
});

/** Mean of something over many conversations of twelve messages. */
function average(
  changes: Partial<HiddenState>,
  measure: (state: HiddenState, moves: readonly string[]) => number,
): number {
  let sum = 0;
  for (let i = 0; i < 400; i++) {
    const random = createRandom(`process/${i}`);
    const now = state(changes);
    const moves = Array.from({ length: 12 }, () => advance(now, random));
    sum += measure(now, moves);
  }
  return sum / 400;
}
const seconds = (now: HiddenState) => now.seconds;
const given = (now: HiddenState) => now.given;

test("what is hidden shows in what is said and when", () => {
  expect(average({ need: 1 }, seconds)).toBeLessThan(average({ need: -1 }, seconds));
  expect(average({ skill: 1 }, seconds)).toBeLessThan(average({ skill: -1 }, seconds));
  expect(average({ slowness: 1 }, seconds)).toBeGreaterThan(average({ slowness: -1 }, seconds));
  expect(average({ trust: 1 }, given)).toBeGreaterThan(average({ trust: -1 }, given));
  const replies = (now: HiddenState) => now.replies;
  expect(average({ patience: -1 }, replies)).toBeGreaterThan(average({ patience: 1 }, replies));
  const asks = (_: HiddenState, moves: readonly string[]) => moves.filter((move) => move === "ask").length;
  expect(average({ skill: 1 }, asks)).toBeGreaterThan(average({ skill: -1 }, asks));
});

test("time goes forward with every message but the first, which is at 0", () => {
  const random = createRandom(3);
  const now = state();
  let before = -1;
  for (let i = 0; i < 50; i++) {
    advance(now, random);
    expect(now.seconds).toBeGreaterThan(before);
    if (i === 0) expect(now.seconds).toBe(0);
    before = now.seconds;
  }
});

test("conversion needs two replies, and is likelier with need, trust, replies and what was given", () => {
  const ready = { speaker: "user", replies: 4, given: 2 } as const;
  expect(convertHazard(state({ ...ready, replies: 1 }), 0)).toBe(0);
  expect(convertHazard(state({ ...ready, speaker: "agent" }), 0)).toBe(0);
  const usual = convertHazard(state(ready), 0);
  for (const more of [{ need: 1 }, { trust: 1 }, { skill: 1 }, { replies: 5 }, { given: 3 }]) {
    expect(convertHazard(state({ ...ready, ...more }), 0)).toBeGreaterThan(usual);
  }
  expect(convertHazard(state(ready), 1)).toBeGreaterThan(usual);
});

test("people leave after what the agent says, the impatient first, and all at the longest length", () => {
  expect(leaveHazard(state({ speaker: "user" }), 60)).toBe(0);
  const usual = leaveHazard(state({ speaker: "agent" }), 60);
  expect(leaveHazard(state({ speaker: "agent", patience: -1 }), 60)).toBeGreaterThan(usual);
  expect(leaveHazard(state({ speaker: "user", messages: 60 }), 60)).toBe(1);
});

test("agents are a little tired outside business hours", () => {
  const skill = (businessHours: boolean) => createHiddenState(createRandom(5), { businessHours }).skill;
  expect(skill(false)).toBeLessThan(skill(true));
});
