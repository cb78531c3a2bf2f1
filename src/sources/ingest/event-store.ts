import { hash } from "node:crypto";
import { z } from "zod";
import { type Clock, type Random, SubnetError, toHex } from "../../core/index.ts";
import { forgottenIn, type Row, type Sql, type Store } from "../../store/index.ts";
import type { EventRefusedError } from "./errors.ts";
import { bodyOf, eventOfBody, type IngestEvent } from "./events.ts";

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
const idList = z.array(z.string());
const STAGES = ["asking", "waiting", "done"] as const;

/** What became of an event. */
export type Added =
  | { readonly type: "new"; readonly conversation: ConversationState }
  | { readonly type: "known" }
  /** `history forget` was told of its conversation: it is not written down. */
  | { readonly type: "forgotten"; readonly conversation: string }
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

/** What the store asks, inside of the transaction. */
export interface Judge {
  /** A conversation that need not be looked up. */
  known(id: string): ConversationState | undefined;
  /** Asked of an event that is new, and whether its conversation is: an error refuses it. */
  refusal(event: IngestEvent, conversation: ConversationState | null): EventRefusedError | null;
  /** Told of each event that was new, before its commit. */
  written?(event: IngestEvent, conversation: string): void;
}

/** Events on the disk; see {@link createEventStore}. */
export interface EventStore {
  /** Settles after the COMMIT: before it nothing was promised. */
  add(source: string, events: readonly IngestEvent[], judge: Judge): Promise<Added[]>;
  /** Writes down what is about to be given out, so that after a restart the same is given out again. */
  /** @returns the conversations that were forgotten meanwhile: nothing of them is written down, nor to be given out. */
  recordCuts(cuts: readonly CutRecord[]): Promise<ReadonlySet<string>>;
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
/** Requests whose events go into one write. */
const MAX_TOGETHER = 256;
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
 * Live events in a store with the ingest schema. An event is known by source and id; what it said is known by a hash under a
 * secret of the store, so that it still is when the text was forgotten, and nobody can guess texts from it.
 *
 * @example
 * const events = createEventStore({ store, clock, random: cryptoRandom });
 * (await events.add("shop", [event], { known: () => undefined, refusal: () => null }))[0]?.type; // "new"
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
  const secret = toHex(secretOf(store, random));
  /** Prepared before the transaction, which holds up everybody. */
  interface Incoming {
    readonly event: IngestEvent;
    readonly conversation: string;
    readonly digest: Uint8Array;
    readonly body: string;
  }
  interface Waiting {
    readonly source: string;
    readonly incoming: readonly Incoming[];
    readonly judge: Judge;
    resolve(added: Added[]): void;
    reject(error: unknown): void;
  }
  let queue: Waiting[] = [];
  let waiting = 0;

  const prepare = (source: string, event: IngestEvent): Incoming => {
    const body = bodyOf(event);
    const digest = hash("sha256", secret + body, "buffer").subarray(0, DIGEST_BYTES);
    return { event, conversation: `${source}/${event.conversationId}`, digest, body };
  };
  /** Whether an event of this id is there, and whether it is this one. */
  const before = (sql: Sql, source: string, { event, digest }: Incoming): Added | null => {
    const found = sql.get("SELECT digest FROM ingest_events WHERE source = ? AND id = ?", source, event.id)?.digest;
    if (!(found instanceof Uint8Array)) return null;
    return { type: Buffer.compare(found, digest) === 0 ? "known" : "conflict" };
  };
  const addOne = (sql: Sql, nowMs: number, { source, judge }: Waiting, one: Incoming): Added => {
    const { event, conversation, digest, body } = one;
    let state = judge.known(conversation) ?? null;
    if (state === null) {
      const row = sql.get("SELECT * FROM ingest_conversations WHERE id = ?", conversation);
      state = row === undefined ? null : stateOf(row);
    }
    const error = judge.refusal(event, state);
    if (error !== null) return before(sql, source, one) ?? { type: "refused", error };
    const inserted = sql.run(
      "INSERT OR IGNORE INTO ingest_events VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[source, event.id, conversation, event.atMs, nowMs, digest, body],
    );
    if (inserted === 0) return before(sql, source, one) ?? { type: "conflict" };
    judge.written?.(event, conversation);
    if (state !== null) return { type: "new", conversation: state };
    sql.run("INSERT INTO ingest_conversations VALUES (?, ?, ?, 0, NULL, 0)", conversation, source, nowMs);
    const fresh = { openedAtMs: nowMs, stage: "asking", boundaryMs: null, away: false } as const;
    return { type: "new", conversation: { id: conversation, source, ...fresh } };
  };
  /** One write for all that came meanwhile: what a write costs beside its work is shared. */
  const flush = () => {
    let taken: readonly Waiting[] = [];
    const work = (sql: Sql) => {
      taken = queue.slice(0, MAX_TOGETHER);
      queue = queue.slice(MAX_TOGETHER);
      const nowMs = clock.nowMs();
      const forgotten = forgottenIn(sql);
      return taken.map((one): Added[] | { readonly error: unknown } => {
        // One that fails takes nobody with it. What of it was stored by then is known when it comes again.
        try {
          return one.incoming.map((event): Added => {
            const { conversation } = event;
            return forgotten(conversation) ? { type: "forgotten", conversation } : addOne(sql, nowMs, one, event);
          });
        } catch (error) {
          return { error };
        }
      });
    };
    const done = () => {
      for (const { incoming } of taken) waiting -= incoming.length;
    };
    store.submit(work).then(
      (added) => {
        done();
        for (const [i, one] of taken.entries()) {
          const result = added[i] ?? [];
          if ("error" in result) one.reject(result.error);
          else one.resolve(result);
        }
      },
      (error: unknown) => {
        // It may have been refused before it was looked at.
        if (taken.length === 0) [taken, queue] = [queue, []];
        done();
        for (const one of taken) one.reject(error);
      },
    );
  };

  return {
    add(source, events, judge) {
      const incoming = events.map((event) => prepare(source, event));
      return new Promise((resolve, reject) => {
        queue.push({ source, incoming, judge, resolve, reject });
        waiting += incoming.length;
        if (queue.length % MAX_TOGETHER === 1) flush();
      });
    },
    async recordCuts(cuts) {
      return store.submit((sql) => {
        const forgotten = forgottenIn(sql);
        const gone = new Set(cuts.flatMap(({ state }) => (forgotten(state.id) ? [state.id] : [])));
        const last = new Map<string, ConversationState>();
        for (const { state, cut, events } of cuts) {
          if (gone.has(state.id)) continue;
          last.set(state.id, state);
          if (events.length === 0) continue;
          const ids = JSON.stringify(events.map(({ id }) => id));
          sql.run("INSERT INTO ingest_cuts VALUES (?, ?, ?, ?)", state.id, cut, state.boundaryMs ?? 0, ids);
        }
        for (const { id, stage, boundaryMs } of last.values()) {
          // Done it is only when the last of it was taken: see finish.
          const code = Math.min(STAGES.indexOf(stage), 1);
          sql.run(
            "UPDATE ingest_conversations SET state = max(state, ?), boundary_ms = ? WHERE id = ?",
            ...[code, boundaryMs, id],
          );
        }
        return gone;
      });
    },
    async finish(ids) {
      await store.submit((sql) => {
        for (const id of ids) {
          sql.run("UPDATE ingest_conversations SET state = 2 WHERE id = ?", id);
          sql.run("DELETE FROM ingest_cuts WHERE conversation = ?", id);
        }
      });
    },
    *resume() {
      const open = store.sql.all("SELECT * FROM ingest_conversations WHERE state < 2 ORDER BY opened_at_ms, id");
      for (const row of open) {
        const state = stateOf(row);
        const cutOf = new Map<string, number>();
        for (const { cut, events } of store.sql.all(
          "SELECT cut, events FROM ingest_cuts WHERE conversation = ? ORDER BY cut",
          state.id,
        )) {
          for (const id of idList.parse(JSON.parse(String(events)))) cutOf.set(id, Number(cut));
        }
        const events = store.sql
          .all("SELECT body FROM ingest_events WHERE conversation = ?", state.id)
          .map(({ body }) => eventOfBody(String(body)))
          .map((event) => ({ event, cut: cutOf.get(event.id) ?? null }));
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
      return waiting;
    },
  };
}
