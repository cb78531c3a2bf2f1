import { createRandom } from "../../src/core/index.ts";
import { landmarkRows } from "../../src/features/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, landmarkName, type Truth } from "../../src/schema.ts";
import { median } from "../../src/scoring/index.ts";
import { createSimulator } from "../../src/sources/index.ts";

/** What somebody believes of one question. */
export interface Forecast {
  readonly p: number;
  /** Seconds after the first message, if it converts. */
  readonly seconds: number;
}
/** A question of a game, with its truth and what a forecaster by that name, and nobody else, believes. */
export interface PlayedQuestion {
  readonly stratum: string;
  readonly truth: Truth;
  /** The same for the same name: everybody has noise, or a model, of its own. */
  forecast(name: string): Forecast;
}

/** Standard deviation of everybody's noise around the true probability; times are off by a tenth. */
export const NOISE = 0.04;
const TIME_NOISE = 0.1;
export const clip = (p: number) => Math.min(0.995, Math.max(0.005, p));

/** Median seconds from the landmark to the conversion, as whoever has old conversations knows it. */
function usualWait(): ReadonlyMap<string, number> {
  const waits = new Map<string, number[]>();
  for (const transcript of createSimulator({}, { seed: "the past" }).transcripts(400)) {
    for (const { landmark, truth, fromSeconds } of landmarkRows(transcript, ROWS)) {
      if (truth.timeSeconds === null) continue;
      const name = landmarkName(landmark);
      waits.set(name, [...(waits.get(name) ?? []), truth.timeSeconds - (fromSeconds ?? 0)]);
    }
  }
  return new Map([...waits].map(([name, list]) => [name, median(list) ?? 0]));
}
const ROWS = { landmarks: DEFAULT_LANDMARKS, horizonSeconds: DEFAULT_HORIZON_SECONDS };
let known: ReadonlyMap<string, number> | null = null;

/**
 * Questions about simulated conversations. Forecasters know the true probability, that of whoever sees the hidden state, but for a noise
 * of their own; and the usual time from the landmark to a conversion.
 *
 * @param rollouts futures tried for a true probability: fewer are faster and add noise that all have in common.
 */
export function simulatedQuestions(seed: string, count: number, { rollouts = 32 } = {}): PlayedQuestion[] {
  known ??= usualWait();
  const waits = known;
  const simulator = createSimulator({ rollouts }, { seed });
  const out: PlayedQuestion[] = [];
  for (const transcript of simulator.transcripts()) {
    for (const { landmark, truth, fromSeconds } of landmarkRows(transcript, ROWS)) {
      const best = simulator.bestProbability(transcript.id, landmark);
      if (best === undefined) continue;
      const name = landmarkName(landmark);
      const usual = (fromSeconds ?? 0) + (waits.get(name) ?? 0);
      const noise = createRandom(`${seed}/noise/${out.length}`);
      out.push({
        stratum: `simulated, ${name}`,
        truth,
        forecast(who) {
          const own = noise.fork(who);
          return { p: clip(best + NOISE * own.normal()), seconds: usual * Math.exp(TIME_NOISE * own.normal()) };
        },
      });
      if (out.length === count) return out;
    }
  }
  return out;
}
