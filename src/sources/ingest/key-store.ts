import { z } from "zod";
import { type Clock, type Random, SubnetError } from "../../core/index.ts";
import type { Row, Store } from "../../store/index.ts";
import { UnknownKeyError } from "./errors.ts";
import { ADAPTERS, type ApiKey, createKey, type NewKey, SCOPES } from "./keys.ts";

/** API keys in a store; see {@link createKeyStore}. */
export interface KeyStore {
  /** Makes a key, keeps its hash, and gives its text: the one time that it is seen. */
  create(key: NewKey): { readonly key: ApiKey; readonly text: string };
  /** All of them, revoked ones too, the oldest first. */
  list(): ApiKey[];
  /** From now on the key opens nothing; a server that runs hears of it within a second. */
  revoke(id: string): void;
  /** A key that opens something, as of a second ago at most. */
  find(id: string): ApiKey | undefined;
}

const bytes = z.instanceof(Uint8Array);
const keyRow = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  scopes: z.string().transform((text) => text.split(" ").flatMap((word) => SCOPES.filter((scope) => scope === word))),
  hash: bytes,
  adapter: z.enum(ADAPTERS).nullable(),
  signing_secret: z.string().nullable(),
  created_at_ms: z.number(),
  revoked_at_ms: z.number().nullable(),
});

function keyOf(row: Row): ApiKey {
  const parsed = keyRow.safeParse(row);
  if (!parsed.success) throw new SubnetError("A stored API key cannot be read.", { code: "STORE_FAILED" });
  const { signing_secret, created_at_ms, revoked_at_ms, ...rest } = parsed.data;
  return { ...rest, signingSecret: signing_secret, createdAtMs: created_at_ms, revokedAtMs: revoked_at_ms };
}

/** A key revoked by another process is heard of so soon. */
const FRESH_MS = 1_000;

/**
 * API keys in a store with the ingest schema: the command line makes and revokes them beside a server that runs.
 *
 * @example
 * const keys = createKeyStore({ store, clock, random: cryptoRandom });
 * const { key, text } = keys.create({ name: "shop", source: "shop", scopes: ["events:write"] });
 * keys.find(key.id)?.name; // "shop"
 */
export function createKeyStore({
  store,
  clock,
  random,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}): KeyStore {
  let known = new Map<string, ApiKey>();
  let readAtMs = Number.NEGATIVE_INFINITY;
  const list = () => store.sql.all("SELECT * FROM ingest_keys ORDER BY created_at_ms, id").map(keyOf);
  const refresh = () => {
    readAtMs = clock.monotonicMs();
    known = new Map(list().flatMap((key) => (key.revokedAtMs === null ? [[key.id, key]] : [])));
  };
  return {
    list,
    create(wanted) {
      const made = createKey(wanted, { random, nowMs: clock.nowMs() });
      const { id, name, source, scopes, hash, adapter, signingSecret, createdAtMs } = made.key;
      store.transaction((sql) =>
        sql.run(
          "INSERT INTO ingest_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
          ...[id, name, source, scopes.join(" "), hash, adapter, signingSecret, createdAtMs],
        ),
      );
      readAtMs = Number.NEGATIVE_INFINITY;
      return made;
    },
    revoke(id) {
      const changed = store.transaction((sql) =>
        sql.run(
          "UPDATE ingest_keys SET revoked_at_ms = coalesce(revoked_at_ms, ?), signing_secret = NULL WHERE id = ?",
          clock.nowMs(),
          id,
        ),
      );
      if (changed === 0) throw new UnknownKeyError({ keyId: id });
      readAtMs = Number.NEGATIVE_INFINITY;
    },
    find(id) {
      if (clock.monotonicMs() - readAtMs >= FRESH_MS) refresh();
      return known.get(id);
    },
  };
}
