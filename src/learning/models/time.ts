import { interpolate } from "./calibration.ts";
import { hazardQuantile } from "./hazard.ts";
import { type Model, SPREAD_LEVELS } from "./model.ts";
import { createScore } from "./score.ts";

/** Seconds from the first message at which the share `level` of the conversions has come; 0.5 is the forecast. */
export type TimeAt = (
  X: Float64Array,
  offset: number,
  prepared: Float64Array,
  fromSeconds: number,
  level: number,
) => number;

/** A model's time part compiled. It may lie before the landmark's moment: `boundTime` has the last word. */
export function createTime({ time, preparation, baseline }: Model): TimeAt {
  const { medianTimeSeconds } = baseline;
  const logMedian = Math.log(medianTimeSeconds);
  if (time.kind === "hazard") {
    return (_X, _offset, prepared, fromSeconds, level) => {
      const own = hazardQuantile(time, prepared, 0, fromSeconds, level);
      return medianTimeSeconds * Math.exp(time.weight * (Math.log(own) - logMedian));
    };
  }
  const spread = (time.kind === "constant" ? baseline.spread : time.spread) ?? [];
  const spreadAt = (level: number) =>
    spread.length === 0 || level === 0.5 ? 0 : interpolate(SPREAD_LEVELS, spread, level);
  if (time.kind === "constant") return (_X, _o, _p, _f, level) => medianTimeSeconds * Math.exp(spreadAt(level));
  const scores = time.members.map((member) => createScore(member, preparation));
  const { centre, scale, weight } = time;
  return (X, offset, prepared, _from, level) => {
    let sum = 0;
    for (const score of scores) sum += score(X, offset, prepared);
    const own = centre + (scale * sum) / scores.length;
    return medianTimeSeconds * Math.exp(weight * (own - logMedian) + spreadAt(level));
  };
}
