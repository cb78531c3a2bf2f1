import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cryptoRandom, silentLogger, systemClock } from "../../core/index.ts";
// What serves it is in another room of the same row; programs put the two together.
import { type RunningServer, serve } from "../../protocol/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import {
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  INGEST_SCHEMA,
  type NewKey,
  openLive,
} from "./index.ts";

let folder = "";
let store: Store;
let server: RunningServer;
let key = "";
let id = "";
let secret = "";
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "events-"));
  store = await openStore(join(folder, "history.db"), { schemas: [INGEST_SCHEMA] });
  const modules = { store, clock: systemClock, random: cryptoRandom, logger: silentLogger };
  const keys = createKeyStore(modules);
  const wanted: NewKey = { name: "shop", source: "shop", scopes: ["events:write"] };
  const made = keys.create(wanted);
  [key, id, secret] = [made.text, made.key.id, made.key.signingSecret ?? ""];
  const live = openLive({}, { ...modules, store: createEventStore(modules) });
  const door = createEventsDoor({ bodyTimeoutMs: 300 }, { live, keys, ...modules });
  server = await serve(createEventsApp(door), { port: 0 });
});
afterEach(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
const event = (more: object = {}) => ({
  ...{ id: "e1", type: "message", conversation_id: "c1", at: Date.now() / 1_000, role: "user", text: "Hello" },
  ...more,
});
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/events`, { method: "POST", body, headers: { authorization: `Bearer ${key}`, ...headers } });

/** Raw bytes in, all that comes back until the connection ends or some time passes. */
function raw(text: string, waitMs = 1_500): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
    let said = "";
    const end = () => {
      socket.destroy();
      resolve(said);
    };
    setTimeout(end, waitMs).unref();
    socket.on("data", (chunk) => {
      said += chunk;
    });
    socket.on("error", end);
    socket.on("close", end);
  });
}

describe("events over HTTP", () => {
  it("are answered when they are on the disk", async () => {
    const response = await post(JSON.stringify(event()));
    expect([response.status, await response.json()]).toEqual([202, { id: "e1", status: "accepted" }]);
    const beside = await openStore(store.path, { schemas: [], access: "read" });
    expect(beside.sql.get("SELECT conversation FROM ingest_events")).toEqual({ conversation: "shop/c1" });
    await beside.close();
  });

  it("of one id at once are one event", async () => {
    const body = JSON.stringify(event());
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await post(body)).status));
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(39);
  });

  it("too large, declared or chunked, are refused with a reason", async () => {
    expect((await post("x".repeat(300_000))).status).toBe(413);
    const head = `POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n`;
    const chunks = `10000\r\n${"x".repeat(65_536)}\r\n`.repeat(5);
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`)).toMatch(/^HTTP\/1.1 413 .*BODY_TOO_LARGE/s);
    expect(await raw(`${head}Content-Length: 99999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("that do not come to their end are let go of", async () => {
    const head = `POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Length: 100\r\n\r\n`;
    expect(await raw(`${head}{"id"`)).toMatch(/^HTTP\/1.1 408 .*BODY_TIMEOUT/s);
    expect((await post(JSON.stringify(event()))).status).toBe(202);
  });

  it("of strangers are refused before they are sent", async () => {
    const answer = await raw("POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", 400);
    expect(answer).toMatch(/^HTTP\/1.1 401 .*UNAUTHENTICATED/s);
  });
});

const hasCurl = spawnSync("bash", ["-c", "command -v curl openssl"]).stdout?.toString().split("\n").length === 3;

describe.skipIf(!hasCurl)("docs/events.md", () => {
  it("has curl commands that do what it says", async () => {
    const page = readFileSync(new URL("../../../docs/events.md", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, body = ""]) => body);
    const curls = blocks.filter((body) => body.includes("curl"));
    expect(curls).toHaveLength(3);
    const script = curls
      .join("\n")
      .replace("KEY=cs_...", "")
      .replaceAll("http://127.0.0.1:8092", server.url)
      .replaceAll("curl -i", "curl -s -i");
    const { spawn } = await import("node:child_process");
    const child = spawn("bash", ["-e"], { env: { ...process.env, KEY: key, ID: id, SECRET: secret } });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    child.stdin.end(script);
    await new Promise((resolve) => child.on("close", resolve));
    expect([...said.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(["202", "202", "202"]);
    expect(said).toContain('{"id":"e1","status":"accepted"}');
    expect(said).toContain('{"results":[{"id":"e2","status":"accepted"},{"id":"e3","status":"accepted"}]}');
    expect(said).toContain('{"id":"e4","status":"accepted"}');
  });
});
