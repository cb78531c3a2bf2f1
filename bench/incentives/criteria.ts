import { createRandom } from "../../src/core/index.ts";
import {
  createOriginality,
  EMPTY_STANDING,
  properV1,
  type ScoringMode,
  type Standing,
} from "../../src/scoring/index.ts";
import { askAll, type Game } from "./play.ts";
import { clip, simulatedQuestions } from "./questions.ts";
import { replyOf, STRATEGIES, type Strategy } from "./strategies.ts";

/** Questions within which an honest miner must be ahead of a blurred one. */
export const PAIRED_QUESTIONS = 250;
/** Fewer futures for a true probability: a hundred seeds are many questions. What that adds is noise that all have in common. */
const ROLLOUTS = 8;

/** How far the newcomer below goes from the base rate to what it believes. */
const CAUTION = 0.85;
/** A cautious newcomer with honest's own numbers: what is measured is its rule alone. */
const shadow: Strategy = {
  name: "shadow",
  hotkeys: ["shadow"],
  answer: ({ question, frozen: { baseRate } }) => {
    const { p, seconds } = question.forecast("honest");
    return replyOf({ p: baseRate + CAUTION * (p - baseRate), seconds });
  },
};

/** A game of honest, blurred and a cautious twin of honest, for each seed. */
export function pairedGames(seeds: number): Game[] {
  const strategies = [...STRATEGIES.filter(({ name }) => name === "honest" || name === "blurred"), shadow];
  return Array.from({ length: seeds }, (_, i) => {
    const seed = `paired ${i}`;
    return askAll(simulatedQuestions(seed, PAIRED_QUESTIONS, { rollouts: ROLLOUTS }), strategies, seed);
  });
}

/** All scores of a game by hotkey, one question after another. */
function* scored({ played }: Game, mode: ScoringMode) {
  for (const { question, frozen, replies } of played) {
    const hotkeys = [...replies.keys()];
    const scores = mode.score({ frozen, replies: [...replies.values()] }, question.truth);
    yield new Map(scores.map((score, i) => [hotkeys[i] ?? "", score]));
  }
}

/** In how many games the mean of honest's scores less blurred's, question by question, is above 0 at the end. */
export function honestAheadOfBlurred(games: readonly Game[], mode: ScoringMode): number {
  return games.filter((game) => {
    let lead = 0;
    for (const scores of scored(game, mode))
      lead += (scores.get("honest")?.total ?? 0) - (scores.get("blurred")?.total ?? 0);
    return lead > 0;
  }).length;
}

/** What a newcomer is paid on average between its 50th and its 200th question: honest, and cautious with the same forecasts. */
export function newcomerPay(games: readonly Game[], version: 1 | 2): { honest: number; cautious: number } {
  const mode = properV1({ version });
  const sums = { honest: 0, shadow: 0 };
  let epochs = 0;
  for (const game of games) {
    const standings: Record<keyof typeof sums, Standing> = { honest: EMPTY_STANDING, shadow: EMPTY_STANDING };
    let asked = 0;
    for (const scores of scored(game, mode)) {
      asked += 1;
      for (const name of ["honest", "shadow"] as const) {
        const score = scores.get(name);
        if (score !== undefined) standings[name] = mode.average.add(standings[name], score);
        if (asked >= 50 && asked <= 200 && asked % 25 === 0) sums[name] += mode.average.pay(standings[name]) ?? 0;
      }
      if (asked >= 50 && asked <= 200 && asked % 25 === 0) epochs += 1;
    }
  }
  return { honest: sums.honest / epochs, cautious: sums.shadow / epochs };
}

const HONEST = ["honest", "blurred", "overconfident", "hedger", "slow", "cautious", "clone-a", "farm-a"];

/** Pairs of forecasters, each with a forecast of its own, and how many of the pairs were taken for one. */
export function falsePositives(games: readonly Game[], forecasters: readonly string[], correlation?: number) {
  let [pairs, found] = [0, 0];
  for (const { played } of games) {
    const originality = createOriginality(correlation === undefined ? {} : { correlation });
    for (const { question } of played) {
      originality.add(new Map(forecasters.map((name) => [name, replyOf(question.forecast(name))])));
    }
    pairs += (forecasters.length * (forecasters.length - 1)) / 2;
    for (const { hotkeys } of originality.clusters()) found += (hotkeys.length * (hotkeys.length - 1)) / 2;
  }
  return { pairs, found };
}

/** The highest correlation of residuals between two forecasters that are not one: what a threshold must stay above. */
export function highestCorrelation(games: readonly Game[], forecasters: readonly string[]): number {
  let highest = -1;
  for (const { played } of games) {
    const originality = createOriginality({ correlation: -1, lookAlike: -1 });
    for (const { question } of played) {
      originality.add(new Map(forecasters.map((name) => [name, replyOf(question.forecast(name))])));
    }
    for (const { reasons } of originality.clusters()) {
      for (const { residualCorrelation } of reasons) highest = Math.max(highest, residualCorrelation ?? -1);
    }
  }
  return highest;
}

/** The largest noise of those tried, on each of two hotkeys, at which they are still found to be one in every game. */
export function largestNoiseFound(games: readonly Game[], noises: readonly number[], correlation?: number): number {
  let largest = 0;
  for (const noise of noises) {
    const all = games.every(({ played }, at) => {
      const originality = createOriginality(correlation === undefined ? {} : { correlation });
      const random = createRandom(`noise/${at}/${noise}`);
      for (const { question, replies } of played) {
        const copied = question.forecast("copied");
        const noisy = () => replyOf({ ...copied, p: clip(copied.p + noise * random.normal()) });
        const others = [...replies].filter(([hotkey]) => HONEST.includes(hotkey));
        originality.add(new Map([...others, ["one", noisy()], ["two", noisy()]]));
      }
      return originality.clusters().some(({ hotkeys }) => hotkeys.includes("one") && hotkeys.includes("two"));
    });
    if (!all) return largest;
    largest = noise;
  }
  return largest;
}
