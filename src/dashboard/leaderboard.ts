import type { Neuron } from "../chain/index.ts";
import { type Clock, errorText, type Logger } from "../core/index.ts";
import type { Cluster } from "../scoring/index.ts";
import type { MinerStanding } from "../validator/index.ts";
import type { LeaderRowView } from "./views.ts";

/** Where the leaderboard's columns come from. */
export interface LeaderboardSources {
  /** One after another, each made as it is taken. */
  standings(): Iterable<MinerStanding>;
  weights(): ReadonlyMap<string, number>;
  clusters(): readonly Cluster[];
  neuron(hotkey: string): Neuron | undefined;
  nameOf(hotkey: string): string | null;
  healthOf(hotkey: string): LeaderRowView["health"];
}
/** The leaderboard as it was a moment ago; see {@link createLeaderboard}. */
export interface Leaderboard {
  readonly version: number;
  readonly rows: readonly LeaderRowView[];
  /** Makes it anew in slices, unless it is quite new; resolves when it is there. */
  refresh(): Promise<void>;
  /** Rows that changed since this was called last. */
  changed(): readonly LeaderRowView[];
}

const MAX_ROWS = 1_024;
/** Others have their turn after so long. */
const SLICE_MS = 4;
const MIN_AGE_MS = 1_000;
/** So many times as long as it took, it is new: at most a tenth of a core goes into it. */
const REST = 10;

const byScore = (a: MinerStanding, b: MinerStanding) =>
  (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY) || (a.hotkey < b.hotkey ? -1 : 1);

/**
 * Ranks miners without holding up the loop: a ranking's figures are sorted from thousands of answers each, so they are made a few
 * at a time, and seldom enough that it does not matter.
 */
export function createLeaderboard(
  sources: LeaderboardSources,
  { clock, logger }: { readonly clock: Pick<Clock, "monotonicMs">; readonly logger: Logger },
): Leaderboard {
  let version = 0;
  let rows: readonly LeaderRowView[] = [];
  let texts = new Map<string, string>();
  const changed = new Set<string>();
  let madeMs = Number.NEGATIVE_INFINITY;
  let tookMs = 0;
  let making: Promise<void> | null = null;

  const make = async () => {
    const all: MinerStanding[] = [];
    let busyMs = 0;
    let sliceMs = clock.monotonicMs();
    for (const standing of sources.standings()) {
      all.push(standing);
      const now = clock.monotonicMs();
      if (now - sliceMs < SLICE_MS) continue;
      busyMs += now - sliceMs;
      await new Promise((resolve) => setImmediate(resolve));
      sliceMs = clock.monotonicMs();
    }
    const weights = sources.weights();
    const clusterOf = new Map(
      sources.clusters().flatMap(({ hotkeys }, i) => hotkeys.map((hotkey) => [hotkey, i] as const)),
    );
    const ranked = all.sort(byScore).slice(0, MAX_ROWS);
    const fresh = ranked.map(({ pay: _, ...standing }, i): LeaderRowView => {
      const { hotkey } = standing;
      const neuron = sources.neuron(hotkey);
      return {
        rank: i + 1,
        name: sources.nameOf(hotkey),
        uid: neuron?.uid ?? null,
        ...standing,
        weight: weights.get(hotkey) ?? 0,
        incentive: neuron?.incentive ?? null,
        health: sources.healthOf(hotkey),
        cluster: clusterOf.get(hotkey) ?? null,
      };
    });
    const next = new Map(fresh.map((row) => [row.hotkey, JSON.stringify(row)]));
    for (const [hotkey, text] of next) if (texts.get(hotkey) !== text) changed.add(hotkey);
    if (changed.size > 0 || next.size !== texts.size) version += 1;
    [rows, texts] = [fresh, next];
    madeMs = clock.monotonicMs();
    tookMs = busyMs + madeMs - sliceMs;
  };

  return {
    get version() {
      return version;
    },
    get rows() {
      return rows;
    },
    refresh() {
      const age = clock.monotonicMs() - madeMs;
      if (making === null && age < Math.max(MIN_AGE_MS, REST * tookMs)) return Promise.resolve();
      making ??= make()
        // The one before it stays; nobody may wait for this in vain.
        .catch((error: unknown) => logger.error("The leaderboard could not be made", { error: errorText(error) }))
        .finally(() => {
          making = null;
        });
      return making;
    },
    changed() {
      const told = rows.filter(({ hotkey }) => changed.has(hotkey));
      changed.clear();
      return told;
    },
  };
}
