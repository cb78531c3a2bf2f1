import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createLogger, createManualClock, systemClock, utf8 } from "../core/index.ts";
import { type Answer, FEATURES, fromVector, type Question, questionToWire } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import {
  type Caller,
  createMemoryNonceStore,
  createMinerApp,
  type MinerAppModules,
  type MinerAppOptions,
  type RequestReport,
  type RunningServer,
  serve,
  signRequest,
} from "./index.ts";

const validator = keypairFromUri("//Alice").signer;
const miner = keypairFromUri("//Bob").signer;
const question: Question = {
  sessionId: "q-1",
  features: fromVector(new Float64Array(FEATURES.length).fill(1)),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
};
const answer: Answer = {
  conversionHappened: 1,
  timeToConversionSeconds: 142.5,
  confidence: 0.71,
  timeIfConvertedSeconds: 142.5,
};
const body = utf8(JSON.stringify(questionToWire(question)));
const PATH = "/ConversionSynapse";

type BodyOfRequest = Uint8Array<ArrayBuffer>;
const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Send = (init: {
  body?: Uint8Array | ReadableStream;
  headers: Headers | Record<string, string>;
  method?: string;
  path?: string;
}) => Promise<Response>;
async function start(
  options: Partial<MinerAppOptions> = {},
  modules: Partial<MinerAppModules> = {},
): Promise<{ inProcess: Send; overHttp: Send }> {
  const app = createMinerApp(
    { self: miner.address, ...options },
    { answer: async () => answer, authorize: async () => ({ allowed: true }), ...modules },
  );
  const server = await serve(app, { port: 0 });
  servers.push(server);
  const init = ({ body, headers, method = "POST" }: Parameters<Send>[0]) =>
    ({ method, headers, body: body ?? null, duplex: "half" }) as RequestInit;
  return {
    inProcess: async (call) => app.request(call.path ?? PATH, init(call)),
    overHttp: (call) => fetch(server.url + (call.path ?? PATH), init(call)),
  };
}
const sign = (bytes: Uint8Array = body, receiver: string | null = miner.address) =>
  signRequest({ method: "POST", target: PATH, body: bytes }, { signer: validator, receiver });
const errorOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toContain("application/json");
  return [response.status, JSON.parse(await response.text()).error];
};

describe.each(["inProcess", "overHttp"] as const)("%s", (way) => {
  test("a signed question reaches the handler as values, and its answer comes back", async () => {
    const seen: { question: Question; caller: Caller; aborted: boolean }[] = [];
    const app = await start(
      {},
      {
        answer: async (asked, caller, { signal }) => {
          seen.push({ question: asked, caller, aborted: signal.aborted });
          return answer;
        },
      },
    );
    const response = await app[way]({ body, headers: await sign() });
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        prediction: { conversion_happened: 1, time_to_conversion_seconds: 142.5 },
        confidence: 0.71,
        time_if_converted_seconds: 142.5,
      },
    ]);
    const caller = { hotkey: validator.address, nonce: expect.any(BigInt), scheme: "sr25519" };
    expect(seen).toEqual([{ question, caller, aborted: false }]);
  });

  test("a query is part of what is signed, and odd characters in it stay as they were sent", async () => {
    const app = await start();
    const target = `${PATH}?a=%7e|b&c=%C3%A9`;
    const headers = await signRequest({ method: "POST", target, body }, { signer: validator, receiver: miner.address });
    expect((await app[way]({ body, headers, path: target })).status).toBe(200);
  });

  test("a replay, a forged body, another receiver and no signature are 401 with the reason", async () => {
    const app = await start();
    const headers = await sign();
    expect((await app[way]({ body, headers })).status).toBe(200);
    expect(await errorOf(await app[way]({ body, headers }))).toEqual([
      401,
      { code: "REPLAYED_REQUEST", message: "this nonce was already accepted from this hotkey" },
    ]);
    const refusals = [
      [{ body: utf8("{}"), headers: await sign() }, "BAD_SIGNATURE"],
      [{ body, headers: await sign(body, validator.address) }, "WRONG_RECEIVER"],
      [{ body, headers: await sign(body, null) }, "WRONG_RECEIVER"],
      [{ body, headers: {} }, "MALFORMED_AUTH"],
    ] as const;
    for (const [call, code] of refusals) {
      expect(await errorOf(await app[way](call))).toEqual([401, { code, message: expect.any(String) }]);
    }
  });

  test("a miner that accepts unbound requests answers them", async () => {
    const app = await start({ requireReceiver: false });
    expect((await app[way]({ body, headers: await sign(body, null) })).status).toBe(200);
  });

  test("a caller who is not welcome is told why with 403, after the signature held", async () => {
    const asked: string[] = [];
    const app = await start(
      {},
      {
        authorize: async ({ hotkey }) => {
          asked.push(hotkey);
          return { allowed: false, reason: "not registered" };
        },
      },
    );
    expect((await app[way]({ body, headers: {} })).status).toBe(401);
    expect(asked).toEqual([]);
    const response = await app[way]({ body, headers: await sign() });
    expect(await errorOf(response)).toEqual([403, { code: "FORBIDDEN", message: "not registered" }]);
    expect(asked).toEqual([validator.address]);
  });

  test("a body that is too large is 413, whether declared or chunked, and is not worked on", async () => {
    const app = await start({ bodyLimitBytes: 1_000 });
    const large = new Uint8Array(1_001).fill(32);
    const error = { code: "BODY_TOO_LARGE", message: "the body is larger than 1000 bytes" };
    const headers = await sign(large);
    expect(await errorOf(await app[way]({ body: large, headers: { ...headers, "content-length": "1001" } }))).toEqual([
      413,
      error,
    ]);
    const chunked = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 11; i++) controller.enqueue(new Uint8Array(100));
        controller.close();
      },
    });
    expect(await errorOf(await app[way]({ body: chunked, headers }))).toEqual([413, error]);
    const fits = new Uint8Array(1_000).fill(32);
    expect((await app[way]({ body: fits, headers: await sign(fits) })).status).toBe(400);
  });

  test("a chunked body within the limit is read whole", async () => {
    const app = await start();
    const chunked = new ReadableStream({
      start(controller) {
        for (const byte of body) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect((await app[way]({ body: chunked, headers: await sign() })).status).toBe(200);
  });

  test("a body that does not arrive is 408", async () => {
    const app = await start({ bodyTimeoutMs: 20 });
    const never = new ReadableStream({ start: (controller) => controller.enqueue(Uint8Array.of(123)) });
    expect(await errorOf(await app[way]({ body: never, headers: await sign() }))).toEqual([
      408,
      { code: "BODY_TIMEOUT", message: "the body did not arrive within 20 ms" },
    ]);
  });

  test.each([
    ["{", "the body is not JSON"],
    ["\xff", "features: "],
    ["null", "(whole value): "],
    ["{}", "features: "],
    ['{"features":{"session_id":""}}', "features.session_id: "],
    ['{"features":{"session_id":"q","message_alternation_rate":2}}', "features.message_alternation_rate: "],
    ['{"features":{"session_id":"q","total_messages":1.5}}', "features.total_messages: "],
    ['{"features":{"session_id":"q"},"horizon_seconds":0}', "horizon_seconds: "],
  ])("the body %s is 400 and names the field", async (text, message) => {
    const app = await start();
    const bytes = utf8(text);
    const response = await app[way]({ body: bytes, headers: await sign(bytes) });
    const start_ = text === "\xff" ? "the body is not JSON" : message;
    expect(await errorOf(response)).toEqual([
      400,
      { code: "BAD_REQUEST", message: expect.stringMatching(new RegExp(`^${start_.replace(/[().]/g, "\\$&")}`)) },
    ]);
  });

  test("other paths are 404, other methods 405, health needs no signature", async () => {
    const app = await start();
    expect(await errorOf(await app[way]({ headers: {}, path: "/Other" }))).toEqual([
      404,
      { code: "NOT_FOUND", message: "there is nothing here" },
    ]);
    const get = await app[way]({ headers: {}, method: "GET" });
    expect(get.headers.get("allow")).toBe("POST");
    expect(await errorOf(get)).toEqual([405, { code: "METHOD_NOT_ALLOWED", message: "use POST" }]);
    expect((await app[way]({ headers: {}, path: "/health" })).status).toBe(405);
    const health = await app[way]({ headers: {}, path: "/health", method: "GET" });
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  });

  test("a handler that fails is 500 with an id, under which the log has the reason, and no more", async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: "info", write: (line) => lines.push(line), nowMs: () => 0 });
    const fail = async () => {
      throw new Error("secret detail");
    };
    const app = await start({}, { answer: fail, logger });
    const [status, error] = await errorOf(await app[way]({ body, headers: await sign() }));
    expect([status, error.code]).toEqual([500, "INTERNAL_ERROR"]);
    const id = error.message.match(/^internal error ([0-9a-f-]{36})$/)?.[1];
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(id);
    expect(lines[0]).toContain("secret detail");
  });

  test("an answer with a number that is not finite does not travel", async () => {
    const app = await start({}, { answer: async () => ({ ...answer, confidence: Number.NaN }) });
    expect((await app[way]({ body, headers: await sign() })).status).toBe(500);
  });

  test("a handler that is late is 504 and its signal is aborted", async () => {
    const signals: AbortSignal[] = [];
    const late: MinerAppModules["answer"] = (_, __, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const app = await start({ answerTimeoutMs: 20 }, { answer: late });
    const [status, error] = await errorOf(await app[way]({ body, headers: await sign() }));
    expect([status, error.code]).toEqual([504, "ANSWER_TIMEOUT"]);
    expect(signals[0]?.aborted).toBe(true);
  });

  test("a full nonce store is 503, and a store that hangs is 504: neither lets anything pass", async () => {
    const full = await start({}, { nonceStore: createMemoryNonceStore({ maxEntries: 1 }) });
    expect((await full[way]({ body, headers: await sign() })).status).toBe(200);
    expect((await errorOf(await full[way]({ body, headers: await sign() })))[0]).toBe(503);
    const nonceStore = { retentionMs: 60_000, accept: () => new Promise<boolean>(() => undefined) };
    const hanging = await start({ bodyTimeoutMs: 1_000 }, { nonceStore });
    expect((await errorOf(await hanging[way]({ body, headers: await sign() })))[0]).toBe(504);
  });

  test("every request is reported once, with its route, outcome and duration", async () => {
    const reports: RequestReport[] = [];
    const manual = createManualClock();
    const clock = { nowMs: systemClock.nowMs, monotonicMs: manual.monotonicMs };
    const work = async () => {
      manual.advance(250);
      return answer;
    };
    const app = await start({}, { answer: work, clock, onRequest: (report) => void reports.push(report) });
    await app[way]({ body, headers: await sign() });
    await app[way]({ body, headers: {} });
    await app[way]({ headers: {}, path: "/etc/passwd", method: "GET" });
    await app[way]({ headers: {}, path: "/health", method: "GET" });
    expect(reports).toEqual([
      {
        method: "POST",
        route: PATH,
        status: 200,
        outcome: "OK",
        durationMs: 250,
        wire: "btauth/1",
        hotkey: validator.address,
      },
      {
        method: "POST",
        route: PATH,
        status: 401,
        outcome: "MALFORMED_AUTH",
        durationMs: 0,
        wire: "btauth/1",
        hotkey: undefined,
      },
      { method: "GET", route: "other", status: 404, outcome: "404", durationMs: 0, hotkey: undefined },
      { method: "GET", route: "/health", status: 200, outcome: "OK", durationMs: 0, hotkey: undefined },
    ]);
  });

  test("hostile headers are 4xx, never 5xx, and never hang", async () => {
    const app = await start();
    const name = fc.constantFrom("Version", "Hotkey", "Receiver", "Nonce", "Crypto", "Signature");
    const value = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
      fc.constantFrom("1", miner.address, validator.address, "0x", "ab".repeat(64), "9".repeat(20), "ed25519"),
    );
    const valid = await sign();
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value), fc.boolean(), async (changes, whole) => {
        const headers = new Headers(whole ? valid : {});
        for (const [key, text] of Object.entries(changes)) headers.set(`X-Bittensor-${key}`, text);
        const response = await app[way]({ body: utf8("{"), headers });
        expect([400, 401]).toContain(response.status);
        await response.text();
      }),
      { numRuns: 100 },
    );
  });

  test("hostile bodies with a good signature are 400 or a question, never 500", async () => {
    const app = await start();
    const json = fc.json().map((text) => utf8(text));
    const near = fc
      .record({
        features: fc.dictionary(fc.string(), fc.jsonValue()),
        landmark: fc.jsonValue(),
        horizon_seconds: fc.double(),
      })
      .map((value) => utf8(JSON.stringify({ ...value, features: { session_id: "q", ...value.features } })));
    const bytes = fc.oneof(fc.uint8Array(), json, near, fc.constant(utf8("[".repeat(50_000))));
    await fc.assert(
      fc.asyncProperty(bytes, async (hostile) => {
        const response = await app[way]({ body: hostile, headers: await sign(hostile) });
        expect([200, 400]).toContain(response.status);
        await response.text();
      }),
      { numRuns: 100 },
    );
  });
});

test("a caller that goes away aborts the handler's signal and is counted as gone", async () => {
  const caller = new AbortController();
  const reports: RequestReport[] = [];
  let reported = () => undefined as unknown;
  const done = new Promise((resolve) => {
    reported = () => resolve(undefined);
  });
  const app = createMinerApp(
    { self: miner.address },
    {
      authorize: async () => ({ allowed: true }),
      answer: (_, __, { signal }) => {
        caller.abort();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve(answer)));
      },
      onRequest: (report) => {
        reports.push(report);
        reported();
      },
    },
  );
  const server = await serve(app, { port: 0 });
  servers.push(server);
  const gone = fetch(server.url + PATH, {
    method: "POST",
    body: body as BodyOfRequest,
    headers: await sign(),
    signal: caller.signal,
  });
  await expect(gone).rejects.toThrow(/abort/);
  await done;
  expect(reports[0]?.outcome).toBe("CLIENT_GONE");
});

test("a handler that throws something which is no error is 500 all the same", async () => {
  const app = createMinerApp(
    { self: miner.address },
    { authorize: async () => ({ allowed: true }), answer: () => Promise.reject("a text") },
  );
  const response = await app.request(PATH, { method: "POST", body: body as BodyOfRequest, headers: await sign() });
  expect((await errorOf(response))[0]).toBe(500);
});

test("a store that forgets too soon is refused when the server is built", () => {
  const nonceStore = createMemoryNonceStore({ retentionMs: 5_000 });
  const modules = { answer: async () => answer, authorize: async () => ({ allowed: true }) as const, nonceStore };
  expect(() => createMinerApp({ self: miner.address }, modules)).toThrow(/at least 12 seconds/);
});
