import { neuronOf } from "../../chain/index.ts";
import { errorText } from "../../core/index.ts";
import { quantile } from "../../scoring/index.ts";
import type { Flags } from "../flags.ts";
import { netuidOf, withChain } from "../network.ts";

/** A miner among the others, as the last epoch of the chain has it. */
export type ChainPlace =
  | {
      readonly uid: number;
      readonly block: number;
      readonly incentive: number;
      /** 1 = most incentive among `of` neurons without a validator permit, and this one. */
      readonly rank: number;
      readonly of: number;
      readonly best: number;
      readonly median: number;
    }
  | { readonly problem: string };

const TIMEOUT_MS = 4_000;

/** Where a hotkey stands on the chain; what goes wrong is said in its place. */
export async function placeOf(flags: Flags, hotkey: string, signal: AbortSignal): Promise<ChainPlace> {
  try {
    return await withChain(
      flags,
      signal,
      async (chain, stopped) => {
        const metagraph = await chain.metagraph({ netuid: netuidOf(flags) }, { signal: stopped });
        const me = neuronOf(metagraph, hotkey);
        if (me === undefined) return { problem: `the hotkey is not on subnet ${netuidOf(flags)}` };
        const others = metagraph.neurons.filter(({ validatorPermit, uid }) => !validatorPermit || uid === me.uid);
        const incentives = others.map(({ incentive }) => incentive);
        return {
          ...{ uid: me.uid, block: metagraph.block, incentive: me.incentive, of: others.length },
          rank: incentives.filter((one) => one > me.incentive).length + 1,
          best: Math.max(...incentives),
          median: quantile(incentives, 0.5) ?? 0,
        };
      },
      { timeoutMs: TIMEOUT_MS },
    );
  } catch (error) {
    signal.throwIfAborted();
    return { problem: errorText(error) };
  }
}
