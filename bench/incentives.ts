import { properV1 } from "../src/scoring/index.ts";
import type { Bench, Row } from "./harness.ts";
import {
  falsePositives,
  highestCorrelation,
  honestAheadOfBlurred,
  largestNoiseFound,
  newcomerPay,
  pairedGames,
} from "./incentives/criteria.ts";
import { askAll, type Game } from "./incentives/play.ts";
import { simulatedQuestions } from "./incentives/questions.ts";
import { COLLECTIONS, collectionFile, forecastersOf, readCollection, realQuestions } from "./incentives/real.ts";
import { bench, beside, figure, honestFirst, seasonsOf, strategyRows } from "./incentives/rows.ts";
import { STRATEGIES } from "./incentives/strategies.ts";

const QUESTIONS = 2_000;
const SEEDS = 5;
const PAIRED_SEEDS = 100;
/** Kinds of model, each the best single one of its collection in docs/models.md. */
const KINDS = { star: "trees", redial: "logistic" } as const;
const NOISES = [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03];

function simulatedGames(): Game[] {
  return Array.from({ length: SEEDS }, (_, i) =>
    askAll(simulatedQuestions(`seed ${i}`, QUESTIONS), STRATEGIES, `seed ${i}`),
  );
}

function simulatedRows(games: readonly Game[]): Row[] {
  const seasons = seasonsOf(games);
  const rows = seasons.flatMap((season) => strategyRows(season, STRATEGIES));
  for (const season of seasons) {
    const asked = season.mode.name === "proper-v1" ? `${SEEDS}` : undefined;
    rows.push(figure(`${season.mode.name} honest first`, honestFirst(season, STRATEGIES), `of ${SEEDS} seeds`, asked));
  }
  return rows;
}

function pairedRows(): Row[] {
  const games = pairedGames(PAIRED_SEEDS);
  const ahead = honestAheadOfBlurred(games, properV1());
  const rows = [
    figure("proper-v1 honest ahead of blurred in 250 questions", ahead, `of ${PAIRED_SEEDS} seeds`, ">= 95"),
  ];
  for (const version of [1, 2] as const) {
    const { honest, cautious } = newcomerPay(games, version);
    const asked = version === 2 ? "> 1x" : undefined;
    rows.push(
      beside(`proper-v1 version ${version} newcomer's pay`, honest, cautious, "pay", asked, "cautious, same forecasts"),
    );
  }
  return rows;
}

const originalityRow = (what: string, { pairs, found }: { pairs: number; found: number }) =>
  figure(`originality false positives, ${what}`, found / pairs, `of ${pairs} pairs`, "0");

function originalityRows(games: readonly Game[]): Row[] {
  const independent = Array.from({ length: 12 }, (_, i) => `independent ${i}`);
  return [
    originalityRow("own noise", falsePositives(games, independent)),
    figure("originality closest pair, own noise", highestCorrelation(games, independent), "correlation", "< 0.999"),
    figure("originality noise found at .999", largestNoiseFound(games, NOISES), "on each p", ">= 0.001"),
    figure("originality noise found at .99", largestNoiseFound(games, NOISES, 0.99), "on each p"),
  ];
}

async function realRows(seeds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of COLLECTIONS) {
    const file = collectionFile(name);
    if (file === null) {
      rows.push(figure(`${name} skipped: no ${name}.train.jsonl`, 0, "games"));
      continue;
    }
    const transcripts = await readCollection(file);
    const names = forecastersOf(STRATEGIES);
    const games: Game[] = [];
    for (let i = 0; i < seeds; i++) {
      const seed = `${name} ${i}`;
      games.push(askAll(await realQuestions(transcripts, names, { seed, kind: KINDS[name] }), STRATEGIES, seed));
    }
    for (const season of seasonsOf(games)) rows.push(...strategyRows(season, STRATEGIES, `${name} `));
    rows.push(originalityRow(`${name}, same data`, falsePositives(games, names)));
    const highest = highestCorrelation(games, names);
    rows.push(figure(`originality closest pair, ${name}, same data`, highest, "correlation", "< 0.999"));
  }
  return rows;
}

/** `npm run bench -- incentives`: 2,000 simulated questions, five seeds; `--whole` takes five seeds of real chats too, not one. */
export const incentives: Bench = {
  name: "incentives",
  about: "honest beside every strategy, share of weight in each scoring mode; ratio below 1 = a cheat wins",
  async run(): Promise<Row[]> {
    const games = simulatedGames();
    const real = await realRows(process.argv.includes("--whole") ? SEEDS : 1);
    return [...simulatedRows(games), ...pairedRows(), ...originalityRows(games), ...real].map((row) => ({
      ...row,
      bench,
    }));
  },
};
