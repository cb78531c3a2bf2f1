import { InvalidArgumentError } from "../core/index.ts";
import { type Averaging, assertScore } from "./mode.ts";

/**
 * Exponential moving average, corrected for its start: after n scores the sum of weights is 1 - (1 - alpha)^n, and the value is
 * divided by it, so that a miner's first answers are not drowned in zeros.
 *
 * @param alpha weight of the newest score, in (0, 1].
 * @throws {InvalidArgumentError} for another alpha, and from `add` for a score that is not finite.
 * @example
 * const { add, value } = exponentialAverage(0.5);
 * value(add(EMPTY_STANDING, score)); // 0.6, the score's own total
 */
export function exponentialAverage(alpha: number): Averaging {
  if (!(alpha > 0 && alpha <= 1))
    throw new InvalidArgumentError({ argument: "alpha", problem: "must be in (0, 1]", value: alpha });
  const value: Averaging["value"] = ({ asked, weighted }) =>
    asked === 0 ? null : weighted / (1 - (1 - alpha) ** asked);
  return {
    add: (standing, score) => {
      assertScore(score);
      return {
        ...standing,
        asked: standing.asked + 1,
        answered: standing.answered + (score.invalid === null ? 1 : 0),
        weighted: (1 - alpha) * standing.weighted + alpha * score.total,
      };
    },
    value,
    pay: (standing) => value(standing),
  };
}
