import { cryptoRandom } from "../../core/index.ts";
import type { Signer } from "../../wallet/index.ts";
import type { Receipt } from "../calls.ts";
import { commitHashHex } from "../commit-hash.ts";
import { neuronOf } from "../metagraph.ts";
import type { Chain } from "../port.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { assertNoProblem, preflight } from "./preflight.ts";
import type { WeightsToSet } from "./set-weights.ts";
import { submitOnce, type WriteOptions } from "./submit-once.ts";

/** Eight u16 are 128 bits. */
const SALT_LENGTH = 8;

/** A row whose hash is on the chain; whoever keeps this can reveal it. */
export interface HashCommit extends Required<WeightsToSet> {
  /** u16 each; secret until the reveal. */
  readonly salt: readonly number[];
  /** `0x` and hex. */
  readonly hash: string;
  /** Null = an earlier try, whose answer was lost, had worked. */
  readonly receipt: Receipt | null;
}

/**
 * Commits weights by their hash, the older way: {@link revealWeights} must follow in the epoch of the reveal. `setWeights` needs no second call.
 *
 * @param row salt: u16 of the caller's choice; random unless given. Keep what comes back until it is revealed.
 * @throws {ChainRefusedError} when it would fail, before anything is sent, or when the chain says no.
 * @example
 * (await commitWeights(chain, { netuid: 1, uids: [1], weights: [65535], versionKey: 0, signer })).salt.length; // 8
 */
export function commitWeights(
  chain: Chain,
  { signer, salt = randomSalt(), mechanism = 0, ...row }: WeightsToSet & { salt?: readonly number[]; signer: Signer },
  options: WriteOptions = {},
): Promise<HashCommit> {
  const { signal } = options;
  const { address, publicKey } = signer;
  return oneAtATime(chain, address, async () => {
    const { netuid, uids, weights: values, versionKey } = row;
    const hash = commitHashHex({ publicKey, netuid, mechanismId: mechanism, uids, values, salt, versionKey });
    const call = { type: "commit_weights", netuid, mechanism, hash } as const;
    assertNoProblem(await preflight(chain, call, { address, signal }));
    const query = { netuid, mechanism, hotkey: address };
    const isDone = async (until: AbortSignal) =>
      (await chain.pendingCommits(query, { signal: until })).some((one) => one.hash === hash);
    const receipt = await submitOnce(chain, call, signer, { ...options, isDone });
    return { ...row, mechanism, salt, hash, receipt };
  });
}

const randomSalt = () => Array.from({ length: SALT_LENGTH }, () => cryptoRandom.integer(65_536));

/**
 * Opens what {@link commitWeights} closed.
 *
 * @returns null when an earlier try, whose answer was lost, had worked.
 * @throws {ChainRefusedError} RevealTooEarly with the block in which it is not, ExpiredWeightCommit, NoWeightsCommitFound and others.
 * @example
 * (await revealWeights(chain, { ...commit, signer }))?.block; // 390
 */
export function revealWeights(
  chain: Chain,
  {
    signer,
    netuid,
    mechanism,
    uids,
    weights,
    salt,
    versionKey,
  }: Omit<HashCommit, "hash" | "receipt"> & { signer: Signer },
  options: WriteOptions = {},
): Promise<Receipt | null> {
  const { signal } = options;
  const { address } = signer;
  return oneAtATime(chain, address, async () => {
    const call = { type: "reveal_weights", netuid, mechanism, uids, weights, salt, versionKey } as const;
    assertNoProblem(await preflight(chain, call, { address, signal }));
    const uid = neuronOf(await chain.metagraph({ netuid }, { signal }), address)?.uid;
    const hash = commitHashHex({
      ...{ publicKey: signer.publicKey, netuid, mechanismId: mechanism },
      ...{ uids, values: weights, salt, versionKey },
    });
    const isDone = async (until: AbortSignal) => {
      const row = (await chain.weights({ netuid, mechanism }, { signal: until })).find((one) => one.uid === uid);
      const pending = await chain.pendingCommits({ netuid, mechanism, hotkey: address }, { signal: until });
      // The chain drops what rounds to nothing, so its row may be shorter: these uids are enough of a sign.
      return row?.uids.every((one) => uids.includes(one)) === true && !pending.some((one) => one.hash === hash);
    };
    return submitOnce(chain, call, signer, { ...options, isDone });
  });
}
