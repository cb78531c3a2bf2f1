import type { Logger } from "../core/index.ts";
import {
  createFeatureWatch,
  createPerformanceWatch,
  type FeatureDrift,
  type PerformanceReport,
  type PerformanceWatch,
  type Profile,
} from "../learning/index.ts";
import type { Client } from "../protocol/index.ts";
import type { Question } from "../schema.ts";
import type { SettledQuestion } from "./options.ts";

/** One miner, as its own probabilities foretell it and as it turned out. */
export interface MinerOutlook extends PerformanceReport {
  readonly hotkey: string;
}

/** Drift on a validator's side. */
export interface ValidatorDriftStatus {
  /** Questions looked at, and those that they are compared with. */
  readonly rows: number;
  readonly expectedRows: number;
  /** Features that have moved, the furthest first. */
  readonly moved: readonly FeatureDrift[];
  readonly miners: readonly MinerOutlook[];
}

/** Watches questions and answers on a validator's side; bounded memory. */
export interface ValidatorDrift {
  /** A client that does what the given one does, and looks at questions and answers. */
  following(client: Client): Client;
  settled(settled: Pick<SettledQuestion, "open" | "truth">): void;
  status(): ValidatorDriftStatus;
  /** Logs what has moved since it was last said. */
  warn(logger: Logger): void;
}

interface Waiting {
  readonly hotkey: string;
  readonly probability: number;
  readonly named: 0 | 1;
}

/** Miners watched, and answers whose outcomes are waited for. */
const [MAX_MINERS, MAX_OPEN] = [1_024, 200_000];

/**
 * Compares questions with a profile (the model's of whoever runs it), or else with its own first ones; and says of every miner how its answers
 * may be expected to do before outcomes are there, its claims put right by those that are.
 *
 * @example
 * const drift = createValidatorDrift();
 * const client = drift.following(createClient({}, { signer }));
 * drift.status().miners; // []
 */
export function createValidatorDrift({
  profile = null,
  window,
  learnRows,
}: {
  profile?: Profile | null;
  window?: number;
  learnRows?: number;
} = {}): ValidatorDrift {
  const features = createFeatureWatch({ profile, window, learnRows });
  const miners = new Map<string, PerformanceWatch>();
  // Two generations: what is open longest goes all at once.
  let older = new Map<string, Waiting[]>();
  let newer = new Map<string, Waiting[]>();
  let entries = 0;
  const said = new Set<string>();

  const watchOf = (hotkey: string): PerformanceWatch => {
    const found = miners.get(hotkey);
    if (found !== undefined) return found;
    for (const oldest of miners.keys()) if (miners.size >= MAX_MINERS) miners.delete(oldest);
    const watch = createPerformanceWatch({ window });
    miners.set(hotkey, watch);
    return watch;
  };
  /** Once a question, whatever the number of its miners. */
  const seen = ({ sessionId, features: asked }: Question): Waiting[] => {
    const found = newer.get(sessionId) ?? older.get(sessionId);
    if (found !== undefined) return found;
    features.question(asked);
    if (entries >= MAX_OPEN / 2) [older, newer, entries] = [newer, new Map(), 0];
    entries += 1;
    const waiting: Waiting[] = [];
    newer.set(sessionId, waiting);
    return waiting;
  };
  const status = (): ValidatorDriftStatus => {
    const { rows, expectedRows, features: all } = features.report();
    return {
      rows,
      expectedRows,
      moved: all.filter(({ level }) => level !== "stable"),
      miners: [...miners].map(([hotkey, watch]) => ({ hotkey, ...watch.report() })),
    };
  };
  return {
    following: (client) => ({
      async ask(peer, question, ...rest) {
        const waiting = seen(question);
        const result = await client.ask(peer, question, ...rest);
        if (!result.ok || result.answer.confidence === null) return result;
        const { confidence: probability, conversionHappened: named } = result.answer;
        watchOf(peer.hotkey).answered(probability, named);
        waiting.push({ hotkey: peer.hotkey, probability, named });
        entries += 1;
        return result;
      },
      close: () => client.close(),
    }),
    settled({ open: { question }, truth }) {
      const waiting = newer.get(question.sessionId) ?? older.get(question.sessionId) ?? [];
      for (const { hotkey, probability, named } of waiting)
        watchOf(hotkey).settled(probability, named, truth.converted);
      if (newer.delete(question.sessionId)) entries -= 1 + waiting.length;
      older.delete(question.sessionId);
    },
    status,
    warn(logger) {
      const { moved, rows, expectedRows } = status();
      const fresh = moved.filter(({ feature, level }) => !said.has(`${feature} ${level}`));
      if (fresh.length === 0) return;
      for (const { feature, level } of fresh) said.add(`${feature} ${level}`);
      const names = fresh.slice(0, 5).map((one) => `${one.feature} ${one.psi.toFixed(2)}`);
      logger.warn("Questions have moved away from those before", { psi: names.join(", "), rows, expectedRows });
    },
  };
}
