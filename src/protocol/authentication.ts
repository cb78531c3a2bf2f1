import { type Clock, isPending, systemClock } from "../core/index.ts";
import type { Asked } from "./asked.ts";
import { assertDeclaredLength } from "./body.ts";
import { assertRetention } from "./freshness.ts";
import { runBounded } from "./guard.ts";
import type { NonceStore } from "./nonce-store.ts";
import { assertAllowed, type Screen } from "./permission.ts";
import type { Caller, CheckSignature, Claim, WireFormat } from "./wire.ts";

/** Settings of {@link createAuthentication}. */
export interface AuthenticationOptions {
  /** Our own SS58 address. */
  readonly self: string;
  /** False also accepts requests that name no receiver. */
  readonly requireReceiver?: boolean;
  /** 64 KiB by default; a larger body is 413, declared or chunked. */
  readonly bodyLimitBytes?: number;
  /** How long the body may take to arrive (408), and the nonce store to answer (504). */
  readonly bodyTimeoutMs?: number;
}

/** Live parts of {@link createAuthentication}. */
export interface AuthenticationModules {
  readonly nonceStore: NonceStore;
  readonly clock?: Clock | undefined;
  /** Default: on this thread. */
  readonly checkSignature?: CheckSignature | undefined;
  /** Asked of the claimed hotkey before its signature and its body cost anything. */
  readonly screen?: Screen | undefined;
}

/** A request whose sender is proven. */
export interface Authenticated {
  readonly caller: Caller;
  /** The bytes that were signed. */
  readonly body: Uint8Array;
}

/**
 * Who asks, proven: small, whole in time, signed for us, fresh and new. Cheapest first: declared length, headers, claimed hotkey, and
 * only then the body, the signature and the replay store.
 *
 * @returns throws at once what its headers refuse, and rejects with the rest.
 * @throws {InvalidArgumentError} when the store forgets sooner than a request goes stale.
 */
export function createAuthentication(
  { self, requireReceiver = true, bodyLimitBytes = 65_536, bodyTimeoutMs = 5_000 }: AuthenticationOptions,
  { nonceStore, clock = systemClock, checkSignature, screen }: AuthenticationModules,
): (asked: Asked, wire: WireFormat) => Promise<Authenticated> {
  assertRetention(nonceStore);
  const context = { self, nonceStore, clock, requireReceiver, checkSignature };
  const limits = { limitBytes: bodyLimitBytes, timeoutMs: bodyTimeoutMs };
  const proven = async (asked: Asked, claim: Claim): Promise<Authenticated> => {
    const { method, target } = asked;
    const body = await asked.readBody(limits);
    const caller = runBounded(() => claim.prove({ method, target, body }), {
      what: "Verifying the request",
      timeoutMs: bodyTimeoutMs,
    });
    return { caller: isPending(caller) ? await caller : caller, body };
  };
  // Not async: what its headers refuse is thrown at once, for a promise that is rejected before anybody waits for it costs Node more.
  return function authenticate(asked, wire) {
    assertDeclaredLength(asked.headers, bodyLimitBytes);
    const claim = wire.request.claim(asked.headers, context);
    if (screen === undefined) return proven(asked, claim);
    const permission = runBounded(() => screen(claim.hotkey), { what: "The policy", timeoutMs: bodyTimeoutMs });
    if (!isPending(permission)) {
      assertAllowed(permission);
      return proven(asked, claim);
    }
    return permission.then((permitted) => {
      assertAllowed(permitted);
      return proven(asked, claim);
    });
  };
}
