import { fromHex, toHex } from "../../core/index.ts";
import type { Signer } from "../../wallet/index.ts";
import type { CommitTimelockedCall, Receipt, SetWeightsCall } from "../calls.ts";
import { timelockedHash } from "../commit-hash.ts";
import { revealRound } from "../epoch-schedule.ts";
import { neuronOf } from "../metagraph.ts";
import type { CallOptions, Chain } from "../port.ts";
import { encodeWeightPayload, encryptTimelocked, testTimelock } from "../timelock/index.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { assertNoProblem, preflight } from "./preflight.ts";
import { submitOnce, type WriteOptions } from "./submit-once.ts";

/** A weight row to be put on a chain. */
export interface WeightsToSet {
  readonly netuid: number;
  /** Default 0. */
  readonly mechanism?: number;
  readonly uids: readonly number[];
  /** u16, one per uid; see scoring's `chainWeights`. */
  readonly weights: readonly number[];
  readonly versionKey: number;
}
/** How weights went to the chain. */
export interface WeightsReceipt {
  /** `timelocked`: others see them when `revealRound` is out. */
  readonly how: "set" | "timelocked";
  readonly revealRound: number | null;
  /** Null = an earlier try, whose answer was lost, had worked. */
  readonly receipt: Receipt | null;
}

let tested = false;
/** Before the first lock of a process: what cannot open a pulse of the past would lock weights away for ever. */
function assertTimelock(): void {
  if (!tested) testTimelock();
  tested = true;
}

/**
 * The call by which a subnet takes weights now: in the clear, or under a time lock that opens in the epoch of the reveal.
 *
 * @param publicKey of the hotkey that will sign: it is part of the locked payload.
 * @example
 * (await weightsCall(chain, { netuid: 1, uids: [1], weights: [65535], versionKey: 0 }, { publicKey })).type; // "set_weights"
 */
export async function weightsCall(
  chain: Chain,
  { netuid, mechanism = 0, uids, weights, versionKey }: WeightsToSet,
  { publicKey, signal }: CallOptions & { publicKey: Uint8Array },
): Promise<SetWeightsCall | CommitTimelockedCall> {
  const hyperparameters = await chain.hyperparameters({ netuid }, { signal });
  if (!hyperparameters.commitReveal) return { type: "set_weights", netuid, mechanism, uids, weights, versionKey };
  const { commitRevealPeriodEpochs: periodEpochs, commitRevealVersion } = hyperparameters;
  assertTimelock();
  const [{ beacon, blockTimeMs }, state, head] = await Promise.all([
    chain.info({ signal }),
    chain.epochState({ netuid }, { signal }),
    chain.head({ signal }),
  ]);
  // The chain's clock, not ours: a round is chosen by when its blocks are made.
  const nowMs = head.timestampMs + (state.block - head.block) * blockTimeMs;
  const { round } = revealRound({ state, periodEpochs, nowMs, blockTimeMs, beacon });
  const commit = encryptTimelocked({
    plaintext: encodeWeightPayload({
      hotkey: commitRevealVersion < 4 ? null : publicKey,
      uids,
      values: weights,
      versionKey,
    }),
    round,
    beacon,
  });
  return {
    type: "commit_timelocked_weights",
    netuid,
    mechanism,
    commit: `0x${toHex(commit)}`,
    revealRound: round,
    commitRevealVersion,
  };
}

/**
 * Puts weights on the chain as the subnet takes them now, at most once.
 *
 * @throws {ChainRefusedError} when it would fail, before anything is sent, or when the chain says no.
 * @example
 * (await setWeights(chain, { netuid: 1, uids: [1, 2], weights: [65535, 300], versionKey: 0, signer })).how; // "set"
 */
export function setWeights(
  chain: Chain,
  { signer, ...row }: WeightsToSet & { readonly signer: Signer },
  options: WriteOptions = {},
): Promise<WeightsReceipt> {
  const { signal } = options;
  const { address, publicKey } = signer;
  return oneAtATime(chain, address, async () => {
    const call = await weightsCall(chain, row, { publicKey, signal });
    assertNoProblem(await preflight(chain, call, { address, signal }));
    const { netuid, mechanism } = call;
    const lastUpdate = async (until = signal) =>
      neuronOf(await chain.metagraph({ netuid, mechanism }, { signal: until }), address)?.lastUpdateBlock ?? 0;
    if (call.type === "set_weights") {
      const before = await lastUpdate();
      const isDone = async (until: AbortSignal) => (await lastUpdate(until)) > before;
      return { how: "set", revealRound: null, receipt: await submitOnce(chain, call, signer, { ...options, isDone }) };
    }
    const hash = timelockedHash(fromHex("commit", call.commit));
    const query = { netuid, mechanism, hotkey: address };
    const isDone = async (until: AbortSignal) =>
      (await chain.pendingCommits(query, { signal: until })).some((one) => one.hash === hash);
    const receipt = await submitOnce(chain, call, signer, { ...options, isDone });
    return { how: "timelocked", revealRound: call.revealRound, receipt };
  });
}
