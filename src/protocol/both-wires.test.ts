/** Every case in every format, through a real server and a real client. */
import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { answer, atEnd, newClient, question, self, signer, start } from "../../test/support/wires.ts";
import { createLogger, createManualClock, systemClock, utf8 } from "../core/index.ts";
import { type Answer, answerToWire, type Question, questionToWire } from "../schema.ts";
import {
  axon,
  btauth,
  type Caller,
  createAxonWire,
  type MinerAppModules,
  type MinerAppOptions,
  type Peer,
  QUESTION_PATH,
  type RequestReport,
  signedFetch,
  type WireFormat,
} from "./index.ts";

const PATH = QUESTION_PATH;

const formats: [string, WireFormat, (status: number, code: string) => number][] = [
  ["btauth/1", btauth, (status) => status],
  ["axon", axon, (status, code) => ({ BAD_REQUEST: 422, ANSWER_TIMEOUT: 408 })[code] ?? status],
  [
    "axon with hashed features",
    createAxonWire({ hashFields: ["features"] }),
    (status, code) => ({ BAD_REQUEST: 422, ANSWER_TIMEOUT: 408 })[code] ?? status,
  ],
];
describe.each(formats)("%s", (_, wire, statusOf) => {
  const wires = [wire] as const;
  const ask = async (peer: Peer) => newClient({ wires }).ask(peer, question);
  const sign = async (body = utf8(JSON.stringify(questionToWire(question))), context: object = {}) => {
    const parts = { method: "POST", target: PATH, body };
    return wire.request.write(parts, { signer, receiver: self, clock: systemClock, ...context });
  };
  const send = async ({ url }: { url: string }, { headers, body }: Awaited<ReturnType<typeof sign>>) => {
    const response = await fetch(url + PATH, { method: "POST", headers, body: new Uint8Array(body) });
    return wire.response.read({
      status: response.status,
      headers: response.headers,
      body: new Uint8Array(await response.arrayBuffer()),
    });
  };

  test("the same question reaches the handler, from a proven caller, and the same answer comes back", async () => {
    const seen: [Question, Caller][] = [];
    const peer = await start({
      answer: async (asked, caller) => {
        seen.push([asked, caller]);
        return answer;
      },
    });
    expect(await ask(peer)).toEqual({ ok: true, answer, latencySeconds: expect.any(Number) });
    expect(seen).toEqual([[question, { hotkey: signer.address, nonce: expect.any(BigInt), scheme: "sr25519" }]]);
  });

  test("an answer without a confidence, and of no conversion, is the same in both", async () => {
    const no: Answer = {
      conversionHappened: 0,
      timeToConversionSeconds: -1,
      confidence: null,
      timeIfConvertedSeconds: null,
    };
    expect(await ask(await start({ answer: async () => no }))).toMatchObject({ ok: true, answer: no });
  });

  const fail = () => Promise.reject(new Error("secret detail"));
  const hang = () => new Promise<Answer>(() => undefined);
  test.each<[string, Partial<MinerAppModules>, Partial<MinerAppOptions>, number, string, RegExp]>([
    [
      "is not welcome",
      { authorize: async () => ({ allowed: false, reason: "not registered" }) },
      {},
      403,
      "FORBIDDEN",
      /not registered/,
    ],
    [
      "meets a handler that fails",
      { answer: fail },
      {},
      500,
      "INTERNAL_ERROR",
      /^(?:internal error |Internal Server Error #)[0-9a-f-]{36}$/,
    ],
    [
      "meets a handler that is late",
      { answer: hang },
      { answerTimeoutMs: 30 },
      504,
      "ANSWER_TIMEOUT",
      /30 ms|timeout after: 0\.\d+s/,
    ],
    ["sends too much", {}, { bodyLimitBytes: 100 }, 413, "BODY_TOO_LARGE", /larger than 100 bytes/],
    [
      "gets an answer that cannot travel",
      { answer: async () => ({ ...answer, confidence: Number.NaN }) },
      {},
      500,
      "INTERNAL_ERROR",
      /internal/i,
    ],
  ])(
    "who %s is refused with the status and the words of the format",
    async (__, modules, options, status, code, words) => {
      const reports: RequestReport[] = [];
      const result = await ask(await start({ ...modules, onRequest: (report) => void reports.push(report) }, options));
      expect(result).toMatchObject({
        ok: false,
        reason: "refused",
        status: statusOf(status, code),
        message: expect.stringMatching(words),
      });
      expect(JSON.stringify(result)).not.toContain("secret");
      expect(reports).toMatchObject([{ outcome: code, route: PATH, wire: wire.name }]);
    },
  );

  test("the log has the reason of a failure under the id that the caller got", async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: "info", write: (line) => lines.push(line), nowMs: () => 0 });
    const result = await ask(await start({ answer: fail, logger }));
    const id = result.ok ? "" : (/[0-9a-f-]{36}$/.exec(result.message)?.[0] ?? "none");
    expect(lines.join()).toContain(id);
    expect(lines.join()).toContain("secret detail");
  });

  test("a replay is refused, a second signing of the same question is not", async () => {
    const peer = await start();
    const signed = await sign();
    expect((await send(peer, signed)).ok).toBe(true);
    expect(await send(peer, signed)).toMatchObject({ ok: false, message: expect.stringContaining("already accepted") });
    expect((await send(peer, await sign())).ok).toBe(true);
  });

  test("a request for another, with an old or early clock, or a forged signature is refused in words", async () => {
    const peer = await start();
    const clockAt = (offsetMs: number) => ({ clock: createManualClock(Date.now() + offsetMs) });
    const forged = { signer: { ...signer, sign: () => new Uint8Array(64).fill(1) } };
    for (const [context, words] of [
      [{ receiver: signer.address }, "different receiving hotkey"],
      [clockAt(-14_000), "older than the 10s freshness window: it is 14."],
      [clockAt(60_000), "more than 2s in the future"],
      [forged, "does not verify"],
    ] as const) {
      expect(await send(peer, await sign(undefined, context))).toMatchObject({
        ok: false,
        message: expect.stringContaining(words),
      });
    }
  });

  test("every authentication failure is 401", async () => {
    const { url } = await start();
    const { headers, body } = await sign();
    const names = Object.keys(headers).filter(
      (name) => /signature|nonce|hotkey$/i.test(name) && !/axon|receiver/i.test(name),
    );
    expect(names).toHaveLength(3);
    for (const name of names) {
      for (const value of ["", "x", "0x00", "1"]) {
        const response = await fetch(url + PATH, {
          method: "POST",
          headers: { ...headers, [name]: value },
          body: new Uint8Array(body),
        });
        expect([name, value, response.status]).toEqual([name, value, 401]);
        await response.text();
      }
    }
  });

  test.each([
    ['{"features":{"session_id":""}}', "features.session_id: "],
    ['{"features":{"session_id":"q","total_messages":1.5}}', "features.total_messages: "],
    ['{"features":{"session_id":"q"},"horizon_seconds":0}', "horizon_seconds: "],
  ])("the body %s is refused and its field named", async (text, words) => {
    const reply = await send(await start(), await sign(utf8(text)));
    expect(reply).toMatchObject({ ok: false, reason: "refused", message: expect.stringContaining(words) });
  });

  test("a path and a method that are not there are refused in the format", async () => {
    const { url } = await start();
    const modules = { signer };
    const options = { receiver: self, wire };
    const path = await signedFetch(
      `${url}/Other`,
      { ...options, method: "POST", body: utf8('{"features":{}}') },
      modules,
    );
    expect([path.status, wire.response.recognises(path)]).toEqual([404, true]);
    const method = await signedFetch(url + PATH, { ...options, method: "PUT", body: utf8('{"features":{}}') }, modules);
    expect([method.status, method.headers.get("allow"), wire.response.recognises(method)]).toEqual([405, "POST", true]);
  });

  test("forty at once are all answered, each once", async () => {
    const nonces = new Set<bigint>();
    const peer = await start({
      answer: async (__, { nonce }) => {
        nonces.add(nonce);
        return answer;
      },
    });
    const client = newClient({ wires });
    const results = await Promise.all(Array.from({ length: 40 }, () => client.ask(peer, question)));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(nonces.size).toBe(40);
  });

  test("defect 2, defect 3: what an answer says of time and uid, in body or headers, changes nothing", async () => {
    const clock = createManualClock();
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        clock.advance(250);
        const lies = {
          response_time: -6_000,
          miner_uid: 7,
          axon: { process_time: 0, hotkey: signer.address },
          dendrite: { process_time: "-6000" },
        };
        response.writeHead(200, { bt_header_dendrite_process_time: "-6000", bt_header_axon_process_time: "0" });
        response.end(JSON.stringify({ ...answerToWire(answer), ...lies }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(() => void server.close());
    const address = server.address();
    const peer = { hotkey: self, host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
    const client = newClient({ wires }, { ...clock, nowMs: systemClock.nowMs });
    expect(await client.ask(peer, question)).toEqual({ ok: true, answer, latencySeconds: 0.25 });
  });
});
