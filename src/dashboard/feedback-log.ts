import { landmarkName, type Question } from "../schema.ts";
import { type Explanation, mean, type StoredMode } from "../scoring/index.ts";
import { modeViewOf } from "./explained.ts";
import { calibrationOf, componentsOf, seriesOf, timeErrorsOf } from "./figures.ts";
import type { MinerView, ScoredAnswersView, ScoredAnswerView, SeriesView } from "./views.ts";

/** What a validator told of one answer. */
export interface Judgement {
  readonly validator: string;
  readonly receivedAtMs: number;
  readonly holds: boolean | null;
  readonly question: Pick<Question, "landmark">;
  readonly explanation: Explanation;
}
/** What validators told a miner, the latest of it; see {@link createFeedbackLog}. */
export interface FeedbackLog {
  add(one: Judgement): void;
  /** Rises with every one. */
  readonly version: number;
  /** Null = none has come. */
  view(): MinerView["feedback"];
  series(points: number): SeriesView;
  answers(query: { readonly before: number; readonly limit: number }): ScoredAnswersView;
  /** Undefined = not remembered, or never told. */
  explanation(validator: string, question: number): Explanation | undefined;
  /** What came since this was called last, the latest 50. */
  news(): readonly ScoredAnswerView[];
}

interface Kept extends ScoredAnswerView {
  readonly prediction: number | null;
}
interface ValidatorSums {
  scored: number;
  total: number;
  lastAtMs: number;
}

const MAX_ANSWERS = 20_000;
const MAX_EXPLANATIONS = 2_000;
const MAX_VALIDATORS = 64;
/** Figures are made of so many of the latest. */
const WINDOW = 2_000;
const RECENT = 100;
const MAX_NEWS = 50;

function keptOf(sequence: number, { validator, receivedAtMs, question, explanation }: Judgement): Kept {
  const { reply, truth, stored } = explanation;
  const answer = reply.ok ? reply.answer : null;
  const named = answer?.conversionHappened === 1 ? answer.timeToConversionSeconds : null;
  return {
    sequence,
    receivedAtMs,
    validator,
    question: explanation.question,
    landmark: question.landmark === null ? "" : landmarkName(question.landmark),
    probability: answer === null ? null : (answer.confidence ?? 0.5),
    converted: truth?.converted ?? 0,
    predictedSeconds: answer?.timeIfConvertedSeconds ?? named,
    trueSeconds: truth?.timeSeconds ?? null,
    latencyMs: reply.latencySeconds === null ? null : reply.latencySeconds * 1_000,
    total: stored?.total ?? null,
    prediction: stored?.prediction ?? null,
    components: stored?.components ?? {},
  };
}
const told = ({ prediction: _, ...answer }: Kept): ScoredAnswerView => answer;

/**
 * Remembers what validators said of a miner's answers, bounded: the latest 20,000 as numbers, of 2,000 why. All figures are made when
 * they are asked for, and once for each state.
 *
 * @example
 * createFeedbackLog().view(); // null
 */
export function createFeedbackLog(): FeedbackLog {
  let kept: Kept[] = [];
  const explanations = new Map<string, Explanation>();
  const validators = new Map<string, ValidatorSums>();
  let [sequence, disputed, scored, sum] = [0, 0, 0, 0];
  let mode: StoredMode | null = null;
  let fresh: Kept[] = [];
  let made: { readonly version: number; readonly view: MinerView["feedback"] } | null = null;
  const keyOf = (validator: string, question: number) => `${validator} ${question}`;

  const make = (): MinerView["feedback"] => {
    const latest = kept.slice(-WINDOW).reverse();
    const pairs = latest.flatMap(({ predictedSeconds, trueSeconds }) =>
      predictedSeconds === null || trueSeconds === null ? [] : [[predictedSeconds, trueSeconds] as const],
    );
    const judged = latest.flatMap(({ probability, converted }) =>
      probability === null ? [] : [{ probability, converted }],
    );
    return {
      scored,
      disputed,
      meanTotal: scored === 0 ? null : sum / scored,
      recentTotal: mean(latest.slice(0, RECENT).flatMap(({ total }) => total ?? [])),
      lastAtMs: latest[0]?.receivedAtMs ?? null,
      validators: [...validators].map(([hotkey, one]) => ({
        ...{ hotkey, scored: one.scored, lastAtMs: one.lastAtMs },
        meanTotal: one.scored === 0 ? null : one.total / one.scored,
      })),
      mode: mode && modeViewOf(mode),
      components: componentsOf(
        latest.map(({ components }) => components),
        mode?.constants ?? {},
      ),
      calibration: calibrationOf(
        judged.map(({ probability }) => probability),
        judged.map(({ converted }) => converted),
      ),
      timeErrors: timeErrorsOf(pairs),
    };
  };

  return {
    add(one) {
      sequence += 1;
      const { validator, holds, explanation } = one;
      const entry = keptOf(sequence, one);
      kept.push(entry);
      // Cut seldom: to shift thousands for each would cost more than all else.
      if (kept.length > MAX_ANSWERS * 1.1) kept = kept.slice(-MAX_ANSWERS);
      explanations.set(keyOf(validator, explanation.question), explanation);
      for (const oldest of explanations.keys()) {
        if (explanations.size <= MAX_EXPLANATIONS) break;
        explanations.delete(oldest);
      }
      const sums = validators.get(validator) ?? { scored: 0, total: 0, lastAtMs: 0 };
      if (validators.has(validator) || validators.size < MAX_VALIDATORS) validators.set(validator, sums);
      sums.scored += 1;
      sums.total += entry.total ?? 0;
      sums.lastAtMs = entry.receivedAtMs;
      scored += 1;
      sum += entry.total ?? 0;
      if (holds === false) disputed += 1;
      mode = { name: explanation.mode.name, version: explanation.mode.version, constants: explanation.mode.constants };
      fresh.push(entry);
      if (fresh.length > MAX_NEWS) fresh.shift();
    },
    get version() {
      return sequence;
    },
    view() {
      if (sequence === 0) return null;
      if (made?.version !== sequence) made = { version: sequence, view: make() };
      return made.view;
    },
    series: (points) =>
      seriesOf(
        kept.map(({ receivedAtMs, total, prediction }) => ({ atMs: receivedAtMs, total, prediction })),
        points,
      ),
    answers({ before, limit }) {
      const oldest = kept[0]?.sequence ?? 1;
      const end = Math.max(0, Math.min(kept.length, before - oldest));
      const page = kept
        .slice(Math.max(0, end - limit), end)
        .reverse()
        .map(told);
      return { answers: page, next: end > limit ? (page.at(-1)?.sequence ?? null) : null };
    },
    explanation: (validator, question) => explanations.get(keyOf(validator, question)),
    news() {
      const all = fresh.map(told);
      fresh = [];
      return all;
    },
  };
}
