import { hash, timingSafeEqual } from "node:crypto";
import { InvalidArgumentError, type Random, toHex } from "../../core/index.ts";

/** What a key may do. `events:write` sends conversations; the others read, for servers of rooms above. */
export const SCOPES = ["events:write", "history:read"] as const;
/** What a key may do: send conversations, or read explanations and rounds. */
export type Scope = (typeof SCOPES)[number];
/** Platforms whose webhooks are understood. */
export const ADAPTERS = ["chatwoot", "intercom", "rasa"] as const;
/** A platform whose webhooks are understood. */
export type AdapterName = (typeof ADAPTERS)[number];

/** An API key as it is kept. */
export interface ApiKey {
  readonly id: string;
  /** For the operator: whom it was given to. */
  readonly name: string;
  /** Whose conversations it brings. Event and conversation ids are its own: two sources may use the same. */
  readonly source: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret. */
  readonly hash: Uint8Array;
  /** Set for a key that only a platform's webhooks use. */
  readonly adapter: AdapterName | null;
  /** What webhooks are signed with. It has to be known in clear to check a signature, so it is kept so, in a file of 0600. */
  readonly signingSecret: string | null;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
}

const KEY = /^cs_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const SECRET_BYTES = 32;
const ID_BYTES = 8;
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

/**
 * SHA-256 and no slow hash: the secret is 256 random bits, so there is no dictionary to try, and a slow hash would only give strangers a
 * way to keep this machine busy.
 */
export const hashSecret = (secret: string): Uint8Array => hash("sha256", secret, "buffer");

/** What a new key is made of. */
export interface NewKey {
  readonly name: string;
  readonly source: string;
  readonly scopes: readonly Scope[];
  readonly adapter?: AdapterName | null;
  /** A platform's own secret; without it a fresh one is made. */
  readonly signingSecret?: string | null;
}

/**
 * A new key and its texts, which are shown once and kept nowhere.
 *
 * @throws {InvalidArgumentError} naming what cannot be a name.
 * @example
 * createKey({ name: "shop", source: "shop", scopes: ["events:write"] }, { random: cryptoRandom, nowMs: 0 }).text.slice(0, 3); // "cs_"
 */
export function createKey(
  { name, source, scopes, adapter = null, signingSecret = null }: NewKey,
  { random, nowMs }: { readonly random: Random; readonly nowMs: number },
): { readonly key: ApiKey; readonly text: string } {
  for (const [argument, value] of Object.entries({ name, source })) {
    if (NAME.test(value)) continue;
    const problem = "must be 1 to 64 letters, digits, spaces, dots, dashes or underscores, a letter or digit first";
    throw new InvalidArgumentError({ argument, problem, value });
  }
  if (scopes.length === 0) throw new InvalidArgumentError({ argument: "scopes", problem: "must name at least one" });
  const id = toHex(random.bytes(ID_BYTES));
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  const fresh = () => Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  const key: ApiKey = {
    ...{ id, name, source, scopes, adapter },
    hash: hashSecret(secret),
    signingSecret: signingSecret ?? fresh(),
    createdAtMs: nowMs,
    revokedAtMs: null,
  };
  return { key, text: `cs_${id}_${secret}` };
}

/** The id and the secret in a key's text; null when it is none. */
export function readKey(text: string): { readonly id: string; readonly secret: string } | null {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

const NOBODY = new Uint8Array(SECRET_BYTES);

/** Whether the secret is the key's, in a time that does not tell how much of it is right, or whether there is such a key. */
export function holdsSecret(key: ApiKey | undefined, secret: string): boolean {
  const same = timingSafeEqual(key?.hash ?? NOBODY, hashSecret(secret));
  return same && key !== undefined;
}
