/** Tables that have a part for each month in which questions were asked. */
export const MONTHLY = ["history_questions", "history_replies", "history_scores"] as const;

/** What has led to the tables as they are, one after another; what is published is never changed. */
export const MIGRATIONS: readonly { readonly version: number; readonly why: string; readonly sql: string }[] = [
  {
    version: 1,
    why: "questions, replies and scores by month; standings, weights, values, counts of what is pruned; by validator",
    sql: `
      CREATE TABLE history_validators (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
        token text, secret bytea NOT NULL, recorded boolean NOT NULL DEFAULT false, last_commit text
      ) WITH (fillfactor = 20);
      CREATE TABLE history_hotkeys (
        validator integer NOT NULL, id integer NOT NULL, hotkey text NOT NULL,
        PRIMARY KEY (validator, id), UNIQUE (validator, hotkey)
      );
      CREATE TABLE history_modes (
        validator integer NOT NULL, id integer NOT NULL, name text NOT NULL, version integer NOT NULL, constants text NOT NULL,
        PRIMARY KEY (validator, id), UNIQUE (validator, name, version, constants)
      );
      CREATE TABLE history_questions (
        validator integer NOT NULL, number bigint NOT NULL, asked_at_ms bigint NOT NULL,
        conversation text, session_id text NOT NULL, stratum text NOT NULL,
        landmark_messages integer, landmark_seconds float8, horizon_seconds float8 NOT NULL, features text,
        asked_at_seconds float8 NOT NULL, asked text NOT NULL,
        class_weight_0 float8 NOT NULL, class_weight_1 float8 NOT NULL,
        base_rate float8 NOT NULL, median_time_seconds float8 NOT NULL, mode integer NOT NULL,
        settled_order bigint, settled_at_seconds float8, converted smallint, time_seconds float8,
        reason text, told_by text, scored smallint NOT NULL DEFAULT 0,
        PRIMARY KEY (validator, number, asked_at_ms)
      ) PARTITION BY RANGE (asked_at_ms);
      CREATE INDEX history_questions_order ON history_questions (validator, settled_order) WHERE settled_order IS NOT NULL;
      CREATE INDEX history_questions_open ON history_questions (validator, number) WHERE scored = 0;
      CREATE INDEX history_questions_of ON history_questions (validator, conversation) WHERE conversation IS NOT NULL;
      CREATE TABLE history_replies (
        validator integer NOT NULL, question bigint NOT NULL, asked_at_ms bigint NOT NULL, numbers bytea NOT NULL, words text NOT NULL,
        PRIMARY KEY (validator, question, asked_at_ms)
      ) PARTITION BY RANGE (asked_at_ms);
      CREATE TABLE history_scores (
        validator integer NOT NULL, question bigint NOT NULL, asked_at_ms bigint NOT NULL,
        numbers bytea NOT NULL, components text NOT NULL, words text NOT NULL,
        PRIMARY KEY (validator, question, asked_at_ms)
      ) PARTITION BY RANGE (asked_at_ms);
      ALTER TABLE history_replies ALTER COLUMN numbers SET STORAGE EXTERNAL;
      ALTER TABLE history_scores ALTER COLUMN numbers SET STORAGE EXTERNAL;
      CREATE TABLE history_standings (
        validator integer NOT NULL, mode integer NOT NULL, cell integer NOT NULL, numbers bytea NOT NULL,
        PRIMARY KEY (validator, mode, cell)
      ) WITH (fillfactor = 50);
      CREATE TABLE history_weights (
        validator integer NOT NULL, id text NOT NULL, sequence bigint GENERATED ALWAYS AS IDENTITY,
        set_at_ms bigint NOT NULL, block bigint NOT NULL, shares text NOT NULL,
        PRIMARY KEY (validator, id)
      );
      CREATE TABLE history_values (
        validator integer NOT NULL, name text NOT NULL, value text NOT NULL, PRIMARY KEY (validator, name)
      );
      CREATE TABLE history_strata (
        validator integer NOT NULL, stratum text NOT NULL, settled bigint NOT NULL, converted bigint NOT NULL,
        PRIMARY KEY (validator, stratum)
      );
      CREATE TABLE history_days (
        validator integer NOT NULL, day text NOT NULL, mode integer NOT NULL, stratum text NOT NULL,
        questions bigint NOT NULL, void bigint NOT NULL, converted bigint NOT NULL,
        PRIMARY KEY (validator, day, mode, stratum)
      );
      CREATE TABLE history_hotkey_days (
        validator integer NOT NULL, day text NOT NULL, mode integer NOT NULL, hotkey integer NOT NULL,
        asked bigint NOT NULL, answered bigint NOT NULL, total float8 NOT NULL, prediction float8 NOT NULL,
        PRIMARY KEY (validator, day, mode, hotkey)
      );
      CREATE TABLE history_forgotten (validator integer NOT NULL, mark bytea NOT NULL, PRIMARY KEY (validator, mark));
    `,
  },
];
