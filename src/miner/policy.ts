import type { Metagraph } from "../chain/index.ts";
import { type Clock, systemClock } from "../core/index.ts";
import type { Caller, Permission } from "../protocol/index.ts";

/** Who is answered; the defaults refuse strangers. */
export interface PolicyOptions {
  /** Only callers with a validator permit (`--blacklist.force_validator_permit`). Default true. */
  readonly forceValidatorPermit?: boolean;
  /** Also callers that are not on the subnet (`--blacklist.allow_non_registered`). Default false. */
  readonly allowNonRegistered?: boolean;
  /** Smallest stake of a caller. Default 0. */
  readonly minStakeRao?: bigint;
  /** Hotkeys that are answered whatever their permit and stake, registered or not. */
  readonly allow?: readonly string[] | undefined;
  /** Hotkeys that are never answered. It stands over `allow`. */
  readonly deny?: readonly string[] | undefined;
  /** Questions a second of one hotkey, in the long run; default: as many as there are places. */
  readonly maxRequestsPerSecond?: number | undefined;
}

/** Decides about callers by the last metagraph. */
export interface Policy {
  update(metagraph: Metagraph): void;
  /**
   * Whether a hotkey could be welcome, by what it claims: asked before its signature is checked, so that a stranger costs little. It
   * counts nothing, for anybody can claim a hotkey.
   */
  screen(hotkey: string): Permission;
  /** The same of a proven caller; its rate is counted. */
  decide(caller: Pick<Caller, "hotkey">): Permission;
  /** Stake in TAO: the more, the sooner it is served. */
  priorityOf(caller: Pick<Caller, "hotkey">): number;
}

/** Why a policy lets nobody in, and the words for the caller; metrics count the keys. */
const REASONS = {
  denied: "the caller is on this miner's list of those it does not answer",
  unregistered: "the caller is not registered on this subnet",
  no_permit: "the caller has no validator permit",
  low_stake: "the caller's stake is below this miner's minimum",
  too_often: "the caller asks too often",
} as const;
/** The key of a reason; "other" for one of somebody else's policy. */
export const kindOfReason = (reason: string): string =>
  Object.entries(REASONS).find(([, words]) => words === reason)?.[0] ?? "other";

const RAO_PER_TAO = 1e9;
/** Who has been quiet may ask at once for as many as it is allowed in so many seconds. */
const BURST_SECONDS = 5;

/** Buckets of tokens by hotkey; one that is full again is forgotten. */
function createRates(perSecond: number, clock: Clock) {
  const full = Math.max(1, perSecond * BURST_SECONDS);
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const levelOf = (hotkey: string, nowMs: number) => {
    const bucket = buckets.get(hotkey);
    return bucket === undefined ? full : Math.min(full, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond);
  };
  return {
    /** Takes a token; else says in how many seconds there is one. */
    take(hotkey: string): number {
      const nowMs = clock.monotonicMs();
      const tokens = levelOf(hotkey, nowMs);
      if (tokens < 1) return (1 - tokens) / perSecond;
      // Only proven and welcome callers come here, so there are as many as the subnet has neurons, or the list.
      buckets.set(hotkey, { tokens: tokens - 1, atMs: nowMs });
      return 0;
    },
    forgetQuiet() {
      const nowMs = clock.monotonicMs();
      for (const hotkey of buckets.keys()) if (levelOf(hotkey, nowMs) >= full) buckets.delete(hotkey);
    },
  };
}

/**
 * Stands after the signature: whoever is judged here is who they say. An unknown hotkey is a reason, never an exception.
 *
 * @example
 * createPolicy({}).decide({ hotkey: "5Grwva…" }); // { allowed: false, reason: "the caller is not registered on this subnet" }
 */
export function createPolicy(
  {
    forceValidatorPermit = true,
    allowNonRegistered = false,
    minStakeRao = 0n,
    allow = [],
    deny = [],
    maxRequestsPerSecond,
  }: PolicyOptions,
  { clock = systemClock }: { clock?: Clock } = {},
): Policy {
  let known = new Map<string, { readonly permit: boolean; readonly stakeRao: bigint }>();
  const [allowed, denied] = [new Set(allow), new Set(deny)];
  const rates = maxRequestsPerSecond === undefined ? null : createRates(maxRequestsPerSecond, clock);
  const no = (reason: string): Permission => ({ allowed: false, reason });
  const judge = (hotkey: string): Permission => {
    if (denied.has(hotkey)) return no(REASONS.denied);
    if (allowed.has(hotkey)) return { allowed: true };
    const neuron = known.get(hotkey);
    if (neuron === undefined) return allowNonRegistered ? { allowed: true } : no(REASONS.unregistered);
    if (forceValidatorPermit && !neuron.permit) return no(REASONS.no_permit);
    if (neuron.stakeRao < minStakeRao) return no(REASONS.low_stake);
    return { allowed: true };
  };
  return {
    update({ neurons }) {
      known = new Map(
        neurons.map(({ hotkey, validatorPermit, stakeRao }) => [hotkey, { permit: validatorPermit, stakeRao }]),
      );
      rates?.forgetQuiet();
    },
    screen: judge,
    decide({ hotkey }) {
      const permission = judge(hotkey);
      const waitSeconds = permission.allowed ? (rates?.take(hotkey) ?? 0) : 0;
      if (waitSeconds === 0) return permission;
      return { allowed: false, reason: REASONS.too_often, retryAfterSeconds: Math.ceil(waitSeconds) };
    },
    priorityOf: ({ hotkey }) => Number(known.get(hotkey)?.stakeRao ?? 0n) / RAO_PER_TAO,
  };
}
