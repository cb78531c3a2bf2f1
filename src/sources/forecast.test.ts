import { expect, test } from "vitest";
import { createRandom } from "../core/index.ts";
import { forecast } from "./forecast.ts";
import {
  advance,
  convertHazard,
  createHiddenState,
  decisionSeconds,
  type HiddenState,
  leaveHazard,
} from "./process.ts";

const options = { appeal: 0, maxMessages: 60, horizonSeconds: 1800, rollouts: 400 };

function stateAfter(messages: number, seed: number): HiddenState {
  const random = createRandom(seed);
  const state = createHiddenState(random, { businessHours: true });
  for (let i = 0; i < messages; i++) advance(state, random);
  return state;
}

/** The same question answered the plain way: draw every decision, count. */
function drawn(start: HiddenState, horizonSeconds: number, quietUntilSeconds: number): number {
  const random = createRandom("drawn");
  const counts = { converted: 0, possible: 0 };
  for (let i = 0; i < 3_000; i++) {
    const state = { ...start };
    for (;;) {
      if (random.next() < convertHazard(state, 0)) {
        state.seconds += decisionSeconds(state, random);
        if (state.seconds > quietUntilSeconds) counts.possible++;
        if (state.seconds > quietUntilSeconds && state.seconds <= horizonSeconds) counts.converted++;
        break;
      }
      if (random.next() < leaveHazard(state, 60)) {
        counts.possible++;
        break;
      }
      advance(state, random);
      if (state.seconds <= quietUntilSeconds) break;
    }
  }
  return counts.converted / counts.possible;
}

test.each([1, 2, 3, 4, 5, 6])("agrees with plainly drawn futures (state %i)", (seed) => {
  const start = stateAfter(4 + (seed % 3), seed);
  const quietUntilSeconds = start.seconds;
  const p = forecast(start, { ...options, quietUntilSeconds }, createRandom(9)) ?? Number.NaN;
  expect(Math.abs(p - drawn(start, 1800, quietUntilSeconds))).toBeLessThan(0.05);
});

test("a nearer horizon leaves less time to convert", () => {
  const start = stateAfter(5, 2);
  const quietUntilSeconds = start.seconds;
  const at = (horizonSeconds: number) =>
    forecast(start, { ...options, horizonSeconds, quietUntilSeconds }, createRandom(9)) ?? Number.NaN;
  expect(at(start.seconds + 1)).toBeLessThan(at(start.seconds + 60));
  expect(at(start.seconds + 60)).toBeLessThan(at(1800));
  expect(Math.abs(at(start.seconds + 60) - drawn(start, start.seconds + 60, quietUntilSeconds))).toBeLessThan(0.05);
});

test("silence since the last message counts", () => {
  const start = stateAfter(5, 2);
  const quietUntilSeconds = start.seconds + 12;
  const p = forecast(start, { ...options, rollouts: 2_000, quietUntilSeconds }, createRandom(9)) ?? Number.NaN;
  expect(Math.abs(p - drawn(start, 1800, quietUntilSeconds))).toBeLessThan(0.06);
});

test("is undefined when silence has lasted longer than any future has it", () => {
  const start = { ...stateAfter(4, 2), speaker: "user", replies: 1 } as const;
  expect(forecast(start, { ...options, rollouts: 50, quietUntilSeconds: 1e6 }, createRandom(9))).toBeUndefined();
});
