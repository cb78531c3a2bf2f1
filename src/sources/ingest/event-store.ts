import { createHmac } from "node:crypto";
import { type Clock, type Random, SubnetError } from "../../core/index.ts";
import type { Row, Sql, Store } from "../../store/index.ts";
import type { EventRefusedError } from "./errors.ts";
import { bodyOf, canonicalEvent, eventOfBody, type IngestEvent } from "./events.ts";

/** What is known of a conversation beside its events. */
export interface ConversationState {
  /** Source and name: `shop/c-17`. */
  readonly id: string;
  readonly source: string;
  readonly openedAtMs: number;
  /** `asking`: a landmark may come. `waiting`: for its outcome alone. `done`: nothing more is heard of it. */
  readonly stage: "asking" | "waiting" | "done";
  /** Moment up to which events were given out. */
  readonly boundaryMs: number | null;
  /** This validator was away while the conversation was open: its silence says nothing. */
  readonly away: boolean;
}
const STAGES = ["asking", "waiting", "done"] as const;

/** What became of an event. */
export type Added =
  | { readonly type: "new"; readonly conversation: ConversationState }
  | { readonly type: "known" }
  | { readonly type: "conflict" }
  | { readonly type: "refused"; readonly error: EventRefusedError };

/** An event with its name in the store. */
export interface Stored {
  readonly event: IngestEvent;
  readonly cut: number | null;
}
/** A conversation that was open when the store was opened. */
export interface Resumed {
  readonly state: ConversationState;
  readonly events: readonly Stored[];
}
/** What is given out of a conversation at once. */
export interface CutRecord {
  readonly state: ConversationState;
  readonly cut: number;
  readonly events: readonly IngestEvent[];
}

/** Events on the disk; see {@link createEventStore}. */
export interface EventStore {
  /**
   * Settles after the COMMIT: before it nothing was promised.
   *
   * @param judge asked of each event whose conversation is not known yet (`isNew`), or is; an error refuses it.
   */
  add(
    source: string,
    events: readonly IngestEvent[],
    judge: (event: IngestEvent, conversation: ConversationState | null) => EventRefusedError | null,
  ): Promise<Added[]>;
  /** Writes down what is about to be given out, so that after a restart the same is given out again. */
  recordCuts(cuts: readonly CutRecord[]): Promise<void>;
  /** Nothing more is heard of these. */
  finish(ids: readonly string[]): Promise<void>;
  /** Conversations that are not done, with their events. */
  resume(): Generator<Resumed, void, undefined>;
  /** When this store was last seen alive; null = never. */
  readonly aliveAtMs: number | null;
  alive(nowMs: number): Promise<void>;
  /** Marks all that are open: we were away. */
  markAway(): number;
  readonly waiting: number;
}

const DIGEST_BYTES = 16;
const SECRET = "digest";

function stateOf(row: Row): ConversationState {
  return {
    id: String(row.id),
    source: String(row.source),
    openedAtMs: Number(row.opened_at_ms),
    stage: STAGES[Number(row.state)] ?? "done",
    boundaryMs: row.boundary_ms === null ? null : Number(row.boundary_ms),
    away: row.away === 1,
  };
}

/** The secret of a store, made when it is first asked for. */
function secretOf(store: Store, random: Random): Uint8Array {
  const read = (sql: Pick<Sql, "get">) => sql.get("SELECT value FROM ingest_values WHERE name = ?", SECRET)?.value;
  const found = read(store.sql);
  if (found instanceof Uint8Array) return found;
  const fresh = random.bytes(32);
  store.transaction((sql) => sql.run("INSERT OR IGNORE INTO ingest_values VALUES (?, ?)", SECRET, fresh));
  const made = read(store.sql);
  if (made instanceof Uint8Array) return made;
  throw new SubnetError("The store keeps no secret.", { code: "STORE_FAILED" });
}

/**
 * Live events in a store with the ingest schema. An event is known by source and id; what it said is known by an HMAC under a
 * secret of the store, so that it still is when the text was forgotten, and nobody can guess texts from it.
 *
 * @example
 * const events = createEventStore({ store, clock, random: cryptoRandom });
 * (await events.add("shop", [event], () => null))[0]?.type; // "new"
 */
export function createEventStore({
  store,
  clock,
  random,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}): EventStore {
  const secret = secretOf(store, random);
  const digestOf = (event: IngestEvent) =>
    createHmac("sha256", secret).update(canonicalEvent(event)).digest().subarray(0, DIGEST_BYTES);

  /** Prepared before the transaction, which holds up everybody. */
  interface Incoming {
    readonly event: IngestEvent;
    readonly conversation: string;
    readonly digest: Uint8Array;
    readonly body: string;
  }
  const addOne = (
    sql: Sql,
    source: string,
    { event, conversation, digest, body }: Incoming,
    judge: Parameters<EventStore["add"]>[2],
  ): Added => {
    const nowMs = clock.nowMs();
    const known = sql.get("SELECT * FROM ingest_conversations WHERE id = ?", conversation);
    const state = known === undefined ? null : stateOf(known);
    const before = sql.get("SELECT digest FROM ingest_events WHERE source = ? AND id = ?", source, event.id);
    if (before !== undefined) {
      const same = before.digest instanceof Uint8Array && Buffer.compare(before.digest, digest) === 0;
      return { type: same ? "known" : "conflict" };
    }
    const error = judge(event, state);
    if (error !== null) return { type: "refused", error };
    sql.run(
      "INSERT INTO ingest_events VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
      ...[source, event.id, conversation, event.atMs, nowMs, digest, body],
    );
    if (state !== null) return { type: "new", conversation: state };
    sql.run("INSERT INTO ingest_conversations VALUES (?, ?, ?, 0, NULL, 0)", conversation, source, nowMs);
    const fresh = {
      id: conversation,
      source,
      openedAtMs: nowMs,
      stage: "asking",
      boundaryMs: null,
      away: false,
    } as const;
    return { type: "new", conversation: fresh };
  };

  return {
    add(source, events, judge) {
      const incoming = events.map(
        (event): Incoming => ({
          event,
          conversation: `${source}/${event.conversationId}`,
          digest: digestOf(event),
          body: bodyOf(event),
        }),
      );
      return store.submit((sql) => incoming.map((one) => addOne(sql, source, one, judge)));
    },
    async recordCuts(cuts) {
      await store.submit((sql) => {
        for (const { state, cut, events } of cuts) {
          for (const { id } of events)
            sql.run("UPDATE ingest_events SET cut = ? WHERE source = ? AND id = ?", cut, state.source, id);
          sql.run(
            "UPDATE ingest_conversations SET state = max(state, ?), boundary_ms = ? WHERE id = ?",
            // Done it is only when the last of it was taken: see finish.
            ...[Math.min(STAGES.indexOf(state.stage), 1), state.boundaryMs, state.id],
          );
        }
      });
    },
    async finish(ids) {
      await store.submit((sql) => {
        for (const id of ids) sql.run("UPDATE ingest_conversations SET state = 2 WHERE id = ?", id);
      });
    },
    *resume() {
      const open = store.sql.all("SELECT * FROM ingest_conversations WHERE state < 2 ORDER BY opened_at_ms, id");
      for (const row of open) {
        const state = stateOf(row);
        const events = store.sql
          .all("SELECT body, cut FROM ingest_events WHERE conversation = ?", state.id)
          .map(({ body, cut }) => ({ event: eventOfBody(String(body)), cut: cut === null ? null : Number(cut) }));
        yield { state, events };
      }
    },
    get aliveAtMs() {
      const value = store.sql.get("SELECT value FROM ingest_values WHERE name = 'alive'")?.value;
      return value instanceof Uint8Array ? Number(Buffer.from(value).toString("latin1")) : null;
    },
    async alive(nowMs) {
      const value = Buffer.from(String(nowMs), "latin1");
      await store.submit((sql) => sql.run("INSERT OR REPLACE INTO ingest_values VALUES ('alive', ?)", value));
    },
    markAway: () => store.transaction((sql) => sql.run("UPDATE ingest_conversations SET away = 1 WHERE state < 2")),
    get waiting() {
      return store.waiting;
    },
  };
}
