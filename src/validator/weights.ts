import { type Chain, ChainRefusedError, type Metagraph, neuronOf, setWeights } from "../chain/index.ts";
import type { Logger } from "../core/index.ts";
import { chainWeights } from "../scoring/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { Standings } from "./standings.ts";

/** Puts weights on the chain when it is time. */
export interface WeightSetter {
  /** Looks at the chain and sets weights when they are due; says whether it did. `force` skips the own schedule, not the chain's. */
  setWhenDue(metagraph: Metagraph, options: { signal: AbortSignal; force?: boolean }): Promise<boolean>;
  /** Shares by hotkey of the last weights that the chain took, summing to 1. */
  readonly last: ReadonlyMap<string, number>;
  readonly setCount: number;
}

/**
 * @param epochLength blocks between two settings of this validator's own schedule; the chain's rate limit holds as well.
 */
export function createWeightSetter(
  { netuid, epochLength, versionKey }: { netuid: number; epochLength: number; versionKey: number },
  { chain, signer, standings, logger }: { chain: Chain; signer: Signer; standings: Standings; logger: Logger },
): WeightSetter {
  let last = new Map<string, number>();
  let lastSetBlock: number | null = null;
  let setCount = 0;
  return {
    async setWhenDue(metagraph, { signal, force = false }) {
      const me = neuronOf(metagraph, signer.address);
      if (me === undefined || !me.validatorPermit) return false;
      const { minAllowedWeights, maxWeightLimit, weightsRateLimit } = await chain.hyperparameters(
        { netuid },
        { signal },
      );
      const wait = Math.max(force ? 0 : epochLength, weightsRateLimit);
      if (lastSetBlock !== null && metagraph.block - lastSetBlock < wait) return false;
      // Set by this hotkey before this process began: the chain would refuse, so it is not asked.
      if (lastSetBlock === null && metagraph.block - me.lastUpdateBlock < weightsRateLimit) return false;
      // Averages are by hotkey; the uid is looked up in this very metagraph.
      const pay = new Map<number, number>();
      for (const { uid, hotkey } of metagraph.neurons) {
        const earned = standings.payOf(hotkey);
        if (earned !== null && uid !== me.uid) pay.set(uid, earned);
      }
      const allUids = metagraph.neurons.map(({ uid }) => uid).filter((uid) => uid !== me.uid);
      const row = chainWeights({ pay, allUids, minAllowedWeights, maxWeightLimit });
      if (row === null) {
        logger.debug("No weights to set: nobody has earned anything yet", { block: metagraph.block });
        return false;
      }
      try {
        await setWeights(chain, { netuid, uids: row.uids, weights: row.weights, versionKey, signer }, { signal });
      } catch (error) {
        if (!(error instanceof ChainRefusedError)) throw error;
        logger.warn("The chain refused the weights", { refusal: error.refusal, ...error.values });
        return false;
      }
      const sum = row.weights.reduce((total, weight) => total + weight, 0);
      last = new Map(row.uids.map((uid, i) => [metagraph.neurons[uid]?.hotkey ?? "", (row.weights[i] ?? 0) / sum]));
      lastSetBlock = metagraph.block;
      setCount += 1;
      logger.info("Weights set", {
        uids: row.uids.length,
        block: metagraph.block,
        notes: row.notes.join("; ") || undefined,
      });
      return true;
    },
    get last() {
      return last;
    },
    get setCount() {
      return setCount;
    },
  };
}
