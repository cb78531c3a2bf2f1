import { createHash } from "node:crypto";
import { type Clock, cryptoRandom, type Random, type sleep, toHex } from "../core/index.ts";
import type { ConversationEvent, Transcript } from "../schema.ts";
import type { Store } from "../store/index.ts";
import { replay } from "./replay.ts";
import { createSimulator, type SimulatorSettings } from "./simulator.ts";
import type { Source } from "./source.ts";

/** A round of simulated conversations, as anybody may see it. */
export interface SimulatedRound {
  readonly round: number;
  /** SHA-256 of `simulator/SEED`, shown before the first question; its first 16 digits are in every conversation's id. */
  readonly commitment: string;
  /** Null until all its conversations are over. */
  readonly seed: string | null;
  readonly settings: string;
  /** How many conversations it has. */
  readonly count: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number | null;
  /** False = it broke off with its validator, and what was open is void. */
  readonly whole: boolean;
}
/** Rounds on the disk; see {@link createRoundLog}. */
export interface RoundLog {
  /** Writes the seed down, before anything is made of it. @returns the round's number. */
  begin(round: { readonly seed: string; readonly settings: string; readonly count: number }): number;
  end(round: number, whole: boolean): void;
  /** Ends what an earlier life left open. */
  breakOff(): number;
  /** The latest rounds, the newest first; seeds of those that run are not told. */
  list(count?: number): SimulatedRound[];
}

/** What is shown of a seed beforehand. */
export const commitmentOf = (seed: string): string => createHash("sha256").update(`simulator/${seed}`).digest("hex");

/**
 * The log of simulated rounds, in a store with the ingest schema.
 *
 * @example
 * const log = createRoundLog({ store, clock });
 * log.end(log.begin({ seed: "secret", settings: "{}", count: 1 }), true);
 * log.list()[0]?.seed; // "secret"
 */
export function createRoundLog({ store, clock }: { readonly store: Store; readonly clock: Clock }): RoundLog {
  return {
    begin({ seed, settings, count }) {
      return store.transaction((sql) => {
        sql.run(
          "INSERT INTO ingest_rounds (commitment, seed, settings, count, began_at_ms) VALUES (?, ?, ?, ?, ?)",
          ...[commitmentOf(seed), seed, settings, count, clock.nowMs()],
        );
        return Number(sql.get("SELECT max(round) AS round FROM ingest_rounds")?.round);
      });
    },
    end(round, whole) {
      store.transaction((sql) =>
        sql.run(
          "UPDATE ingest_rounds SET ended_at_ms = ?, whole = ? WHERE round = ? AND ended_at_ms IS NULL",
          ...[clock.nowMs(), whole ? 1 : 0, round],
        ),
      );
    },
    breakOff: () =>
      store.transaction((sql) =>
        sql.run("UPDATE ingest_rounds SET ended_at_ms = ?, whole = 0 WHERE ended_at_ms IS NULL", clock.nowMs()),
      ),
    list: (count = 100) =>
      store.sql.all("SELECT * FROM ingest_rounds ORDER BY round DESC LIMIT ?", count).map((row) => ({
        round: Number(row.round),
        commitment: String(row.commitment),
        seed: row.ended_at_ms === null ? null : String(row.seed),
        settings: String(row.settings),
        count: Number(row.count),
        beganAtMs: Number(row.began_at_ms),
        endedAtMs: row.ended_at_ms === null ? null : Number(row.ended_at_ms),
        whole: row.whole === 1,
      })),
  };
}

/** Plain values of {@link simulatedRounds}. */
export interface SimulatedRoundsOptions {
  /** Conversations of one round. Default 100. */
  readonly perRound?: number;
  /** Mean seconds between two beginnings. */
  readonly intervalSeconds: number;
  /** Default 1: on the clock of live conversations. Another puts them on a clock of their own, from 0. */
  readonly speed?: number | "max";
  readonly keepOpenSeconds?: number;
  readonly settings?: Partial<SimulatorSettings>;
  /** Ends after so many rounds; without it, never. */
  readonly rounds?: number;
}
/** Live things of {@link simulatedRounds}. */
export interface SimulatedRoundsModules {
  readonly clock: Clock;
  readonly log: RoundLog;
  /** Default: the operating system's. */
  readonly random?: Random;
  readonly sleep?: typeof sleep;
}

const PREFIX = /^sim-([0-9a-f]{16})-/;

/**
 * Simulated conversations in rounds, each of a secret seed of its own. A hash of the seed is written down before its first
 * conversation; the seed is told when the last one is over, and then anybody can make them again and check every outcome.
 *
 * @throws {InvalidArgumentError} naming the option.
 * @example
 * const source = simulatedRounds({ perRound: 100, intervalSeconds: 20 }, { clock: systemClock, log: createRoundLog({ store, clock }) });
 * for await (const event of source.events(signal)) event.type; // "opened"
 */
export function simulatedRounds(options: SimulatedRoundsOptions, modules: SimulatedRoundsModules): Source {
  const { perRound = 100, rounds = Number.POSITIVE_INFINITY, speed = 1, settings = {}, intervalSeconds } = options;
  const { clock, log, random = cryptoRandom } = modules;
  const running = new Map<string, { readonly round: number; left: number }>();
  function* transcripts(): Generator<Transcript, void, undefined> {
    for (let i = 0; i < rounds; i++) {
      const seed = toHex(random.bytes(16));
      const simulator = createSimulator(settings, { seed });
      const round = log.begin({ seed, settings: JSON.stringify(simulator.settings), count: perRound });
      running.set(commitmentOf(seed).slice(0, 16), { round, left: perRound });
      yield* simulator.transcripts(perRound);
    }
  }
  const over = ({ type, conversationId }: ConversationEvent) => {
    if (type !== "closed" && type !== "lost") return;
    const key = PREFIX.exec(conversationId)?.[1] ?? "";
    const one = running.get(key);
    if (one === undefined) return;
    one.left -= 1;
    if (one.left > 0) return;
    running.delete(key);
    log.end(one.round, true);
  };
  const name = "simulated rounds";
  const play = () => {
    const pace = { intervalSeconds, speed, seed: toHex(random.bytes(16)), name };
    const { keepOpenSeconds } = options;
    return replay(
      { [Symbol.iterator]: transcripts },
      { ...pace, ...(keepOpenSeconds !== undefined && { keepOpenSeconds }) },
      modules,
    );
  };
  // Refuses what it cannot play before anybody follows.
  play();
  return {
    name,
    async *events(signal) {
      log.breakOff();
      const originSeconds = speed === 1 ? clock.nowMs() / 1_000 : 0;
      for await (const event of play().events(signal)) {
        yield originSeconds === 0 ? event : { ...event, atSeconds: event.atSeconds + originSeconds };
        // The next one is asked for: this one was taken, and its questions are settled.
        over(event);
      }
    },
  };
}
