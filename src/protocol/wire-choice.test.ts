/** One server that speaks two formats, and a client that finds out which one a peer speaks. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { answer, atEnd, newClient, question, self, signer, start } from "../../test/support/wires.ts";
import { createManualClock, systemClock, utf8 } from "../core/index.ts";
import { answerToWire, questionToWire } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { axon, btauth, createClient, type Peer, QUESTION_PATH, type WireFormat } from "./index.ts";

const PATH = QUESTION_PATH;

describe("one server, two formats", () => {
  test("each request is answered in its own, on one port", async () => {
    const peer = await start();
    for (const wire of [btauth, axon]) expect((await newClient({ wires: [wire] }).ask(peer, question)).ok).toBe(true);
  });

  test("a server that speaks one refuses the other in the one", async () => {
    const modern = await start({}, { wires: [btauth] });
    expect(await newClient({ wires: [axon] }).ask(modern, question)).toMatchObject({ ok: false, status: 401 });
    const old = await start({}, { wires: [axon] });
    const result = await newClient({ wires: [btauth] }).ask(old, question);
    expect(result).toMatchObject({
      ok: false,
      status: 401,
      message: expect.stringContaining("No SS58 formatted address"),
    });
  });

  test("a request with the headers of both is judged as btauth/1, so the weaker proof cannot stand for the stronger", async () => {
    const { url } = await start();
    const body = utf8(JSON.stringify(questionToWire(question)));
    const context = { signer, receiver: self, clock: systemClock };
    const weak = await axon.request.write({ method: "POST", target: PATH, body }, context);
    const headers = { ...weak.headers, "X-Bittensor-Hotkey": signer.address };
    const response = await fetch(url + PATH, { method: "POST", headers, body: new Uint8Array(weak.body) });
    expect([response.status, await response.json()]).toMatchObject([401, { error: { code: "MALFORMED_AUTH" } }]);
  });

  test("an axon's header names go over the wire in lower case, byte by byte, for answers and refusals", async () => {
    const { port } = await start();
    const body = utf8(JSON.stringify(questionToWire(question)));
    const signed = await axon.request.write(
      { method: "POST", target: PATH, body },
      { signer, receiver: self, clock: systemClock },
    );
    const raw = (headers: Readonly<Record<string, string>>) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString("latin1");
        });
        socket.on("close", () => resolve(text.slice(0, text.indexOf("\r\n\r\n"))));
        const lines = Object.entries({
          ...headers,
          Host: "x",
          Connection: "close",
          "Content-Length": String(signed.body.length),
        });
        socket.write(`POST ${PATH} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
        socket.write(signed.body);
      });
    for (const [headers, status] of [
      [signed.headers, "200"],
      [{ ...signed.headers, bt_header_dendrite_nonce: "" }, "401"],
    ] as const) {
      const text = await raw(headers);
      expect(text).toContain(`HTTP/1.1 ${status} `);
      expect(text).toContain(`\r\nbt_header_axon_status_code: ${status}\r\n`);
      expect(text).toMatch(/\r\nbt_header_axon_status_message: .+\r\n/);
      expect(text).toMatch(/\r\nbt_header_axon_process_time: \d+\.\d+\r\n/);
      expect(text).toContain("\r\ncontent-type: application/json\r\n");
      const names = text.split("\r\n").map((line) => line.slice(0, line.indexOf(":")));
      const ours = names.filter((name) => /bt_|name|timeout|size|hash/i.test(name));
      expect(ours.length).toBeGreaterThan(7);
      expect(ours).toEqual(ours.map((name) => name.toLowerCase()));
    }
  });

  test("defect 12: a request of a v9.3 to v10.4 caller without a signature, or with an empty one, is not believed", async () => {
    const { url } = await start();
    const body = utf8(JSON.stringify(questionToWire(question)));
    const { headers, body: sent } = await axon.request.write(
      { method: "POST", target: PATH, body },
      { signer, receiver: self, clock: systemClock },
    );
    const { bt_header_dendrite_signature: _, ...unsigned } = headers;
    for (const bare of [unsigned, { ...unsigned, bt_header_dendrite_signature: "" }]) {
      const response = await fetch(url + PATH, { method: "POST", headers: bare, body: new Uint8Array(sent) });
      expect([response.status, await response.json()]).toEqual([
        401,
        { message: "Not Verified with error: Missing Signature" },
      ]);
    }
  });

  test("defect 36: on either wire who is not registered is judged after the proof, and gets no answer", async () => {
    const judged: string[] = [];
    const peer = await start({
      authorize: async ({ hotkey }) => {
        judged.push(hotkey);
        return { allowed: false, reason: "not registered" };
      },
    });
    const forger = { ...signer, sign: () => new Uint8Array(64).fill(1) };
    for (const wire of [btauth, axon]) {
      const forged = createClient({ wires: [wire] }, { signer: forger });
      atEnd(() => forged.close());
      expect(await forged.ask(peer, question)).toMatchObject({ ok: false, status: 401 });
      expect(await newClient({ wires: [wire] }).ask(peer, question)).toMatchObject({ ok: false, status: 403 });
    }
    expect(judged).toEqual([signer.address, signer.address]);
  });
});

describe("a client that speaks both", () => {
  /** A server that speaks one format, and counts in which it was asked. */
  async function speaking(wire: WireFormat, status = 200) {
    const asked: string[] = [];
    const headersSeen: IncomingHttpHeaders[] = [];
    const state = { wire, status, hang: false };
    const server = createServer((request, response) => {
      const name = request.headers["x-bittensor-version"] === undefined ? "axon" : "btauth/1";
      asked.push(name);
      headersSeen.push(request.headers);
      request.resume().on("end", () => {
        if (state.hang) return request.socket.destroy();
        if (name !== state.wire.name) return response.writeHead(500).end('{"message":"Internal Server Error #1"}');
        const reply =
          state.status === 200
            ? ({ ok: true, value: answerToWire(answer) } as const)
            : ({ ok: false, status: state.status, code: "FORBIDDEN", message: "no" } as const);
        const written = state.wire.response.write(reply, {
          headers: new Headers(),
          target: PATH,
          body: new Uint8Array(),
          seconds: 0,
          available: [],
        });
        response.writeHead(written.status, written.headers).end(written.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(
      () => void server.closeAllConnections(),
      () => void server.close(),
    );
    const address = server.address();
    const peer: Peer = {
      hotkey: self,
      host: "127.0.0.1",
      port: typeof address === "object" && address ? address.port : 0,
    };
    return { peer, asked, state, headersSeen };
  }

  test("tries the other after a foreign refusal, within the same question, and keeps to it", async () => {
    const { peer, asked } = await speaking(axon);
    const client = newClient({});
    for (let i = 0; i < 3; i++) expect(await client.ask(peer, question)).toMatchObject({ ok: true, answer });
    expect(asked).toEqual(["btauth/1", "axon", "axon", "axon"]);
  });

  test("asks at once in the format that the announced version hints at", async () => {
    const { peer, asked } = await speaking(axon);
    await newClient({}).ask({ ...peer, version: 10_005_000 }, question);
    const modern = await speaking(btauth);
    await newClient({}).ask({ ...modern.peer, version: 1 }, question);
    expect([asked, modern.asked]).toEqual([["axon"], ["btauth/1"]]);
  });

  test("is not led astray by a wrong hint", async () => {
    const { peer, asked } = await speaking(btauth);
    const client = newClient({});
    for (let i = 0; i < 2; i++) expect((await client.ask({ ...peer, version: 10_005_000 }, question)).ok).toBe(true);
    expect(asked).toEqual(["axon", "btauth/1", "btauth/1"]);
  });

  test("learns a format from a refusal in it as well: the peer has understood, and is not asked twice", async () => {
    const { peer, asked } = await speaking(axon, 403);
    const client = newClient({});
    for (let i = 0; i < 2; i++)
      expect(await client.ask(peer, question)).toMatchObject({
        ok: false,
        status: 403,
        message: expect.stringContaining("blacklisted: no"),
      });
    expect(asked).toEqual(["btauth/1", "axon", "axon"]);
  });

  test("does not unlearn by an error of the network, and learns anew when the peer has changed its format", async () => {
    const { peer, asked, state } = await speaking(axon);
    const client = newClient({});
    await client.ask(peer, question);
    state.hang = true;
    for (let i = 0; i < 3; i++)
      expect(await client.ask(peer, question)).toMatchObject({ ok: false, reason: "unreachable" });
    state.hang = false;
    asked.length = 0;
    expect((await client.ask(peer, question)).ok).toBe(true);
    expect(asked).toEqual(["axon"]);
    state.wire = btauth;
    expect((await client.ask(peer, question)).ok).toBe(true);
    expect((await client.ask(peer, question)).ok).toBe(true);
    expect(asked).toEqual(["axon", "axon", "btauth/1", "btauth/1"]);
  });

  test("charges a trial from the first sending: whoever refuses a question has seen it, and could think meanwhile", async () => {
    const clock = createManualClock();
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      const body = requests === 1 ? '{"message":"what?"}' : JSON.stringify(answerToWire(answer));
      request.resume().on("end", () => {
        clock.advance(requests === 1 ? 3_000 : 10);
        response.writeHead(requests === 1 ? 422 : 200).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(() => void server.close());
    const address = server.address();
    const peer = { hotkey: self, host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
    const client = newClient({}, { ...clock, nowMs: systemClock.nowMs });
    expect(await client.ask(peer, question)).toEqual({ ok: true, answer, latencySeconds: 3.01 });
  });

  test("gives no time to a second try that the first has used up", async () => {
    const clock = createManualClock();
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      clock.advance(12_001);
      response.writeHead(422).end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(() => void server.close());
    const address = server.address();
    const peer = { hotkey: self, host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
    const client = newClient({}, { ...clock, nowMs: systemClock.nowMs });
    expect(await client.ask(peer, question)).toMatchObject({ ok: false, reason: "refused", status: 422 });
    expect(requests).toBe(1);
  });

  test("sends one id for one after another, so that an old axon need not remember more", async () => {
    const { peer, headersSeen } = await speaking(axon);
    const client = newClient({ wires: [axon] });
    for (let i = 0; i < 3; i++) await client.ask(peer, question);
    await Promise.all([1, 2, 3].map(() => client.ask(peer, question)));
    const uuids = headersSeen.map((headers) => headers.bt_header_dendrite_uuid);
    expect(new Set(uuids.slice(0, 3)).size).toBe(1);
    expect(new Set(uuids.slice(3)).size).toBe(3);
    const nonces = headersSeen.map((headers) => BigInt(String(headers.bt_header_dendrite_nonce)));
    expect(nonces).toEqual([...nonces].sort((a, b) => (a < b ? -1 : 1)));
  });

  test("with an ed25519 key speaks btauth/1 only, and cannot be made to speak axon only", async () => {
    const ed = keypairFromUri("//Alice", { scheme: "ed25519" }).signer;
    const { peer, asked } = await speaking(axon);
    const client = createClient({}, { signer: ed });
    atEnd(() => client.close());
    expect(await client.ask(peer, question)).toMatchObject({ ok: false, status: 500 });
    expect(asked).toEqual(["btauth/1"]);
    expect(() => createClient({ wires: [axon] }, { signer: ed })).toThrow(/ed25519/);
  });
});
