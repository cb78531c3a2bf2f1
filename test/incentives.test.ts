/**
 * The incentive check, small enough for every run: who is paid for what, over fewer questions and seeds than `npm run bench -- incentives`,
 * and with margins that chance does not eat.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { honestAheadOfBlurred, newcomerPay, pairedGames } from "../bench/incentives/criteria.ts";
import { askAll, type Game, play, type Result } from "../bench/incentives/play.ts";
import { simulatedQuestions } from "../bench/incentives/questions.ts";
import { STRATEGIES } from "../bench/incentives/strategies.ts";
import { properV1, type ScoringMode, seedV1 } from "../src/scoring/index.ts";

const QUESTIONS = 500;
const PAIRED = 12;
let games: readonly Game[] = [];
let paired: readonly Game[] = [];
let proper: (name: string) => number = () => Number.NaN;
const shareOf = (results: readonly Result[], name: string) => results.find((r) => r.name === name)?.share ?? Number.NaN;
/** Mean share of each strategy over the games. */
function shares(mode: ScoringMode): (name: string) => number {
  const all = games.map((game) => play(game, mode));
  return (name) => all.reduce((sum, results) => sum + shareOf(results, name), 0) / all.length;
}

beforeAll(() => {
  games = ["one", "two"].map((seed) => askAll(simulatedQuestions(seed, QUESTIONS, { rollouts: 8 }), STRATEGIES, seed));
  paired = pairedGames(PAIRED);
  proper = shares(properV1());
}, 300_000);

describe("under proper-v1", () => {
  it("honest is paid more than every strategy of the population, clones taken together", () => {
    const honest = proper("honest");
    for (const { name, invented } of STRATEGIES) {
      if (name !== "honest" && invented !== true) expect(honest / proper(name), name).toBeGreaterThan(1.02);
    }
  });

  it("offline and NaN senders are paid nothing, boldness and guessing next to nothing", () => {
    for (const name of ["offline", "NaN sender", "always 1", "always 0"]) expect(proper(name), name).toBe(0);
    for (const name of ["copier", "overconfident", "hedger"])
      expect(proper(name), name).toBeLessThan(proper("honest") / 2);
  });

  it("three clones, one of them noisy, are found and earn no more than one honest; unshared they would earn three times it", () => {
    const [game] = games;
    if (game === undefined) throw new Error("no game");
    expect([...game.epochs.values()].at(-1)?.map(({ hotkeys }) => hotkeys)).toEqual([
      ["clone-a", "clone-b", "clone-noisy"],
    ]);
    const honest = (results: readonly Result[]) =>
      shareOf(results, "honest") / shareOf(results, "clones, three together");
    expect(honest(play(game, properV1()))).toBeGreaterThan(1.02);
    expect(honest(play(game, properV1(), "report"))).toBeLessThan(0.5);
  });

  it("saying less than one knows does not pay: version 1 favoured a cautious newcomer", () => {
    const before = newcomerPay(paired, 1);
    const now = newcomerPay(paired, 2);
    expect(now.honest / now.cautious).toBeGreaterThan(1);
    expect(now.honest / now.cautious).toBeGreaterThan(before.honest / before.cautious);
  });

  it("honest is ahead of blurred after 250 questions in nearly all seeds", () => {
    expect(honestAheadOfBlurred(paired, properV1())).toBeGreaterThanOrEqual(PAIRED - 2);
  });
});

describe("under seed-v1", () => {
  it("an overconfident copy of an honest forecast is paid more: that is the formula's doing", () => {
    const share = shares(seedV1());
    expect(share("overconfident")).toBeGreaterThan(share("honest"));
  });
});
