import { afterEach, beforeEach, expect, it } from "vitest";
import { cryptoRandom, silentLogger, systemClock } from "../src/core/index.ts";
import { type RunningServer, serve } from "../src/protocol/index.ts";
import {
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  INGEST_SCHEMA,
  openLive,
  type Scope,
} from "../src/sources/index.ts";
import { openStore, type Store } from "../src/store/index.ts";
import { createSqliteHistory, explanationRoute, HISTORY_SCHEMA, verifyExplanation } from "../src/validator/index.ts";
import { conversations, make, miners, prepare, signer, stopAll } from "./support/validator.ts";

let store: Store;
let server: RunningServer;
let keyWith: (scope: Scope) => string;
beforeEach(async () => {
  await prepare();
  store = await openStore(":memory:", { schemas: [HISTORY_SCHEMA, INGEST_SCHEMA] });
  const history = createSqliteHistory(store);
  const modules = { store, clock: systemClock, random: cryptoRandom, logger: silentLogger };
  const keys = createKeyStore(modules);
  keyWith = (scope) => keys.create({ name: "k", source: "shop", scopes: [scope] }).text;
  const live = openLive({}, { ...modules, store: createEventStore(modules) });
  const reads = [explanationRoute({ history, signer })];
  server = await serve(createEventsApp(createEventsDoor({}, { live, keys, reads, ...modules })), { port: 0 });
  const validator = make(conversations(3), undefined, {}, { history });
  await validator.start();
  await validator.finished;
});
afterEach(async () => {
  await server.close();
  await stopAll();
  await store.close();
});
const hotkey = miners[0]?.address ?? "";
const get = (path: string, key: string | null, method = "GET") =>
  fetch(`${server.url}/v1/explanations/${path}`, {
    method,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });

it("an explanation over HTTP is signed by the validator, and checks out by itself", async () => {
  const response = await get(`2/${hotkey}`, keyWith("history:read"));
  expect(response.status).toBe(200);
  const value: unknown = await response.json();
  const verdict = verifyExplanation(value);
  expect(verdict).toMatchObject({ signed: true, holds: true, validator: signer.address });
  expect(verdict.explanation).toMatchObject({ question: 2, hotkey, agrees: true });
  expect(JSON.stringify(value)).not.toContain("hello");
});

it("is for keys that may read the history, and for nobody else", async () => {
  expect((await get(`2/${hotkey}`, null)).status).toBe(401);
  expect((await get(`2/${hotkey}`, `cs_${"0".repeat(16)}_${"A".repeat(43)}`)).status).toBe(401);
  const refused = await get(`2/${hotkey}`, keyWith("events:write"));
  expect(refused.status).toBe(403);
  expect(await refused.json()).toEqual({
    error: { code: "FORBIDDEN", message: "this key lacks the scope history:read" },
  });
  const posted = await get(`2/${hotkey}`, keyWith("history:read"), "POST");
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
});

it("is not there for what was not asked, of whom it was not asked, or has no truth yet", async () => {
  const key = keyWith("history:read");
  const said = async (path: string) => {
    const response = await get(path, key);
    const body: unknown = await response.json();
    return [response.status, body];
  };
  const notFound = (message: string) => [404, { error: { code: "NOT_FOUND", message } }];
  expect(await said(`99/${hotkey}`)).toEqual(notFound("the history holds no question 99"));
  expect(await said(`2/${signer.address}`)).toEqual(notFound("question 2 was not sent to this hotkey"));
  for (const path of [`x/${hotkey}`, "2/", "2/a%00b", `${"9".repeat(16)}/${hotkey}`]) {
    expect(await said(path)).toEqual(notFound("there is nothing here"));
  }
  store.transaction((sql) =>
    sql.run("UPDATE history_questions SET scored = 0, converted = NULL, settled_order = NULL WHERE number = 1"),
  );
  expect(await said(`1/${hotkey}`)).toEqual(notFound("question 1 is not settled yet"));
});
