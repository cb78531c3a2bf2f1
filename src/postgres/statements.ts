/** Of one question, asked once: what is there stays. */
export const INSERT_QUESTION = `INSERT INTO history_questions (
    validator, number, asked_at_ms, conversation, session_id, stratum, landmark_messages, landmark_seconds, horizon_seconds, features,
    asked_at_seconds, asked, class_weight_0, class_weight_1, base_rate, median_time_seconds, mode
  ) SELECT $1, $2::bigint, $3::bigint, CASE WHEN f.mark IS NULL THEN $4::text END, $5, $6, $7::int, $8::float8, $9::float8,
    CASE WHEN f.mark IS NULL THEN $10::text END, $11::float8, $12, $13::float8, $14::float8, $15::float8, $16::float8, $17::int
  FROM (SELECT 1) AS one LEFT JOIN history_forgotten f ON f.validator = $1 AND f.mark = $18::bytea
  WHERE NOT EXISTS (SELECT 1 FROM history_questions WHERE validator = $1 AND number = $2)
  ON CONFLICT DO NOTHING`;

export const UPSERT_REPLIES = `INSERT INTO history_replies (validator, question, asked_at_ms, numbers, words)
  SELECT validator, number, asked_at_ms, $3::bytea, $4 FROM history_questions WHERE validator = $1 AND number = $2 AND scored = 0
  ON CONFLICT (validator, question, asked_at_ms) DO UPDATE SET numbers = excluded.numbers, words = excluded.words`;

const SETTLE = `UPDATE history_questions SET
    settled_order = coalesce(settled_order, (SELECT coalesce(max(settled_order), 0) + 1 FROM history_questions WHERE validator = $1)),
    settled_at_seconds = $3, converted = $4, time_seconds = $5, reason = $6, told_by = $7`;
/** A truth, while nothing is known. */
export const SET_TRUTH = `${SETTLE} WHERE validator = $1 AND number = $2 AND scored = 0 AND settled_order IS NULL`;

/** A settlement with its scores, unless it is there; gives the mode that judged it. */
export const SET_SETTLED = `WITH settled AS (
    ${SETTLE}, scored = 1 WHERE validator = $1 AND number = $2 AND scored = 0 RETURNING number, asked_at_ms, mode
  ), kept AS (
    INSERT INTO history_scores (validator, question, asked_at_ms, numbers, components, words)
    SELECT $1, number, asked_at_ms, $8::bytea, $9, $10 FROM settled WHERE $8::bytea IS NOT NULL
    ON CONFLICT (validator, question, asked_at_ms)
      DO UPDATE SET numbers = excluded.numbers, components = excluded.components, words = excluded.words
  )
  SELECT mode FROM settled`;

export const SET_MODE = "UPDATE history_questions SET mode = $3 WHERE validator = $1 AND number = $2 AND scored = 0";
export const INSERT_WEIGHTS = `INSERT INTO history_weights (validator, id, set_at_ms, block, shares) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING`;
export const SET_VALUE = `INSERT INTO history_values (validator, name, value) VALUES ($1, $2, $3)
  ON CONFLICT (validator, name) DO UPDATE SET value = excluded.value`;
export const DELETE_VALUE = "DELETE FROM history_values WHERE validator = $1 AND name = $2";

/** Counts of a history in one look. */
export const INFO = `SELECT
  (SELECT count(*) FROM history_questions WHERE validator = $1) AS questions,
  (SELECT count(*) FROM history_questions WHERE validator = $1 AND scored = 0) AS open,
  (SELECT count(*) FROM history_questions WHERE validator = $1 AND scored = 1 AND converted IS NOT NULL) AS settled,
  (SELECT min(asked_at_ms) FROM history_questions WHERE validator = $1) AS first,
  (SELECT max(asked_at_ms) FROM history_questions WHERE validator = $1) AS last,
  (SELECT coalesce(sum(length(numbers)), 0) FROM history_replies WHERE validator = $1) AS bytes,
  (SELECT count(*) FROM history_hotkeys WHERE validator = $1) AS hotkeys,
  (SELECT coalesce(sum(questions), 0) FROM history_days WHERE validator = $1) AS pruned,
  (SELECT count(*) FROM history_weights WHERE validator = $1) AS weights`;
