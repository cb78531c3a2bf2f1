import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/index.ts";
import { createPostgresHistory, type PostgresHistoryOptions } from "../../src/postgres/index.ts";
import { testHistoryStore } from "../support/history-store.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

const open = (options: Partial<PostgresHistoryOptions> & { url: string }) =>
  createPostgresHistory({ validator: randomUUID(), ...options }, { logger: silentLogger });

describe.skipIf(!hasPostgres)("a history in PostgreSQL", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.end());

  testHistoryStore("in PostgreSQL", async () => {
    const validator = randomUUID();
    const start = () => open({ url: server.url, validator });
    let history = await start();
    return {
      history,
      async reopen() {
        await history.close();
        history = await start();
        return history;
      },
      close: () => history.close(),
    };
  });

});
