import { type Clock, InvalidArgumentError } from "../core/index.ts";
import { StaleRequestError } from "./errors.ts";
import { NANOSECONDS_PER_MS, nowNanoseconds } from "./nonce.ts";
import type { NonceStore } from "./nonce-store.ts";

/** A request older than this is refused. */
const MAX_AGE_SECONDS = 10;
/** A request newer than this is refused: clocks differ. */
const ALLOWED_SKEW_SECONDS = 2;
const MAX_AGE = BigInt(MAX_AGE_SECONDS) * 1000n * NANOSECONDS_PER_MS;
const ALLOWED_SKEW = BigInt(ALLOWED_SKEW_SECONDS) * 1000n * NANOSECONDS_PER_MS;
const DAY_MS = 86_400_000n;

/** What the caller should do about it: the words of the specification alone send people looking for a bug in their code. */
function advice(differenceMs: bigint, what: string): string {
  if (differenceMs > DAY_MS) return "it is no time in nanoseconds since 1970, or a clock is days off";
  // Rounded up: "10.0 s old; the window is 10 s" would be a riddle.
  return `it is ${(Math.ceil(Number(differenceMs) / 100) / 10).toFixed(1)} s ${what}; set the clock (NTP), sign just before sending`;
}

/**
 * Whether a nonce, which is a time, lies in the window of both wires. The refusal says by how much it does not.
 *
 * @throws {StaleRequestError}
 */
export function assertFresh(nonce: bigint, clock: Clock): void {
  const age = nowNanoseconds(clock) - nonce;
  if (age <= MAX_AGE && age >= -ALLOWED_SKEW) return;
  const roundedUpMs = ((age < 0n ? -age : age) + NANOSECONDS_PER_MS - 1n) / NANOSECONDS_PER_MS;
  const problem =
    age > 0n
      ? `nonce is older than the ${MAX_AGE_SECONDS}s freshness window: ${advice(roundedUpMs, "old")}`
      : `nonce is more than ${ALLOWED_SKEW_SECONDS}s in the future: ${advice(roundedUpMs, "ahead")}`;
  throw new StaleRequestError({ problem });
}

/** A store that forgets a nonce while its request is still fresh would let it be replayed. */
export function assertRetention({ retentionMs }: NonceStore): void {
  if (retentionMs >= (MAX_AGE_SECONDS + ALLOWED_SKEW_SECONDS) * 1000) return;
  const problem = `must be at least ${MAX_AGE_SECONDS + ALLOWED_SKEW_SECONDS} seconds`;
  throw new InvalidArgumentError({ argument: "nonceStore.retentionMs", problem, value: retentionMs });
}
