import type { Maybe } from "../core/index.ts";
import { RequestRefusedError } from "./errors.ts";
import type { Caller } from "./wire.ts";

/** A caller's welcome. */
export type Permission =
  | { readonly allowed: true }
  /** With `retryAfterSeconds` it is 429, and the caller may come again; without it is 403. */
  | { readonly allowed: false; readonly reason: string; readonly retryAfterSeconds?: number };
/** Decides about a proven caller: is it registered, does it hold a permit. */
export type Authorize = (caller: Caller) => Maybe<Permission>;
/**
 * Whether a hotkey could be welcome at all, before its signature is checked: a stranger then costs no signature and no body. It is
 * asked of a claim that anybody can make, so it must count and remember nothing.
 */
export type Screen = (hotkey: string) => Maybe<Permission>;

/** @throws {RequestRefusedError} 403 or 429. */
export function assertAllowed(permission: Permission): void {
  if (permission.allowed) return;
  const { reason: problem, retryAfterSeconds } = permission;
  if (retryAfterSeconds === undefined) throw new RequestRefusedError({ code: "FORBIDDEN", problem });
  const headers = { "Retry-After": String(retryAfterSeconds) };
  throw new RequestRefusedError({ code: "RATE_LIMITED", problem, headers });
}
