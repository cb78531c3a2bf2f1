import { createHash } from "node:crypto";
import type { Clock } from "../../core/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { CheckpointDiffersError } from "../errors.ts";
import { hasRelaxedSimd } from "../kernels/load.ts";
import type { NetworkState } from "../network/train-network.ts";
import { datasetHash } from "./base-rate.ts";
import type { EpochReport } from "./history.ts";
import { MODEL_VERSION, type Scorer } from "./model.ts";
import type { FitSwitches } from "./switches.ts";

/** Raised when what is in a checkpoint changes its meaning. 1: the first. */
const CHECKPOINT_VERSION = 1;

/** What was learned, and how networks got there. */
export interface Learned {
  readonly scorer: Scorer;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  readonly aborted: boolean;
}

/** A training on its way: the parts that are learned, by label, and the network that is being trained. Plain data. */
export interface TrainingState {
  /** What the training is of, by name: rows, switches, kernels. Another training must not go on from it. */
  readonly facts: Readonly<Record<string, string>>;
  readonly learned: Readonly<Record<string, Learned>>;
  readonly running: { readonly label: string; readonly state: NetworkState } | null;
  readonly reports: readonly EpochReport[];
}

/** Where a training is written down. */
export interface Checkpoints {
  /** @returns null when there is nothing. */
  read(): Promise<TrainingState | null>;
  /** Whole or not at all. */
  write(state: TrainingState): Promise<void>;
}

/** What {@link fit} keeps of its way, and finds again. */
export interface Journal {
  /** Reports of the epochs, those of before the kill first. */
  readonly reports: EpochReport[];
  learned(label: string): Learned | null;
  running(label: string): NetworkState | null;
  keepLearned(label: string, learned: Learned): Promise<void>;
  keepRunning(label: string, state: () => NetworkState): Promise<void>;
}

/** A running network is written down at most this often: what is lost by a kill is trained again. */
const WRITE_EVERY_MS = 1_000;

/** What tells two trainings apart. */
export function factsOf(
  switches: FitSwitches,
  dataset: Dataset,
  validation: Dataset | undefined,
): Readonly<Record<string, string>> {
  const { kernels, ...rest } = switches;
  const hashOf = (rows: Dataset) =>
    createHash("sha256").update(datasetHash(rows)).update(JSON.stringify(rows.groups)).digest("hex");
  const plain = kernels?.prefer === "plain";
  return {
    version: `${MODEL_VERSION}.${CHECKPOINT_VERSION}`,
    rows: hashOf(dataset),
    "validation rows": validation === undefined ? "none" : hashOf(validation),
    kernels: plain ? "plain" : hasRelaxedSimd() && kernels?.deterministic !== true ? "relaxed" : "simd",
    ...Object.fromEntries(
      Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, JSON.stringify(value)]])),
    ),
  };
}

function differing(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]).sort();
}

/**
 * A journal over checkpoints; without any it keeps nothing.
 *
 * @throws {CheckpointDiffersError} when it is to go on from another training.
 */
export async function openJournal(
  facts: Readonly<Record<string, string>>,
  { checkpoints, resume, clock }: { checkpoints: Checkpoints | undefined; resume: boolean; clock: Clock },
): Promise<Journal> {
  const found = resume ? await checkpoints?.read() : null;
  if (found) {
    const names = differing(found.facts, facts);
    if (names.length > 0) throw new CheckpointDiffersError({ differing: names });
  }
  const learned: Record<string, Learned> = { ...found?.learned };
  const reports = [...(found?.reports ?? [])];
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  const write = async (running: TrainingState["running"]) => {
    await checkpoints?.write({ facts, learned, running, reports });
    writtenAtMs = clock.monotonicMs();
  };
  return {
    reports,
    learned: (label) => learned[label] ?? null,
    running: (label) => (found?.running?.label === label ? found.running.state : null),
    async keepLearned(label, what) {
      if (checkpoints === undefined) return;
      learned[label] = what;
      await write(null);
    },
    async keepRunning(label, state) {
      if (checkpoints === undefined || clock.monotonicMs() - writtenAtMs < WRITE_EVERY_MS) return;
      await write({ label, state: state() });
    },
  };
}
