import { errorText, type Logger } from "../core/index.ts";
import { type Cluster, createOriginality, type ScoringMode, scoringMode, storedMode } from "../scoring/index.ts";
import { createStandings, type HistoryStore, type ValidatorStatus } from "../validator/index.ts";
import type { HistoryRecorder } from "./history-recorder.ts";
import type { ValidatorFeedModules } from "./validator-feed.ts";

/** A validator as its history tells of it: what a feed reads in the place of a running one. */
export interface RecordedValidator extends Pick<ValidatorFeedModules, "validator" | "mode"> {
  /** Resolves when all that is looked back on has been read; the leaderboard is there before, of stored sums. */
  readonly read: Promise<void>;
}

/** Settled questions that are looked back on, as a validator does when it begins. */
const LOOKED_BACK = 5_000;

async function modeOf(history: HistoryStore): Promise<ScoringMode> {
  const { modes } = await history.info();
  const record = await history.question((await history.latest(1))[0] ?? 0);
  const stored = record?.mode ?? modes.at(-1);
  return (stored && storedMode(stored)) ?? scoringMode("seed-v1");
}

/**
 * Reads a history for the validator's view while no validator runs, or beside one: averages from the stored sums at once, the other
 * figures from the latest 5,000 questions as they are read.
 *
 * @param signal ends the reading.
 * @throws what the history throws while it is opened; what it throws later is logged.
 * @example
 * const recorder = recordHistory(createMemoryHistory(), { clock });
 * const { validator, read } = await recordedValidator(recorder, { logger, signal });
 * await read;
 * validator.summary().settled; // 0
 */
export async function recordedValidator(
  recorder: HistoryRecorder,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<RecordedValidator> {
  const { history } = recorder;
  const mode = await modeOf(history);
  const info = await history.info();
  const [weights] = await history.weights(1);
  await history.open();
  const standings = createStandings(mode);
  const sums = await history.standings(mode);
  const restore = () => {
    for (const one of sums) standings.restore(one);
  };
  restore();
  const originality = createOriginality();
  let clusters: readonly Cluster[] = [];
  let [settled, converted, squares] = [0, 0, 0];

  const read = async () => {
    for await (const record of history.records({ last: LOOKED_BACK })) {
      if (signal.aborted) return;
      recorder.recall(record);
      originality.add(record.replies);
      const truth = record.settled?.truth ?? null;
      if (truth === null) continue;
      settled += 1;
      converted += truth.converted;
      squares += (record.frozen.baseRate - truth.converted) ** 2;
      for (const [hotkey, score] of record.settled?.scores ?? []) {
        const reply = record.replies.get(hotkey) ?? { ok: false, reason: "not recorded", latencySeconds: null };
        standings.add(hotkey, reply, score, truth);
      }
      if (settled % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    restore();
    const steps = originality.steps();
    for (let step = steps.next(); !signal.aborted; step = steps.next()) {
      if (step.done === true) {
        clusters = step.value;
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const summary = (): Omit<ValidatorStatus, "miners" | "drift"> => ({
    ...{ running: false, hotkey: "", uid: null, validatorPermit: false, block: null, servingMiners: 0 },
    ...{ questions: info.questions, settled: info.settled, void: info.void },
    ...{ inFlight: 0, open: 0, turnedAway: 0, unasked: 0, failures: 0 },
    baseRate: settled === 0 ? null : converted / settled,
    baseRateBrier: settled === 0 ? null : squares / settled,
    weights: weights?.shares ?? new Map(),
    ...{ weightsSet: info.weightsSet, weightsSetBlock: weights?.block ?? null, clusters, weightsRefusal: null },
    feedback: null,
  });
  return {
    validator: { summary, standings: () => standings.each() },
    mode,
    read: read().catch((error: unknown) => {
      logger.error("The history could not be read through", { error: errorText(error) });
    }),
  };
}
