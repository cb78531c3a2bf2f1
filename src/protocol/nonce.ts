import { randomInt } from "node:crypto";
import type { Clock } from "../core/index.ts";

export const NANOSECONDS_PER_MS = 1_000_000n;
const SECOND = 1000n * NANOSECONDS_PER_MS;
const last = new WeakMap<Clock, bigint>();

/** The clock's time in nanoseconds since 1970; a number could not hold it. */
export function nowNanoseconds(clock: Clock): bigint {
  return BigInt(Math.floor(clock.nowMs())) * NANOSECONDS_PER_MS;
}

/**
 * A nonce: the time in nanoseconds, above every one given out before, however many are asked for in one millisecond.
 * Below the millisecond it is random, so that two processes with one hotkey do not meet.
 *
 * @example
 * nextNonce(systemClock) < nextNonce(systemClock); // true
 */
export function nextNonce(clock: Clock): bigint {
  const now = nowNanoseconds(clock);
  const fresh = now + BigInt(randomInt(Number(NANOSECONDS_PER_MS)));
  const previous = last.get(clock) ?? 0n;
  // A wall clock set back by more than a second wins over the order: nonces from the future would all be refused.
  const nonce = previous >= fresh && previous < now + SECOND ? previous + 1n : fresh;
  last.set(clock, nonce);
  return nonce;
}
