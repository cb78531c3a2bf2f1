import type { Random } from "../core/index.ts";
import { type ReplayModules, type ReplayOptions, replay } from "./replay.ts";
import { createSimulator, type Simulator, type SimulatorSettings } from "./simulator.ts";
import type { Source } from "./source.ts";

/** Plain values of a {@link simulated} source. */
export interface SimulatedOptions extends Pick<ReplayOptions, "intervalSeconds" | "speed" | "keepOpenSeconds"> {
  /** How many conversations; without it, for ever. */
  readonly count?: number;
  /** A revealed seed, to see the same again. Without it, a fresh one comes from `random`. */
  readonly seed?: string;
  readonly settings?: Partial<SimulatorSettings>;
}

/** Live things of a {@link simulated} source. */
export interface SimulatedModules extends ReplayModules {
  /** Where the secret seed comes from (default: the operating system). */
  readonly random?: Random;
}

/** A source that also knows, hidden from those who are asked, how likely each conversion was. */
export interface SimulatedSource extends Source {
  readonly simulator: Simulator;
}

/**
 * Conversations of a simulator as they happen: beginnings, too, come from the secret seed.
 *
 * @throws {InvalidArgumentError} naming the option.
 * @example
 * const source = simulated({ intervalSeconds: 20, speed: "max", count: 100 }, { clock: systemClock });
 * for await (const event of source.events(signal)) event.type; // "opened"
 * source.simulator.seed; // to be revealed when all is settled
 */
export function simulated(options: SimulatedOptions, modules: SimulatedModules): SimulatedSource {
  const { count, seed, settings, ...pace } = options;
  const { random } = modules;
  const simulator = createSimulator(settings, { ...(random && { random }), ...(seed !== undefined && { seed }) });
  const transcripts = { [Symbol.iterator]: () => simulator.transcripts(count) };
  const replayed = replay(transcripts, { ...pace, seed: simulator.seed, name: "simulated" }, modules);
  return { ...replayed, simulator };
}
