import type { Judged } from "./judged.ts";

/** A part of a score, in points of the total. */
export interface Part {
  readonly name: string;
  /** What it brought. */
  readonly got: number;
  /** What the perfect answer would have brought. */
  readonly possible: number;
}

/** What the parts of the modes are, for people. */
export const PART_TEXTS: Readonly<Record<string, string>> = {
  class: "the right class; the rarer outcome is worth more",
  time: "the time of a conversion, within 15 s",
  boldness: "|2p - 1|, shared among all who answer the same",
  speed: "the validator's own clock, against 60 s",
  probability: "nearer to the truth than the base rate",
  when: "nearer to the time than the median",
  answers: "what was taken by questions that got no valid answer in time",
  other: "what this version cannot tell apart",
};

/**
 * A score taken apart: the parts add up to its total, and what was possible to its best. Silence is a part of its own.
 *
 * @example
 * partsOf(judged).map(({ name, got }) => [name, got]); // [["class", 0.165], ["time", 0.28], ["boldness", 0.04], ["speed", 0.2]]
 */
export function partsOf({ score, mode, frozen, truth }: Pick<Judged, "score" | "mode" | "frozen" | "truth">): Part[] {
  const { components, total, best, invalid } = score;
  if (invalid !== null) return [{ name: "answers", got: total, possible: best }];
  const c = (name: string) => mode.constants[name] ?? 0;
  const of = (name: string) => components[name] ?? 0;
  const known = truth.timeSeconds !== null && truth.converted === 1 ? 1 : 0;
  const parts: Part[] = [];
  const add = (name: string, weight: number, component: number, perfect: number) =>
    parts.push({ name, got: weight * component, possible: weight * perfect });
  if (mode.name === "seed-v1" || mode.name === "readme-v1") {
    const readme = truth.converted === 1 ? c("weightConverted") : c("weightNotConverted");
    const classWorth = mode.name === "seed-v1" ? frozen.classWeights[truth.converted] : readme;
    const share = c("predictionShare");
    add("class", share * c("classification"), of("classification"), classWorth);
    add("time", share * c("regression"), of("regression"), known);
    if (mode.name === "seed-v1") add("boldness", share * c("diversity"), of("diversity"), 1);
    add("speed", c("latencyShare"), of("latency"), 1);
  } else if (mode.name === "proper-v1") {
    const whether = (frozen.baseRate - truth.converted) ** 2;
    add("probability", c("whether"), of("whether"), whether);
    parts.push({ name: "when", got: c("when") * of("when"), possible: best - c("whether") * whether });
  }
  const [got, possible] = [parts.reduce((sum, p) => sum + p.got, 0), parts.reduce((sum, p) => sum + p.possible, 0)];
  // A mode of somebody's own, or a version that is not known here.
  if (Math.abs(got - total) > 1e-6) return [{ name: "other", got: total, possible: best }];
  return Math.abs(possible - best) > 1e-6 ? [...parts, { name: "other", got: 0, possible: best - possible }] : parts;
}
