import { mean, quantile } from "../../scoring/index.ts";
import type { Judged } from "./judged.ts";
import { type Part, partsOf } from "./parts.ts";

/** Means over the questions of a period; null = there were none of the kind. */
export interface Figures {
  readonly questions: number;
  readonly answered: number;
  readonly mean: number | null;
  readonly best: number | null;
  readonly parts: ReadonlyMap<string, Part>;
  /** Of answered questions. */
  readonly rightClass: number | null;
  readonly converted: number | null;
  readonly saidYes: number | null;
  readonly meanProbability: number | null;
  readonly brier: number | null;
  readonly baseRateBrier: number | null;
  /** Over conversions at a known moment that were foretold. */
  readonly timeErrorSeconds: number | null;
  readonly timeErrors: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** Share of answers that somebody else gave too. */
  readonly shared: number | null;
  /** Why questions got no valid answer. */
  readonly failures: Readonly<Record<string, number>>;
}

const meanOf = <T>(list: readonly T[], value: (one: T) => number) => mean(list.map(value));

/** What silence took: a part of its own, below 0, of which nothing more was possible. */
export const SILENCE = "answers";

/**
 * Means over the answered questions, and beside them what silence took off the mean of all: so they add up to the mean score, and
 * what was missed makes no other part look worse.
 */
function meanParts(judged: readonly Judged[]): Map<string, Part> {
  const answered = judged.filter(({ score }) => score.invalid === null);
  const sums = new Map<string, Part>();
  for (const { name, got, possible } of answered.flatMap(partsOf)) {
    const sum = sums.get(name) ?? { name, got: 0, possible: 0 };
    const count = answered.length;
    sums.set(name, { name, got: sum.got + got / count, possible: sum.possible + possible / count });
  }
  if (answered.length === judged.length) return sums;
  const total = ({ score }: Judged) => score.total;
  const taken = (meanOf(judged, total) ?? 0) - (meanOf(answered, total) ?? 0);
  return sums.set(SILENCE, { name: SILENCE, got: taken, possible: 0 });
}

export function figuresOf(judged: readonly Judged[]): Figures {
  const valid = judged.flatMap(({ reply, score, ...rest }) =>
    reply.ok && score.invalid === null
      ? [{ ...rest, score, answer: reply.answer, latency: reply.latencySeconds * 1_000 }]
      : [],
  );
  const p = (confidence: number | null) => confidence ?? 0.5;
  const timed = valid.flatMap(({ answer, truth }) => {
    const said =
      answer.timeIfConvertedSeconds ?? (answer.conversionHappened === 1 ? answer.timeToConversionSeconds : null);
    return truth.timeSeconds === null || said === null ? [] : [Math.abs(said - truth.timeSeconds)];
  });
  const latencies = valid.map(({ latency }) => latency);
  const failures: Record<string, number> = {};
  for (const { score } of judged) {
    if (score.invalid !== null) failures[score.invalid] = (failures[score.invalid] ?? 0) + 1;
  }
  return {
    questions: judged.length,
    answered: valid.length,
    mean: meanOf(judged, ({ score }) => score.total),
    best: meanOf(judged, ({ score }) => score.best),
    parts: meanParts(judged),
    rightClass: meanOf(valid, ({ answer, truth }) => Number(answer.conversionHappened === truth.converted)),
    converted: meanOf(valid, ({ truth }) => truth.converted),
    saidYes: meanOf(valid, ({ answer }) => answer.conversionHappened),
    meanProbability: meanOf(valid, ({ answer }) => p(answer.confidence)),
    brier: meanOf(valid, ({ answer, truth }) => (p(answer.confidence) - truth.converted) ** 2),
    baseRateBrier: meanOf(valid, ({ frozen, truth }) => (frozen.baseRate - truth.converted) ** 2),
    timeErrorSeconds: quantile(timed, 0.5),
    timeErrors: timed.length,
    latencyP50Ms: quantile(latencies, 0.5),
    latencyP99Ms: quantile(latencies, 0.99),
    shared: meanOf(valid, ({ identical }) => Number(identical > 1)),
    failures,
  };
}

/** What one part of a score has to do with the change of the whole. */
export interface PartChange {
  readonly name: string;
  readonly before: Part;
  readonly now: Part;
  /** Points of the mean score. */
  readonly change: number;
  /** The part of it that came with the questions: there was more or less to win. */
  readonly byQuestions: number;
  /** The part of it that came with the answers. */
  readonly byAnswers: number;
}

const NOTHING: Omit<Part, "name"> = { got: 0, possible: 0 };
const shareOf = ({ got, possible }: Omit<Part, "name">) => (Math.abs(possible) < 1e-9 ? null : got / possible);

/** Got = possible x share: the change of each, at the mean of the other, adds up to the change of what was got. */
function changeOf(name: string, before: Part, now: Part): PartChange {
  const change = now.got - before.got;
  const [then, since] = [shareOf(before), shareOf(now)];
  const byQuestions =
    then === null || since === null ? change : (now.possible - before.possible) * ((then + since) / 2);
  return { name, before, now, change, byQuestions, byAnswers: change - byQuestions };
}

/** Parts of both periods, what fell most first. */
export function changesOf(before: Figures, now: Figures): PartChange[] {
  const names = [...new Set([...before.parts.keys(), ...now.parts.keys()])];
  return names
    .map((name) =>
      changeOf(name, before.parts.get(name) ?? { name, ...NOTHING }, now.parts.get(name) ?? { name, ...NOTHING }),
    )
    .sort((a, b) => a.change - b.change);
}

/** How far a difference of two means may be chance: twice its standard error; null = too few to say. */
export function chanceOf(before: readonly Judged[], now: readonly Judged[]): number | null {
  const variance = (list: readonly Judged[]) => {
    const average = meanOf(list, ({ score }) => score.total) ?? 0;
    return list.reduce((sum, { score }) => sum + (score.total - average) ** 2, 0) / (list.length - 1) / list.length;
  };
  if (before.length < 10 || now.length < 10) return null;
  return 2 * Math.sqrt(variance(before) + variance(now));
}
