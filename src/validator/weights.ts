import {
  type Chain,
  ChainRefusedError,
  type Hyperparameters,
  type Metagraph,
  neuronOf,
  setWeights,
  type WeightsReceipt,
} from "../chain/index.ts";
import { type Logger, silentTracing, type Tracing } from "../core/index.ts";
import {
  type ChainWeights,
  type Cluster,
  chainWeights,
  type Originality,
  type OriginalityTreatment,
  sharePay,
} from "../scoring/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { Standings } from "./standings.ts";

/** A part of the weights that nobody earns: it goes to a uid whose emission is burned, by custom the subnet owner's. */
export interface Burn {
  readonly uid: number;
  /** 0 to below 1. */
  readonly share: number;
}
/** What became of weights. */
export interface WeightsState {
  /** Shares by hotkey of the last weights that the chain took, summing to 1. */
  readonly last: ReadonlyMap<string, number>;
  readonly setCount: number;
  readonly lastSetBlock: number | null;
  /** Hotkeys that answered as one when weights were made last. */
  readonly clusters: readonly Cluster[];
  /** The chain's last no, until a yes. */
  readonly refusal: { readonly name: string; readonly atBlock: number; readonly notBeforeBlock: number | null } | null;
}
/** How one setting of weights ended. */
export type WeightsOutcome = "set" | "committed" | "refused" | "failed";
/** Puts weights on the chain when it is time. */
export interface WeightSetter {
  /** Looks at the chain and sets weights when they are due; says whether it did. `force` skips the own schedule, not the chain's. */
  setWhenDue(metagraph: Metagraph, options: { signal: AbortSignal; force?: boolean }): Promise<boolean>;
  state(): WeightsState;
}

/** Averages are by hotkey; the uid is looked up in this very metagraph. Null = nobody has earned anything. */
function rowOf(
  { neurons }: Metagraph,
  ownUid: number,
  { minAllowedWeights, maxWeightLimit }: Hyperparameters,
  { payOf, burn }: { payOf: ReadonlyMap<string, number>; burn: Burn | null },
): ChainWeights | null {
  const pay = new Map<number, number>();
  for (const { uid, hotkey } of neurons) {
    const earned = payOf.get(hotkey);
    if (earned !== undefined && uid !== ownUid && uid !== burn?.uid) pay.set(uid, earned);
  }
  const earned = [...pay.values()].reduce((sum, value) => sum + value, 0);
  if (burn !== null && burn.share > 0 && earned > 0) {
    if (burn.uid >= neurons.length) throw new Error(`The uid ${burn.uid}, which is to be burned, is nobody's.`);
    pay.set(burn.uid, (earned * burn.share) / (1 - burn.share));
  }
  const allUids = neurons.map(({ uid }) => uid).filter((uid) => uid !== ownUid);
  return chainWeights({ pay, allUids, minAllowedWeights, maxWeightLimit });
}

/** Steps of a computation, with everybody else's turn between. */
async function inTurns<T>(steps: Generator<void, T>, signal: AbortSignal): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}

/**
 * Sets weights when they are due, out of what `standings` pays each hotkey of the subnet; hotkeys that answer as one share one reward. A refusal
 * of the chain is logged and kept in `state()`.
 *
 * @param options read anew each time, so that they may change. `epochLength`: blocks between two settings of this validator's own schedule; the chain's rate limit holds as well.
 * @throws from `setWhenDue` what the chain throws, but for its refusals.
 * @example
 * const setter = createWeightSetter({ netuid: 1, epochLength: 100, versionKey: 0 }, { chain, signer, standings, logger });
 * await setter.setWhenDue(await chain.metagraph({ netuid: 1 }), { signal }); // true
 */
export function createWeightSetter(
  options: {
    readonly netuid: number;
    readonly epochLength: number;
    readonly versionKey: number;
    readonly burn?: Burn | null;
    readonly treatment?: OriginalityTreatment;
  },
  {
    chain,
    signer,
    standings,
    originality = null,
    logger,
    onOutcome,
    tracing = silentTracing,
  }: {
    chain: Chain;
    signer: Signer;
    standings: Standings;
    originality?: Pick<Originality, "steps"> | null;
    logger: Logger;
    onOutcome?: (outcome: WeightsOutcome) => void;
    tracing?: Tracing | undefined;
  },
): WeightSetter {
  const state: { -readonly [K in keyof WeightsState]: WeightsState[K] } = {
    last: new Map(),
    setCount: 0,
    lastSetBlock: null,
    clusters: [],
    refusal: null,
  };

  const isDue = (metagraph: Metagraph, lastUpdateBlock: number, weightsRateLimit: number, force: boolean): boolean => {
    const wait = Math.max(force ? 0 : options.epochLength, weightsRateLimit);
    if (state.lastSetBlock !== null) return metagraph.block - state.lastSetBlock >= wait;
    // Set by this hotkey before this process began: the chain would refuse, so it is not asked.
    return metagraph.block - lastUpdateBlock >= weightsRateLimit;
  };

  const refused = ({ refusal: name, values }: ChainRefusedError, block: number) => {
    const possible = values["Possible at block"];
    const notBeforeBlock = typeof possible === "number" ? possible : null;
    // Said once and not with every look at the chain.
    const level = state.refusal?.name === name ? "debug" : "warn";
    state.refusal = { name, atBlock: block, notBeforeBlock };
    logger[level]("The chain refused the weights", { refusal: name, ...values });
  };

  /** What each hotkey of the subnet is paid: those that answer as one share one reward. */
  const shares = async ({ neurons }: Metagraph, signal: AbortSignal): Promise<ReadonlyMap<string, number>> => {
    const pay = new Map<string, number>();
    for (const { hotkey } of neurons) {
      const earned = standings.payOf(hotkey);
      if (earned !== null) pay.set(hotkey, earned);
    }
    if (originality === null) return pay;
    state.clusters = await inTurns(originality.steps(), signal);
    return sharePay(pay, state.clusters, options.treatment ?? "split");
  };

  const setWhenDue: WeightSetter["setWhenDue"] = async (metagraph, { signal, force = false }) => {
    const { block } = metagraph;
    const { netuid, versionKey, burn = null, treatment = "split" } = options;
    const me = neuronOf(metagraph, signer.address);
    if (me === undefined || !me.validatorPermit) return false;
    if (block < (state.refusal?.notBeforeBlock ?? 0)) return false;
    const hyperparameters = await chain.hyperparameters({ netuid }, { signal });
    if (!isDue(metagraph, me.lastUpdateBlock, hyperparameters.weightsRateLimit, force)) return false;
    const row = rowOf(metagraph, me.uid, hyperparameters, { payOf: await shares(metagraph, signal), burn });
    if (row === null) {
      logger.debug("No weights to set: nobody has earned anything yet", { block });
      return false;
    }
    const { uids, weights } = row;
    let receipt: WeightsReceipt;
    const span = tracing.begin("set weights", { fields: { netuid, uids: uids.length } });
    try {
      receipt = await setWeights(chain, { netuid, uids, weights, versionKey, signer }, { signal });
      span.end();
    } catch (error) {
      span.end(error);
      if (!(error instanceof ChainRefusedError)) {
        onOutcome?.("failed");
        throw error;
      }
      onOutcome?.("refused");
      refused(error, block);
      return false;
    }
    const sum = weights.reduce((total, weight) => total + weight, 0);
    state.last = new Map(uids.map((uid, i) => [metagraph.neurons[uid]?.hotkey ?? "", (weights[i] ?? 0) / sum]));
    state.lastSetBlock = block;
    state.setCount += 1;
    state.refusal = null;
    const { how, revealRound } = receipt;
    onOutcome?.(how === "set" ? "set" : "committed");
    for (const { hotkeys } of state.clusters)
      logger.info("Hotkeys answer as one", { hotkeys: hotkeys.join(", "), treatment });
    logger.info(how === "set" ? "Weights set" : "Weights committed", {
      uids: uids.length,
      block,
      revealRound: revealRound ?? undefined,
      notes: row.notes.join("; ") || undefined,
    });
    return true;
  };
  return { setWhenDue, state: () => state };
}
