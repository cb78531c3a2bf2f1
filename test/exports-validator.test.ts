import { describe, expect, it } from "vitest";
import * as store from "../src/store/index.ts";
import * as validator from "../src/validator/index.ts";

const names = (module: object) => Object.keys(module).sort();

describe("public names change on purpose only", () => {
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
        "markForgotten",
        "openStore",
        "pruneTables",
        "tableRules",
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
        "applyRetention",
        "askRound",
        "createDesk",
        "createFeedbackSender",
        "createHistoryLook",
        "createMemoryHistory",
        "createPeers",
        "createSqliteHistory",
        "createStandings",
        "createValidator",
        "createValidatorDrift",
        "createWeightSetter",
        "explanationMessage",
        "explanationRoute",
        "exportCsv",
        "exportJsonLines",
        "feedbackOf",
        "forgetConversation",
        "lookThroughPort",
        "restoreStandings",
        "restoreTruths",
        "signExplanation",
        "verifyExplanation",
      ]
    `);
  });
});
