import { properV1, readmeV1, type ScoringMode, seedV1 } from "../../src/scoring/index.ts";
import type { Row } from "../harness.ts";
import { type Game, play, type Result } from "./play.ts";
import type { Strategy } from "./strategies.ts";

export const bench = "incentives";
const UNIT = "share of weight";
export const modes = (): readonly ScoringMode[] => [properV1(), seedV1(), readmeV1()];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shareOf = (results: readonly Result[], name: string) =>
  results.find((result) => result.name === name)?.share ?? 0;

/** A figure of our own. */
export const figure = (row: string, ours: number, unit: string, asked?: string, peerIs?: string): Row => ({
  ...{ bench, row, ours, unit, peer: null, ratio: null, limit: null },
  ...(asked !== undefined && { asked }),
  ...(peerIs !== undefined && { peerIs }),
});
/** Two figures beside each other; a peer of nothing is infinitely far behind. */
export const beside = (
  row: string,
  ours: number,
  peer: number,
  unit: string,
  asked?: string,
  peerIs?: string,
): Row => ({
  ...figure(row, ours, unit, asked, peerIs),
  ...{ peer, ratio: ours / peer },
});

/** What the issue asks of a strategy under proper-v1. */
function askedOf({ name, invented }: Strategy): string | undefined {
  if (name === "offline" || name === "NaN sender") return "peer 0";
  return invented === true ? undefined : "> 1x in every seed";
}

export interface Season {
  readonly mode: ScoringMode;
  /** Results by seed. */
  readonly seeds: readonly (readonly Result[])[];
}
/** Every game in every mode. */
export function seasonsOf(games: readonly Game[]): Season[] {
  return modes().map((mode) => ({ mode, seeds: games.map((game) => play(game, mode)) }));
}

/** A row for each strategy: honest's share beside its own, mean over seeds, and the worst seed's ratio. */
export function strategyRows({ mode, seeds }: Season, strategies: readonly Strategy[], prefix = ""): Row[] {
  return strategies.flatMap((strategy) => {
    if (strategy.name === "honest") return [];
    const ours = seeds.map((results) => shareOf(results, "honest"));
    const theirs = seeds.map((results) => shareOf(results, strategy.name));
    const worst = Math.min(...ours.map((share, i) => share / (theirs[i] ?? 0)));
    const of = seeds.length === 1 ? "one seed" : `worst of ${seeds.length} seeds`;
    const said = Number.isFinite(worst) ? `${of} ${worst.toFixed(2)}` : "nothing in any seed";
    const asked = prefix === "" && mode.name === "proper-v1" ? askedOf(strategy) : undefined;
    return [beside(`${prefix}${mode.name} ${strategy.name}`, mean(ours), mean(theirs), UNIT, asked, said)];
  });
}

/** In how many seeds nobody of scoring.md's population, clones taken together, is paid as much as honest. */
export function honestFirst({ seeds }: Season, strategies: readonly Strategy[]): number {
  const rivals = strategies.filter(({ name, invented }) => name !== "honest" && invented !== true);
  return seeds.filter((results) => {
    const honest = shareOf(results, "honest");
    return rivals.every(({ name }) => shareOf(results, name) < honest);
  }).length;
}
