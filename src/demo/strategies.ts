import { createRandom, sleep } from "../core/index.ts";
import { createPredictor, type Model } from "../learning/index.ts";
import type { Predictor } from "../miner/index.ts";
import type { Answer } from "../schema.ts";

/** How a demo miner answers. */
export const STRATEGIES = ["trained", "baseline", "overconfident", "always-yes", "random", "slow", "offline"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** One of the demo's miners. */
export interface Player {
  readonly name: string;
  readonly strategy: Strategy;
  readonly predictor: Predictor;
}
/** What the players are made of: three models trained with different seeds, and what a constant would say. */
export interface PlayerMaterial {
  readonly models: readonly [Model, Model, Model];
  readonly baseline: Model;
  readonly seed: number | string;
  /** How long the slow one takes. */
  readonly slowMs: number;
}

/** The class, and a time only with a yes. */
function answer(confidence: number, timeSeconds: number): Answer {
  const conversionHappened = confidence >= 0.5 ? 1 : 0;
  const timeToConversionSeconds = conversionHappened === 1 ? timeSeconds : -1;
  return { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds: timeSeconds };
}

/**
 * The eight miners of the demo, in the order in which they register.
 *
 * @example
 * createPlayers({ models: [a, b, c], baseline, seed: 7, slowMs: 1_000 }).map(({ strategy }) => strategy).length; // 8
 */
export function createPlayers({ models, baseline, seed, slowMs }: PlayerMaterial): Player[] {
  const [first, second, third] = models.map((model) => createPredictor(model)) as [P, P, P];
  const constant = createPredictor(baseline);
  const { medianTimeSeconds } = baseline.baseline;
  const player = (name: string, strategy: Strategy, predict: Predictor["predict"]): Player => ({
    name,
    strategy,
    predictor: { name, predict },
  });
  return [
    player("trained-a", "trained", (question) => first(question)),
    player("trained-b", "trained", (question) => second(question)),
    player("baseline", "baseline", (question) => constant(question)),
    player("overconfident", "overconfident", (question) => {
      const { confidence, timeIfConvertedSeconds } = first(question);
      return answer((confidence ?? 0.5) >= 0.5 ? 1 : 0, timeIfConvertedSeconds ?? medianTimeSeconds);
    }),
    player("always-yes", "always-yes", () => answer(1, medianTimeSeconds)),
    // Told by the question's own id, so that the order in which questions arrive changes nothing.
    player("random", "random", ({ sessionId }) => {
      const random = createRandom(`${seed}/${sessionId}`);
      return answer(random.next(), medianTimeSeconds * (0.5 + random.next()));
    }),
    player("slow", "slow", async (question, { signal }) => {
      await sleep(slowMs, { signal });
      return third(question);
    }),
    player("offline", "offline", (question) => constant(question)),
  ];
}
type P = ReturnType<typeof createPredictor>;
