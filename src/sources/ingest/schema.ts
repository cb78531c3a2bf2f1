import type { Schema } from "../../store/index.ts";

/** The tables of live conversations, in a store that may hold others' too. */
export const INGEST_SCHEMA: Schema = {
  name: "ingest",
  migrations: [
    {
      version: 1,
      why: "events as they came, the conversations they belong to, API keys, secrets, and simulator rounds",
      sql: `
        CREATE TABLE ingest_events (
          source TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL,
          at_ms INTEGER NOT NULL, received_at_ms INTEGER NOT NULL,
          digest BLOB NOT NULL, body TEXT NOT NULL,
          UNIQUE (source, id)
        ) STRICT;
        CREATE INDEX ingest_events_of ON ingest_events (conversation);
        CREATE TABLE ingest_conversations (
          id TEXT PRIMARY KEY, source TEXT NOT NULL, opened_at_ms INTEGER NOT NULL,
          state INTEGER NOT NULL, boundary_ms INTEGER, away INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ingest_conversations_open ON ingest_conversations (state) WHERE state < 2;
        CREATE TABLE ingest_cuts (
          conversation TEXT NOT NULL, cut INTEGER NOT NULL, at_ms INTEGER NOT NULL, events TEXT NOT NULL,
          PRIMARY KEY (conversation, cut)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ingest_keys (
          id TEXT PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, scopes TEXT NOT NULL, hash BLOB NOT NULL,
          adapter TEXT, signing_secret TEXT, created_at_ms INTEGER NOT NULL, revoked_at_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ingest_values (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE ingest_rounds (
          round INTEGER PRIMARY KEY, commitment TEXT NOT NULL, seed TEXT NOT NULL, settings TEXT NOT NULL,
          count INTEGER NOT NULL, began_at_ms INTEGER NOT NULL, ended_at_ms INTEGER, whole INTEGER
        ) STRICT;
      `,
    },
  ],
  tables: [
    { table: "ingest_events", kind: "text", timeColumn: "received_at_ms", conversationColumn: "conversation" },
    { table: "ingest_conversations", kind: "detail", timeColumn: "opened_at_ms", conversationColumn: "id" },
    { table: "ingest_cuts", kind: "detail", timeColumn: "at_ms", conversationColumn: "conversation" },
  ],
};
