import { type ChainCall, type ChainRefusal, POOL_REFUSALS } from "../../chain/index.ts";

/** A JSON-RPC error, as `author_submitExtrinsic` answers it. */
export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * What the transaction pool means by a refusal:
 * - `refused`: the runtime's own reason.
 * - `outdated`: signed for a block that is too old: sign again.
 * - `bad-proof`: signed for another version of the runtime: read its metadata again, and sign again.
 * - `nonce-passed`, `nonce-ahead`: of a number that the account has used, perhaps for this very call, or has not come to.
 * - `pending`: the same, or another with this nonce, waits already.
 * - `unfunded`: nobody can pay the fee.
 * - `busy`: the pool is full, or has banned it for a while: try again later.
 */
export type PoolAnswer =
  | { readonly kind: "refused"; readonly refusal: ChainRefusal; readonly candidates: readonly ChainRefusal[] }
  | { readonly kind: "outdated" | "bad-proof" | "nonce-passed" | "nonce-ahead" | "pending" | "unfunded" | "busy" }
  | { readonly kind: "unknown"; readonly text: string };

/** What a shared number means to a call, where its kind tells. */
const LIKELIEST: Readonly<Partial<Record<ChainCall["type"], readonly ChainRefusal[]>>> = {
  add_stake: ["StakeAmountTooLow"],
  set_weights: ["NotEnoughStakeToSetWeights", "SettingWeightsTooFast"],
  commit_weights: ["NotEnoughStakeToSetWeights", "CommittingWeightsTooFast"],
  reveal_weights: ["NotEnoughStakeToSetWeights"],
  commit_timelocked_weights: ["NotEnoughStakeToSetWeights", "CommittingWeightsTooFast"],
};

const WORDS: readonly (readonly [pattern: RegExp, kind: Exclude<PoolAnswer["kind"], "refused" | "unknown">])[] = [
  [/bad signature|bad proof|invalid signing address/i, "bad-proof"],
  [/ancient birth/i, "outdated"],
  // Substrate's words for a nonce below the account's.
  [/outdated|stale/i, "nonce-passed"],
  [/valid in the future/i, "nonce-ahead"],
  [/inability to pay|account balance too low/i, "unfunded"],
  [/priority is too low|already imported/i, "pending"],
  [/temporarily banned|pool.*(?:full|limit)|immediately dropped/i, "busy"],
];
const CODES: Readonly<Record<number, Exclude<PoolAnswer["kind"], "refused" | "unknown">>> = {
  1012: "busy",
  1013: "pending",
  1014: "pending",
  1016: "busy",
};

function refused(number: number, call: ChainCall["type"] | undefined): PoolAnswer {
  const candidates = Object.hasOwn(POOL_REFUSALS, number) ? POOL_REFUSALS[number] : undefined;
  if (candidates === undefined) return { kind: "unknown", text: `Custom error: ${number}` };
  const likely = call === undefined ? [] : (LIKELIEST[call] ?? []);
  return { kind: "refused", refusal: candidates.find((each) => likely.includes(each)) ?? candidates[0], candidates };
}

/**
 * Puts the pool's refusal into words that can be acted upon.
 *
 * @param call picks among the refusals that share a number.
 * @example
 * poolAnswer({ code: 1010, message: "Invalid Transaction", data: "Custom error: 6" }, "set_weights");
 * // { kind: "refused", refusal: "SettingWeightsTooFast", candidates: ["RateLimitExceeded", ...] }
 */
export function poolAnswer({ code, message, data }: RpcFailure, call?: ChainCall["type"]): PoolAnswer {
  const text = [message, typeof data === "string" ? data : JSON.stringify(data ?? "")].join(" ");
  const [, custom] = /custom(?: error)?["':\s]+(\d{1,3})\b/i.exec(text) ?? [];
  if (custom !== undefined) return refused(Number(custom), call);
  const kind = WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? CODES[code];
  return kind === undefined ? { kind: "unknown", text: text.trim().slice(0, 200) } : { kind };
}
