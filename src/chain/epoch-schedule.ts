import { InvalidArgumentError, SubnetError } from "../core/index.ts";
import type { Beacon } from "./timelock/beacon.ts";

/** The longest tempo an owner can set, in blocks; a subnet that has had no step for longer runs an epoch whatever its tempo says. */
export const MAX_TEMPO_BLOCKS = 50_400;
/** Blocks after the reveal epoch's first, in which the chain has surely taken the round in. */
const INGEST_BLOCKS = 3;
/** So that sums stay exact. */
const MAX_COUNT = 2 ** 50;

/** What the chain stores of a subnet's epochs, read as of one block. */
export interface EpochState {
  /** The block it was read at, whose work is done. */
  readonly block: number;
  /** Blocks between epochs (`Tempo`); 0 = none are run. */
  readonly tempo: number;
  /** `LastEpochBlock`. */
  readonly lastEpochBlock: number;
  /** `PendingEpochAt`: the block of an epoch that the owner asked for, or that was put off; 0 = none. */
  readonly pendingEpochAt: number;
  /** `SubnetEpochIndex`: how many epochs there have been. */
  readonly epochIndex: number;
  /** `BlocksSinceLastStep`. */
  readonly blocksSinceLastStep: number;
}

/** No epoch comes, or none in reach. */
export class NoEpochError extends SubnetError {
  override readonly name = "NoEpochError";
  readonly tempo: number;
  constructor({ tempo, problem }: { tempo: number; problem: string }) {
    super(`No epoch to reveal in: ${problem}.`, { code: "NO_EPOCH", details: { Tempo: `${tempo} blocks` } });
    this.tempo = tempo;
  }
}

function assertWhole(argument: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InvalidArgumentError({ argument, problem: `must be a whole number from ${least} to ${most}`, value });
}

function assertState(state: EpochState): void {
  const { block, tempo, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep } = state;
  const counts = { block, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep };
  for (const [argument, value] of Object.entries(counts)) assertWhole(argument, value, 0, MAX_COUNT);
  assertWhole("tempo", tempo, 0, 65_535);
  if (tempo === 0) throw new NoEpochError({ tempo, problem: "the subnet's tempo is 0" });
}

/**
 * Whether an epoch is due in a block, given the state before it: the chain's `should_run_epoch` (pallet subtensor, since May 2026).
 *
 * @param block later than the state's; the next one unless given.
 * @example
 * const state = { block: 120, tempo: 50, lastEpochBlock: 100, pendingEpochAt: 0, epochIndex: 0, blocksSinceLastStep: 20 };
 * shouldRunEpoch(state, 149); // false
 * shouldRunEpoch(state, 150); // true
 */
export function shouldRunEpoch(state: EpochState, block = state.block + 1): boolean {
  const { tempo, pendingEpochAt, blocksSinceLastStep, lastEpochBlock } = state;
  if (tempo === 0) return false;
  if (pendingEpochAt > 0 && block >= pendingEpochAt) return true;
  return blocksSinceLastStep > MAX_TEMPO_BLOCKS || Math.max(0, block - lastEpochBlock) >= tempo;
}

/**
 * The state one block later: the schedule's part of the chain's `run_coinbase`. (A block runs a limited number of subnets' epochs; one
 * that is put off to the next block by that is not foreseen.)
 *
 * @example
 * nextBlock({ block: 149, tempo: 50, lastEpochBlock: 100, pendingEpochAt: 0, epochIndex: 7, blocksSinceLastStep: 49 }).epochIndex; // 8
 */
export function nextBlock(state: EpochState): EpochState {
  const block = state.block + 1;
  const next = { ...state, block, blocksSinceLastStep: state.blocksSinceLastStep + 1 };
  if (!shouldRunEpoch(next, block)) return next;
  return {
    ...next,
    lastEpochBlock: block,
    pendingEpochAt: 0,
    epochIndex: state.epochIndex + 1,
    blocksSinceLastStep: 0,
  };
}

/**
 * The block in which the next epoch runs: the earliest of last + tempo, the pending one, and the safety net, and never one that is done.
 * `get_next_epoch_start_block` of the chain's runtime says the same unless the epoch is overdue (then it names a block of the
 * past) or the safety net comes first (of which it knows nothing).
 *
 * @throws {NoEpochError} when the tempo is 0.
 * @throws {InvalidArgumentError} for a state that holds anything but whole numbers from 0 (to 2^50; the tempo to 65535).
 * @example
 * nextEpochBlock({ block: 91, tempo: 20, lastEpochBlock: 80, pendingEpochAt: 95, epochIndex: 0, blocksSinceLastStep: 11 }); // 95
 */
export function nextEpochBlock(state: EpochState): number {
  assertState(state);
  return nextEpoch(state);
}

function nextEpoch(state: EpochState): number {
  const pending = state.pendingEpochAt === 0 ? Number.POSITIVE_INFINITY : state.pendingEpochAt;
  const net = state.block + MAX_TEMPO_BLOCKS + 1 - state.blocksSinceLastStep;
  return Math.max(state.block + 1, Math.min(state.lastEpochBlock + state.tempo, pending, net));
}

/**
 * How many blocks until the next epoch runs, at least 1.
 *
 * @throws as `nextEpochBlock`.
 * @example
 * blocksUntilNextEpoch({ block: 120, tempo: 50, lastEpochBlock: 100, pendingEpochAt: 0, epochIndex: 0, blocksSinceLastStep: 20 }); // 30
 */
export function blocksUntilNextEpoch(state: EpochState): number {
  return nextEpochBlock(state) - state.block;
}

/**
 * The epoch that a commit in `block` is stored under and that reveals in it look at: the index, and one more when an epoch is due in that
 * very block (the chain's `get_current_epoch` before `run_coinbase`).
 *
 * @param state as of the block before.
 * @example
 * lookaheadEpochIndex({ block: 149, tempo: 50, lastEpochBlock: 100, pendingEpochAt: 0, epochIndex: 7, blocksSinceLastStep: 49 }); // 8
 */
export function lookaheadEpochIndex(state: EpochState): number {
  return state.epochIndex + (shouldRunEpoch(state) ? 1 : 0);
}

/**
 * Blocks until the next epoch on runtimes from before the stateful schedule (spec 293; SDK up to 10.2): an epoch runs where
 * `(block + netuid + 1) mod (tempo + 1)` is `tempo`, once in tempo + 1 blocks. Wrong for today's chain.
 *
 * @returns 0 when one runs in `block` itself.
 * @throws {NoEpochError} when the tempo is 0.
 * @example
 * statelessBlocksUntilNextEpoch({ netuid: 1, tempo: 360, block: 100 }); // 258
 */
export function statelessBlocksUntilNextEpoch(query: { netuid: number; tempo: number; block: number }): number {
  if (query.tempo === 0) throw new NoEpochError({ tempo: 0, problem: "the subnet's tempo is 0" });
  return query.tempo - ((query.block + query.netuid + 1) % (query.tempo + 1));
}

/** The first block in which the lookahead index is `target`, block after block without walking them. */
function firstBlockOfEpoch(start: EpochState, target: number): number | null {
  let state = start;
  while (state.epochIndex <= target) {
    if (lookaheadEpochIndex(state) === target) return state.block + 1;
    const block = nextEpoch(state);
    // Nothing happens until the block before the epoch.
    const before = {
      ...state,
      block: block - 1,
      blocksSinceLastStep: state.blocksSinceLastStep + block - 1 - state.block,
    };
    if (lookaheadEpochIndex(before) === target) return block;
    state = nextBlock(before);
    // From here on one epoch is like the other: leap to the last before the target.
    const leap = Math.max(0, target - state.epochIndex - 2);
    const lastEpochBlock = block + leap * Math.min(state.tempo, MAX_TEMPO_BLOCKS + 1);
    state = { ...state, block: lastEpochBlock, lastEpochBlock, epochIndex: state.epochIndex + leap };
  }
  return null;
}

/** When timelocked weights are revealed. */
export interface RevealSchedule {
  /** The drand round to encrypt for. */
  readonly round: number;
  /** The epoch that a commit in the next block belongs to. */
  readonly commitEpoch: number;
  /** The epoch in which the chain reveals it. */
  readonly revealEpoch: number;
  /** The first block of that epoch. */
  readonly revealBlock: number;
  /** The block by which the round should have reached the chain. */
  readonly ingestBlock: number;
}

/**
 * The round for a commit that gets into the block after the state's, by the rule of SDK v11 (`generate_commit_v2`): the round that is out three
 * blocks into the reveal epoch, so that it comes when the epoch has begun and before it ends. With tempos of a few blocks, or periods of
 * the beacon longer than a block, it may miss that.
 *
 * @param periodEpochs `RevealPeriodEpochs`, 1 to 65535 (the chain has at most 100).
 * @param nowMs the time of the state's block.
 * @param blockTimeMs 12000 on finney.
 * @throws {NoEpochError} when the tempo is 0, or the epoch is not reached within (period + 1) · 50400 blocks.
 * @throws {InvalidArgumentError} for a state or period that holds anything but whole numbers.
 * @example
 * const state = { block: 120, tempo: 50, lastEpochBlock: 100, pendingEpochAt: 0, epochIndex: 0, blocksSinceLastStep: 20 };
 * revealRound({ state, periodEpochs: 1, nowMs: 1_800_000_000_000, blockTimeMs: 12_000, beacon: QUICKNET }).revealBlock; // 150
 */
export function revealRound({
  state,
  periodEpochs,
  nowMs,
  blockTimeMs,
  beacon,
}: {
  state: EpochState;
  periodEpochs: number;
  nowMs: number;
  blockTimeMs: number;
  beacon: Pick<Beacon, "genesisSeconds" | "periodSeconds">;
}): RevealSchedule {
  assertState(state);
  assertWhole("periodEpochs", periodEpochs, 1, 65_535);
  for (const [argument, value] of Object.entries({ nowMs, blockTimeMs, periodSeconds: beacon.periodSeconds })) {
    if (!(value > 0 && value < Number.MAX_SAFE_INTEGER))
      throw new InvalidArgumentError({ argument, problem: "must be above 0", value });
  }
  const commitEpoch = lookaheadEpochIndex(state);
  const revealEpoch = commitEpoch + periodEpochs;
  const revealBlock = firstBlockOfEpoch(state, revealEpoch);
  if (revealBlock === null || revealBlock - state.block - 1 > (periodEpochs + 1) * MAX_TEMPO_BLOCKS) {
    const problem =
      revealBlock === null ? `epoch ${revealEpoch} is passed over` : `epoch ${revealEpoch} is too far away`;
    throw new NoEpochError({ tempo: state.tempo, problem });
  }
  const ingestBlock = revealBlock + INGEST_BLOCKS;
  const ingestMs = nowMs + (ingestBlock - state.block) * blockTimeMs;
  const round = Math.floor((ingestMs - beacon.genesisSeconds * 1000) / (beacon.periodSeconds * 1000));
  return { round: Math.max(1, round), commitEpoch, revealEpoch, revealBlock, ingestBlock };
}
