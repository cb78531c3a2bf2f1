import type { Random } from "../core/index.ts";
import { advance, convertHazard, decisionSeconds, type HiddenState, leaveHazard } from "./process.ts";

/** Below this chance of still being undecided a rollout stops, as if the rest were decided like what went before. */
const NEGLIGIBLE = 0.03;

/** Weight of the futures that must agree with what was seen, and how many times the usual number is tried for it. */
const MIN_AGREEING = 2;
const MAX_EFFORT = 1_000;

/** What a forecast is told beside the state. */
export interface ForecastOptions {
  readonly appeal: number;
  readonly maxMessages: number;
  readonly horizonSeconds: number;
  readonly rollouts: number;
  /** Nothing happened up to this second, though the last message may have been earlier: other futures do not count. */
  readonly quietUntilSeconds: number;
}

/**
 * P(conversion before the horizon | hidden state), by rollouts of the process itself. Each follows the conversation as if
 * the user never decided, and adds up the chances of each decision on the way: far less noise than drawing the decisions.
 *
 * @returns undefined when no rollout agrees with the silence until `quietUntilSeconds`.
 */
export function forecast(start: HiddenState, options: ForecastOptions, random: Random): number | undefined {
  const { appeal, maxMessages, horizonSeconds, rollouts, quietUntilSeconds } = options;
  let converted = 0;
  let possible = 0;
  // After a silence that few futures have, more are tried until some agree with it.
  for (let i = 0; i < rollouts || (possible < MIN_AGREEING && i < MAX_EFFORT * rollouts); i++) {
    const state = { ...start };
    let undecided = 1;
    while (undecided > NEGLIGIBLE) {
      const convert = undecided * convertHazard(state, appeal);
      const decidedAt = convert > 0 ? state.seconds + decisionSeconds(state, random) : 0;
      if (decidedAt > quietUntilSeconds) {
        possible += convert;
        if (decidedAt <= horizonSeconds) converted += convert;
      }
      const leave = (undecided - convert) * leaveHazard(state, maxMessages);
      possible += leave;
      undecided -= convert + leave;
      advance(state, random);
      if (state.seconds <= quietUntilSeconds) undecided = 0;
      if (state.seconds > horizonSeconds) {
        possible += undecided;
        undecided = 0;
      }
    }
  }
  return possible > 0 ? converted / possible : undefined;
}
