import { EMPTY_STANDING, type ScoringMode, storedMode } from "../../scoring/index.ts";
import { chanceOf, changesOf, type Figures, figuresOf, type PartChange } from "./figures.ts";
import type { Judged, JudgedSource } from "./judged.ts";
import { type Advice, adviceOf, type Means } from "./why.ts";

/** From (inclusive) and to (exclusive), ms since 1970. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}
/** Two periods, and what is to be looked at. */
export interface AnalyseOptions {
  readonly now: Period;
  readonly before: Period;
  readonly feedback: string | null;
  readonly model: string | null;
  /** When the model file was last written; null = not known. */
  readonly modelAtMs: number | null;
}
/** A day of the table. */
export interface Day extends Pick<Figures, "questions" | "answered" | "mean" | "best" | "latencyP50Ms"> {
  readonly day: string;
}
/** Everything `score` says. */
export interface Analysis {
  readonly hotkey: string | null;
  readonly questions: number;
  /** Questions that were not answered are in it. */
  readonly silence: boolean;
  readonly modes: readonly string[];
  readonly lastAtMs: number | null;
  /** What each validator's own average would be, made of these questions alone. */
  readonly averages: readonly {
    readonly validator: string;
    readonly questions: number;
    readonly average: number | null;
  }[];
  readonly days: readonly Day[];
  readonly now: Figures;
  readonly before: Figures;
  /** Null = one of the periods is empty. */
  readonly change: {
    readonly total: number;
    readonly byQuestions: number;
    readonly byAnswers: number;
    /** A difference as large may be chance; null = too few questions to say. */
    readonly chance: number | null;
  } | null;
  readonly parts: readonly PartChange[];
  readonly swap: Means["swap"];
  readonly advice: readonly Advice[];
}

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 7;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const within =
  ({ fromMs, toMs }: Period) =>
  ({ atMs }: Judged) =>
    atMs >= fromMs && atMs < toMs;

function daysOf(all: readonly Judged[], toMs: number): Day[] {
  const byDay = new Map<string, Judged[]>();
  for (const one of all.filter(within({ fromMs: toMs - DAYS_SHOWN * DAY_MS, toMs })))
    byDay.set(dayOf(one.atMs), [...(byDay.get(dayOf(one.atMs)) ?? []), one]);
  return [...byDay].map(([day, judged]) => {
    const { questions, answered, mean, best, latencyP50Ms } = figuresOf(judged);
    return { day, questions, answered, mean, best, latencyP50Ms };
  });
}

/** As the validator averages, from the questions that are known here, in their order. */
function averageOf(judged: readonly Judged[], mode: ScoringMode): number | null {
  const standing = judged.reduce((sum, { score }) => mode.average.add(sum, score), EMPTY_STANDING);
  return mode.average.value(standing);
}

function averagesOf(all: readonly Judged[]): Analysis["averages"] {
  const validators = [...new Set(all.map(({ validator }) => validator))];
  return validators.map((validator) => {
    const own = all.filter((one) => one.validator === validator);
    const last = own.at(-1);
    const mode = last === undefined ? null : storedMode(last.mode, []);
    const same = own.filter((one) => one.mode.name === last?.mode.name);
    return { validator, questions: own.length, average: mode === null ? null : averageOf(same, mode) };
  });
}

/** Of the questions of both periods: how they went before the model file was written, and since. */
function swapOf(all: readonly Judged[], { before, now, modelAtMs: atMs }: AnalyseOptions): Means["swap"] {
  if (atMs === null || atMs <= before.fromMs || atMs >= now.toMs) return null;
  const [earlier, later] = [
    all.filter(within({ ...before, toMs: atMs })),
    all.filter(within({ ...now, fromMs: atMs })),
  ];
  const [then, since] = [figuresOf(earlier).mean, figuresOf(later).mean];
  return then === null || since === null ? null : { atMs, before: then, after: since };
}

/** What a miner's score is, what it is made of, what has changed, and what may be done. Pure. */
export function analyse({ all, silence, hotkey }: JudgedSource, options: AnalyseOptions): Analysis {
  const [beforeList, nowList] = [all.filter(within(options.before)), all.filter(within(options.now))];
  const [before, now] = [figuresOf(beforeList), figuresOf(nowList)];
  const parts = changesOf(before, now);
  const swap = swapOf(all, options);
  const sum = (value: (part: PartChange) => number) => parts.reduce((total, part) => total + value(part), 0);
  const change =
    before.mean === null || now.mean === null
      ? null
      : {
          total: now.mean - before.mean,
          byQuestions: sum(({ byQuestions }) => byQuestions),
          byAnswers: sum(({ byAnswers }) => byAnswers),
          chance: chanceOf(beforeList, nowList),
        };
  return {
    ...{ hotkey, questions: all.length, silence, averages: averagesOf(all), days: daysOf(all, options.now.toMs) },
    modes: [...new Set(all.map(({ mode }) => `${mode.name} version ${mode.version}`))],
    lastAtMs: all.at(-1)?.atMs ?? null,
    ...{ now, before, change, parts: change === null ? [] : parts, swap },
    advice: adviceOf(parts, now, { feedback: options.feedback, model: options.model, swap }),
  };
}
