import type { Schema } from "../../store/index.ts";
import { packAnswers } from "./pack-answers.ts";

/**
 * The tables of questions, answers and scores. Hotkeys and modes have numbers; what came back from one round is one cell, and so are its
 * scores. Nothing in these tables is what people wrote.
 */
export const HISTORY_SCHEMA: Schema = {
  name: "history",
  migrations: [
    {
      version: 1,
      why: "questions, rounds, answers with scores, standings, weights, counts of what is pruned",
      sql: `
        CREATE TABLE history_hotkeys (id INTEGER PRIMARY KEY, hotkey TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE history_modes (
          id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, constants TEXT NOT NULL,
          UNIQUE (name, version, constants)
        ) STRICT;
        CREATE TABLE history_questions (
          number INTEGER PRIMARY KEY,
          conversation TEXT, session_id TEXT NOT NULL, stratum TEXT NOT NULL,
          landmark_messages INTEGER, landmark_seconds REAL, horizon_seconds REAL NOT NULL, features TEXT,
          asked_at_seconds REAL NOT NULL, asked_at_ms INTEGER NOT NULL, asked TEXT NOT NULL,
          class_weight_0 REAL NOT NULL, class_weight_1 REAL NOT NULL,
          base_rate REAL NOT NULL, median_time_seconds REAL NOT NULL,
          mode INTEGER NOT NULL REFERENCES history_modes (id),
          settled_order INTEGER UNIQUE, settled_at_seconds REAL,
          converted INTEGER, time_seconds REAL, reason TEXT, scored INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX history_questions_of ON history_questions (conversation) WHERE conversation IS NOT NULL;
        CREATE INDEX history_questions_open ON history_questions (number) WHERE scored = 0;
        CREATE TABLE history_rounds (
          question INTEGER PRIMARY KEY REFERENCES history_questions (number) ON DELETE CASCADE, replies TEXT NOT NULL
        ) STRICT;
        CREATE TABLE history_answers (
          question INTEGER NOT NULL REFERENCES history_questions (number) ON DELETE CASCADE, place INTEGER NOT NULL,
          hotkey INTEGER NOT NULL REFERENCES history_hotkeys (id),
          replied INTEGER NOT NULL, failure TEXT, latency_seconds REAL,
          conversion_happened INTEGER, time_to_conversion_seconds REAL, confidence REAL, time_if_converted_seconds REAL,
          total REAL, prediction REAL, best REAL, invalid TEXT, score_latency_seconds REAL, components TEXT,
          PRIMARY KEY (question, place)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE history_standings (
          mode INTEGER NOT NULL REFERENCES history_modes (id), hotkey INTEGER NOT NULL REFERENCES history_hotkeys (id),
          asked INTEGER NOT NULL, answered INTEGER NOT NULL,
          weighted REAL NOT NULL, total REAL NOT NULL, prediction REAL NOT NULL,
          PRIMARY KEY (mode, hotkey)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE history_weights (
          id INTEGER PRIMARY KEY, set_at_ms INTEGER NOT NULL, block INTEGER NOT NULL, shares TEXT NOT NULL
        ) STRICT;
        CREATE TABLE history_values (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE history_strata (
          stratum TEXT PRIMARY KEY, settled INTEGER NOT NULL, converted INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE history_days (
          day TEXT NOT NULL, mode INTEGER NOT NULL REFERENCES history_modes (id), stratum TEXT NOT NULL,
          questions INTEGER NOT NULL, void INTEGER NOT NULL, converted INTEGER NOT NULL,
          PRIMARY KEY (day, mode, stratum)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE history_hotkey_days (
          day TEXT NOT NULL, mode INTEGER NOT NULL REFERENCES history_modes (id),
          hotkey INTEGER NOT NULL REFERENCES history_hotkeys (id),
          asked INTEGER NOT NULL, answered INTEGER NOT NULL, total REAL NOT NULL, prediction REAL NOT NULL,
          PRIMARY KEY (day, mode, hotkey)
        ) STRICT, WITHOUT ROWID;
      `,
    },
    {
      version: 2,
      why: "weights that were set are let go of with age",
      sql: "CREATE INDEX history_weights_age ON history_weights (set_at_ms);",
    },
    {
      version: 3,
      why: "replies and scores of a round are a cell each: settling a round of 256 takes half the work",
      sql: `
        CREATE TABLE history_replies (
          question INTEGER PRIMARY KEY REFERENCES history_questions (number) ON DELETE CASCADE,
          numbers BLOB NOT NULL, words TEXT NOT NULL
        ) STRICT;
        CREATE TABLE history_scores (
          question INTEGER PRIMARY KEY REFERENCES history_questions (number) ON DELETE CASCADE,
          numbers BLOB NOT NULL, components TEXT NOT NULL, words TEXT NOT NULL
        ) STRICT;
      `,
      convert: packAnswers,
    },
    {
      version: 4,
      why: "who told what became of a conversation is named",
      sql: "ALTER TABLE history_questions ADD COLUMN told_by TEXT;",
    },
  ],
  tables: [{ table: "history_weights", kind: "detail", timeColumn: "set_at_ms", conversationColumn: null }],
};
