import type { Chain } from "../chain/index.ts";
import type { Clock, Logger, Metrics, Random, Tracing } from "../core/index.ts";
import type { FeatureOptions } from "../features/index.ts";
import type { Client } from "../protocol/index.ts";
import type { Landmarks } from "../schema.ts";
import type { Cluster, OriginalityTreatment, Score, ScoringMode } from "../scoring/index.ts";
import type { Source } from "../sources/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { OpenQuestion } from "./desk.ts";
import type { FeedbackSender, FeedbackSenderCounts } from "./feedback.ts";
import type { ValidatorDrift, ValidatorDriftStatus } from "./feedback-drift.ts";
import type { HistoryStore } from "./history/port.ts";
import type { MinerStanding } from "./standings.ts";
import type { Burn, WeightsState } from "./weights.ts";

/** Plain values of a validator. */
export interface ValidatorOptions extends Landmarks {
  readonly netuid: number;
  /** Seconds after the first message. */
  readonly horizonSeconds: number;
  /** How long after the horizon a conversion before it may still be reported. Default 0. */
  readonly outcomeDelaySeconds?: number;
  readonly features?: FeatureOptions;
  /** Miners asked per question, the least recently asked first; 0 = all. */
  readonly sampleSize: number;
  /** Deadline of an answer, per peer. */
  readonly timeoutMs: number;
  /** Questions to which most miners have not replied yet; the source waits beyond it. */
  readonly maxQuestionsInFlight: number;
  /** Questions on their way to one miner at once; further ones count as not answered by it. */
  readonly maxInFlightPerMiner: number;
  /** Shortest time between two questions: bursts would only measure each other. 0 = none. */
  readonly questionIntervalMs: number;
  /** Blocks between two settings of weights. */
  readonly epochLength: number;
  /** How often the chain is looked at. */
  readonly chainPollMs: number;
  readonly versionKey: number;
  readonly setWeights: boolean;
  /** What becomes of hotkeys that answer as one: they share one reward (default), or are only shown. */
  readonly originality?: OriginalityTreatment;
  /** A part of the weights that nobody earns; null = none. */
  readonly burn?: Burn | null;
  /** A uid with a permit and more stake is another validator and not asked. */
  readonly maxMinerStakeRao: bigint;
  /** The command that registers this hotkey, for the one who runs it. */
  readonly registerCommand?: string | undefined;
  /** Ends by itself after this many settled questions; null = never. */
  readonly maxSettled: number | null;
}
/** What may change while a validator runs. */
export type ValidatorChanges = Partial<
  Pick<ValidatorOptions, "sampleSize" | "epochLength" | "setWeights" | "originality" | "burn" | "maxMinerStakeRao">
>;
/** Live things of a validator. */
export interface ValidatorModules {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly client: Client;
  readonly source: Source;
  readonly mode: ScoringMode;
  readonly history: HistoryStore;
  readonly clock: Clock;
  /** Blinded ids: `cryptoRandom` but in tests and demos. */
  readonly random: Random;
  readonly logger: Logger;
  /** Default: nothing is counted beside the status. */
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
  /** Told of every question whose truth is known, after it was scored. */
  readonly onSettled?: (settled: SettledQuestion) => void;
  /** Tells miners what became of their answers; without it nobody is told. It is stopped with the validator. */
  readonly feedback?: FeedbackSender | undefined;
  /** Watches questions and answers. */
  readonly drift?: ValidatorDrift | undefined;
}
/** A question after scoring. */
export interface SettledQuestion {
  readonly open: OpenQuestion;
  readonly truth: { readonly converted: 0 | 1; readonly timeSeconds: number | null };
  readonly scores: ReadonlyMap<string, Score>;
}
/** What a validator says of itself. */
export interface ValidatorStatus {
  readonly running: boolean;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly validatorPermit: boolean;
  readonly block: number | null;
  readonly servingMiners: number;
  readonly questions: number;
  readonly settled: number;
  readonly void: number;
  readonly inFlight: number;
  /** Questions that were asked and are not scored yet. */
  readonly open: number;
  /** Conversations turned away, because too many were open. */
  readonly turnedAway: number;
  /** Questions that were not asked, because this validator had no permit then. */
  readonly unasked: number;
  /** Share of conversions among the settled. */
  readonly baseRate: number | null;
  /** Brier score of a forecaster that knows only the running base rate, frozen when each question was asked. */
  readonly baseRateBrier: number | null;
  readonly miners: readonly MinerStanding[];
  /** Shares by hotkey of the last weights on chain. */
  readonly weights: ReadonlyMap<string, number>;
  readonly weightsSet: number;
  readonly weightsSetBlock: number | null;
  /** Hotkeys that answered as one when weights were made last. */
  readonly clusters: readonly Cluster[];
  /** The chain's last no, until a yes. */
  readonly weightsRefusal: WeightsState["refusal"];
  /** Events, rounds and ticks that threw and were survived. */
  readonly failures: number;
  /** Null = none is sent. */
  readonly feedback: FeedbackSenderCounts | null;
  /** Null = not watched. */
  readonly drift: ValidatorDriftStatus | null;
}
/** A node that asks and judges. */
export interface Validator {
  /** Reads the chain once (and rejects if it cannot), then works until stopped. */
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): ValidatorStatus;
  /** The same without what costs the more the more miners there are. */
  summary(): Omit<ValidatorStatus, "miners" | "drift">;
  /** What is known of one miner after another, made as it is taken: whoever reads all may let others have their turn between. */
  standings(): Iterable<MinerStanding>;
  /** Resolves when the source has ended or `maxSettled` is reached and everything is scored; rejects when the source broke. */
  readonly finished: Promise<void>;
  /** Takes other values from now on; rounds on their way are finished as they began. */
  change(changes: ValidatorChanges): void;
  /** Reads the chain now and sets weights if it allows. */
  setWeightsNow(): Promise<boolean>;
}
