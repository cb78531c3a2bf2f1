import { describe, expect, it } from "vitest";
import * as postgres from "../src/postgres/index.ts";
import * as redis from "../src/redis/index.ts";
import * as store from "../src/store/index.ts";
import * as telemetry from "../src/telemetry/index.ts";
import * as validator from "../src/validator/index.ts";

const names = (module: object) => Object.keys(module).sort();

describe("public names change on purpose only", () => {
  it("redis", () => {
    expect(names(redis)).toMatchInlineSnapshot(`
      [
        "JobDataError",
        "RedisUnavailableError",
        "RedisUnfitError",
        "RunForgottenError",
        "WorkerRefusedError",
        "createEventProducer",
        "createIngestConsumer",
        "createQueueJobs",
        "createQueueWorker",
        "createRedisNonceStore",
        "openDeadLetters",
      ]
    `);
  });
  it("telemetry", () => {
    expect(names(telemetry)).toMatchInlineSnapshot(`
      [
        "MAX_HOTKEYS",
        "METRICS",
        "metricsMarkdown",
        "openTelemetry",
        "openTracing",
      ]
    `);
  });
  it("store", () => {
    expect(names(store)).toMatchInlineSnapshot(`
      [
        "StoreClosedError",
        "StoreDamagedError",
        "StoreFailedError",
        "StoreNewerError",
        "StoreUnavailableError",
        "forgetInTables",
        "forgottenIn",
        "forgottenMarks",
        "markForgotten",
        "openStore",
        "pruneTables",
        "tableRules",
      ]
    `);
  });

  it("postgres", () => {
    expect(names(postgres)).toMatchInlineSnapshot(`
      [
        "CopyUnfinishedError",
        "HistoryBegunError",
        "HistoryTakenError",
        "PostgresMissingError",
        "PostgresNewerError",
        "PostgresRefusedError",
        "PostgresUnavailableError",
        "copyHistory",
        "createPostgresHistory",
      ]
    `);
  });

  it("validator", () => {
    expect(names(validator)).toMatchInlineSnapshot(`
      [
        "DEFAULT_RETENTION",
        "EXPORT_COLUMNS",
        "HISTORY_SCHEMA",
        "KEPT_QUESTIONS",
        "LAST_NUMBER",
        "REPLY_BYTES",
        "applyRetention",
        "askRound",
        "createDesk",
        "createFeedbackSender",
        "createHistoryLook",
        "createMemoryHistory",
        "createPackedReader",
        "createPeers",
        "createRowReader",
        "createSqliteHistory",
        "createStandings",
        "createValidator",
        "createValidatorDrift",
        "createWeightSetter",
        "explanationMessage",
        "explanationRoute",
        "exportCsv",
        "exportJsonLines",
        "featuresText",
        "feedbackOf",
        "forgetConversation",
        "historyTables",
        "lookThroughPort",
        "packNumbers",
        "packReplies",
        "packScores",
        "restoreStandings",
        "restoreTruths",
        "signExplanation",
        "unpackNumbers",
        "verifyExplanation",
      ]
    `);
  });
});
