import { isIPv6 } from "node:net";
import type { Clock } from "../core/index.ts";
import { AdminRequestError } from "./errors.ts";

/** Wrong tokens a minute from one address: one of ours cannot be guessed, but a short one of a person's own might. */
const MAX_WRONG = 20;
const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 1_000;

/** Who has guessed wrong of late; see {@link createGuesses}. */
export interface Guesses {
  /** @throws {AdminRequestError} RATE_LIMITED, whatever is guessed: else the answer would tell. */
  check(address: string): void;
  /** A program with an old token says the same one again and again, which is one guess. */
  wrong(address: string, guess: string): void;
}

/**
 * Where somebody is: of IPv6 the first 64 bits, since the others are anybody's to choose.
 *
 * @example
 * placeOf("2001:db8::7"); // "2001:db8:0:0"
 */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, "").replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array.from({ length: zeros }, () => "0"), ...(tail ?? [])].slice(0, 4).join(":");
}

/**
 * Counts wrong tokens by address, so that who guesses shuts out nobody but himself. What is counted is bounded: of too many
 * addresses the one that was first counted is let go.
 *
 * @example
 * createGuesses({ clock: systemClock }).check("192.0.2.1"); // undefined: it may try
 */
export function createGuesses({ clock }: { readonly clock: Pick<Clock, "monotonicMs"> }): Guesses {
  const places = new Map<string, Map<string, number>>();
  return {
    check(address) {
      const place = placeOf(address);
      const wrong = places.get(place);
      if (wrong === undefined) return;
      const now = clock.monotonicMs();
      for (const [guess, atMs] of wrong) if (now - atMs >= MINUTE_MS) wrong.delete(guess);
      if (wrong.size === 0) places.delete(place);
      if (wrong.size < MAX_WRONG) return;
      const problem = "too many wrong tokens; wait a minute";
      throw new AdminRequestError({ code: "RATE_LIMITED", problem, headers: { "retry-after": "60" } });
    },
    wrong(address, guess) {
      const place = placeOf(address);
      const wrong = places.get(place) ?? new Map<string, number>();
      wrong.set(guess.slice(0, 600), clock.monotonicMs());
      places.set(place, wrong);
      for (const [oldest] of places) {
        if (places.size <= MAX_ADDRESSES) break;
        places.delete(oldest);
      }
    },
  };
}
