/** What strangers send, byte by byte over real connections, and what becomes of it. */
import { connect } from "node:net";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  answer,
  headOf,
  question,
  self,
  sendRaw,
  signer,
  signQuestion,
  start,
  statusesIn,
} from "../../test/support/wires.ts";
import { createManualClock, utf8 } from "../core/index.ts";
import { questionToWire } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { axon, btauth, createMemoryNonceStore, type RequestReport } from "./index.ts";

const CLOSE = ["Connection", "close"] as const;
type Lines = (readonly [string, string])[];

/** A signed request as lines and bytes, its length declared and the connection closed after it. */
async function signed(wire = btauth, context: object = {}, sent?: Uint8Array) {
  const { headers, body } = await signQuestion(wire, sent, context);
  const lines: Lines = Object.entries(headers);
  return { lines, body, length: ["Content-Length", String(body.length)] as const };
}

describe.each([btauth, axon])("$name", (wire) => {
  const nonceName = wire === btauth ? "X-Bittensor-Nonce" : "bt_header_dendrite_nonce";
  const hotkeyName = wire === btauth ? "X-Bittensor-Hotkey" : "bt_header_dendrite_hotkey";
  const signatureName = wire === btauth ? "X-Bittensor-Signature" : "bt_header_dendrite_signature";

  test("a request that comes byte by byte, with names in any case, is answered", async () => {
    const { port } = await start();
    const { lines, body, length } = await signed(wire);
    const shouted: Lines = lines.map(([name, value], i) => [i % 2 ? name.toUpperCase() : name.toLowerCase(), value]);
    const whole = Buffer.concat([Buffer.from(headOf([...shouted, length, CLOSE]), "latin1"), body]);
    const pieces = Array.from(whole, (byte) => Uint8Array.of(byte));
    expect(statusesIn(await sendRaw(port, pieces))).toEqual([200]);
  });

  test("a signed header that comes twice is none of either, and what comes twice of the rest changes nothing", async () => {
    const { port } = await start();
    for (const name of [nonceName, hotkeyName, signatureName]) {
      const { lines, body, length } = await signed(wire);
      const twice = lines.filter(([given]) => given === name);
      const received = await sendRaw(port, [headOf([...lines, ...twice, length, CLOSE]), body]);
      expect([name, statusesIn(received)]).toEqual([name, [401]]);
    }
    const { lines, body, length } = await signed(wire);
    const odd: Lines = [
      ...lines,
      length,
      CLOSE,
      ["Cookie", "a"],
      ["Cookie", "b"],
      ["__proto__", "x"],
      ["constructor", "y"],
    ];
    expect(statusesIn(await sendRaw(port, [headOf(odd), body]))).toEqual([200]);
  });

  test("a body that is longer than declared ends where it was declared to; the rest is no request", async () => {
    const { port } = await start();
    const { lines, body, length } = await signed(wire);
    expect(statusesIn(await sendRaw(port, [headOf([...lines, length]), body, "and more\r\n\r\n"]))).toEqual([200, 400]);
  });

  test("a body that is shorter than declared is answered by nobody, and uses up no nonce", async () => {
    const outcomes: string[] = [];
    let reported = () => undefined as unknown;
    const gone = new Promise((resolve) => {
      reported = () => resolve(undefined);
    });
    const onRequest = ({ outcome }: RequestReport) => {
      outcomes.push(outcome);
      reported();
    };
    const { port } = await start({ onRequest });
    const { lines, body, length } = await signed(wire);
    await sendRaw(port, [headOf([...lines, length]), body.subarray(0, -1)], { end: true });
    await gone;
    expect(statusesIn(await sendRaw(port, [headOf([...lines, length, CLOSE]), body]))).toEqual([200]);
    expect(outcomes).toEqual(["CLIENT_GONE", "OK"]);
  });

  test("a body in chunks is the same body, and one without an end that is too large is 413", async () => {
    const { port } = await start({}, { bodyLimitBytes: 8_192 });
    const chunked = ["Transfer-Encoding", "chunked"] as const;
    const { lines, body } = await signed(wire);
    const chunk = (bytes: Uint8Array) => Buffer.concat([utf8(`${bytes.length.toString(16)}\r\n`), bytes, utf8("\r\n")]);
    const pieces = [
      headOf([...lines, chunked, CLOSE]),
      chunk(body.subarray(0, 7)),
      chunk(body.subarray(7)),
      "0\r\n\r\n",
    ];
    expect(statusesIn(await sendRaw(port, pieces))).toEqual([200]);
    const again = await signed(wire);
    const endless = Array.from({ length: 9 }, () => chunk(new Uint8Array(1_024).fill(32)));
    const received = await sendRaw(port, [headOf([...again.lines, chunked]), ...endless]);
    expect(statusesIn(received)).toEqual([413]);
    const broken = await sendRaw(port, [headOf([...(await signed(wire)).lines, chunked]), "zz\r\nno chunk"]);
    expect(statusesIn(broken).filter((status) => status < 400)).toEqual([]);
  });

  test("requests in one packet are answered in their order, each on its own merits", async () => {
    const asked: string[] = [];
    const { port } = await start({
      // The first is the slowest.
      answer: async ({ sessionId }) => {
        asked.push(sessionId);
        for (let turn = 0; turn < 4 - asked.length; turn++) await new Promise((resolve) => setImmediate(resolve));
        return answer;
      },
    });
    const first = await signed(wire);
    const second = await signed(wire);
    const bytes = ({ lines, body, length }: typeof first, more: Lines = []) =>
      Buffer.concat([Buffer.from(headOf([...lines, length, ...more]), "latin1"), body]);
    const stranger = Buffer.from(`${headOf([["Content-Length", "2"]])}{}`, "latin1");
    const all = Buffer.concat([bytes(first), bytes(first), stranger, bytes(second, [CLOSE])]);
    expect(statusesIn(await sendRaw(port, [all]))).toEqual([200, 401, 401, 200]);
    expect(asked).toHaveLength(2);
  });

  test.each(["-1", "0", "0x10", "1e19", "1.5", "9".repeat(20), "1".repeat(21), "NaN", "१२३"])(
    "the nonce %s is 401",
    async (nonce) => {
      const { port } = await start();
      const { lines, body, length } = await signed(wire);
      const changed: Lines = lines.map(([name, value]) => [name, name === nonceName ? nonce : value]);
      const head = Buffer.from(headOf([...changed, length, CLOSE]), "utf8");
      expect(statusesIn(await sendRaw(port, [head, body]))).toEqual([401]);
    },
  );

  test("of many sendings of one request at once, over connections of their own, one is answered", async () => {
    const { port } = await start();
    const { lines, body, length } = await signed(wire);
    const all = await Promise.all(
      Array.from({ length: 16 }, () => sendRaw(port, [headOf([...lines, length, CLOSE]), body])),
    );
    const statuses = all.flatMap(statusesIn).sort();
    expect(statuses).toEqual([200, ...Array(15).fill(401)]);
  });

  test("whoever signs in the name of another is 401, and the other's nonce is still good", async () => {
    const eve = keypairFromUri("//Eve").signer;
    const { port } = await start({ authorize: ({ hotkey }) => ({ allowed: hotkey === signer.address, reason: "no" }) });
    const { lines, body, length } = await signed(wire);
    const nonce = BigInt(lines.find(([name]) => name === nonceName)?.[1] ?? 0);
    const clock = createManualClock(Number(nonce / 1_000_000n));
    const forged = await signed(wire, { signer: { ...eve, address: signer.address }, clock });
    const stolen: Lines = forged.lines.map(([name, value]) => [name, name === nonceName ? String(nonce) : value]);
    expect(statusesIn(await sendRaw(port, [headOf([...stolen, forged.length, CLOSE]), forged.body]))).toEqual([401]);
    const named: Lines = (await signed(wire, { signer: eve })).lines;
    const renamed: Lines = named.map(([name, value]) => [name, name === hotkeyName ? signer.address : value]);
    expect(statusesIn(await sendRaw(port, [headOf([...renamed, length, CLOSE]), body]))).toEqual([401]);
    expect(statusesIn(await sendRaw(port, [headOf([...lines, length, CLOSE]), body]))).toEqual([200]);
  });

  test("without a signature there is no answer, whatever the rest, and no byte of the body is waited for", async () => {
    const { port } = await start({ checkSignature: () => true });
    const { lines, length } = await signed(wire);
    const bare = lines.filter(([name]) => name !== signatureName);
    expect(statusesIn(await sendRaw(port, [headOf([...bare, length, CLOSE])]))).toEqual([401]);
    for (const value of ["", "0x", "0x00", "ab".repeat(63), "zz".repeat(64)]) {
      const received = await sendRaw(port, [headOf([...bare, [signatureName, value], length, CLOSE])]);
      expect([value, statusesIn(received)]).toEqual([value, [401]]);
    }
  });

  test("keys of JSON that mean something to JavaScript mean nothing", async () => {
    const seen: unknown[] = [];
    const { port } = await start({
      answer: async (asked) => {
        seen.push(asked);
        return answer;
      },
    });
    const plain = JSON.stringify(questionToWire(question));
    const odd = `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}},"toString":null,${plain.slice(1)}`;
    const inner = odd.replace('"features":{', '"features":{"__proto__":{"total_messages":9},"hasOwnProperty":1,');
    for (const text of [odd, inner]) {
      const { lines, body, length } = await signed(wire, {}, utf8(text));
      expect(statusesIn(await sendRaw(port, [headOf([...lines, length, CLOSE]), body]))).toEqual([200]);
    }
    expect(seen).toEqual([question, question]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("promises of another make are waited for: neither a signature nor a replay passes as one", async () => {
    const later: <T>(value: T) => Promise<T> = runInNewContext("(value) => Promise.resolve(value)");
    expect(later(1)).not.toBeInstanceOf(Promise);
    for (const [modules, code] of [
      [{ checkSignature: () => later(false) }, "BAD_SIGNATURE"],
      [{ nonceStore: { retentionMs: 60_000, accept: () => later(false) } }, "REPLAYED_REQUEST"],
      [{ authorize: () => later({ allowed: false, reason: "no" } as const) }, "FORBIDDEN"],
      [{ screen: () => later({ allowed: false, reason: "no" } as const) }, "FORBIDDEN"],
      [{ answer: () => later({ ...answer, confidence: 2 }) }, "INTERNAL_ERROR"],
    ] as const) {
      const outcomes: string[] = [];
      const { port } = await start({ ...modules, onRequest: ({ outcome }) => void outcomes.push(outcome) });
      const { lines, body, length } = await signed(wire);
      await sendRaw(port, [headOf([...lines, length, CLOSE]), body]);
      expect(outcomes).toEqual([code]);
    }
  });
});

test("one question, signed on both wires with one nonce, is answered on each once, however often and from wherever it comes", async () => {
  const nonceStore = createMemoryNonceStore();
  const { port } = await start({ nonceStore });
  const clock = createManualClock(Date.now());
  const both = await Promise.all([btauth, axon].map((wire) => signed(wire, { clock })));
  const all = await Promise.all(
    Array.from({ length: 16 }, (_, i) => both[i % 2]).map((one) =>
      sendRaw(port, [headOf([...(one?.lines ?? []), one?.length ?? CLOSE, CLOSE]), one?.body ?? ""]),
    ),
  );
  expect(all.flatMap(statusesIn).sort()).toEqual([200, 200, ...Array(14).fill(401)]);
  const crossed = both.flatMap(({ lines }) => lines);
  const { body, length } = both[0] ?? { body: "", length: CLOSE };
  expect(statusesIn(await sendRaw(port, [headOf([...crossed, length, CLOSE]), body]))).toEqual([401]);
});

describe("a refused body that nobody reads", () => {
  test("may still come, and the connection is good for the next question", async () => {
    const { port } = await start();
    const { lines, body, length } = await signed();
    const pieces = [headOf([["Content-Length", "20000"]]), ...Array.from({ length: 20 }, () => " ".repeat(1_000))];
    const received = await sendRaw(port, [...pieces, headOf([...lines, length, CLOSE]), body]);
    expect(statusesIn(received)).toEqual([401, 200]);
  });

  test("does not hold the connection when it never ends", async () => {
    const { port } = await start();
    const socket = connect({ port, host: "127.0.0.1" });
    const closed = new Promise((resolve) => socket.on("close", resolve).on("error", () => undefined));
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
    });
    socket.write(headOf([["Transfer-Encoding", "chunked"]]));
    const dribble = setInterval(() => socket.write("1\r\nx\r\n"), 20);
    await closed;
    clearInterval(dribble);
    expect(statusesIn(received)).toEqual([401]);
  });
});

test.each([
  "/ConversionSynapse/",
  "//ConversionSynapse",
  "/conversionsynapse",
  "/ConversionSynapse/..",
  "/ConversionSynapse%3fx",
])("%s is another path", async (path) => {
  const { port } = await start();
  const { lines, body, length } = await signed();
  const received = await sendRaw(port, [headOf([...lines, length, CLOSE], `POST ${path} HTTP/1.1`), body]);
  expect(statusesIn(received)).toEqual([404]);
});

test("a question is the same by whatever way it comes: its target is what was signed", async () => {
  const { port } = await start();
  for (const target of ["/ConversionSynapse?", "/ConversionSynapse?a=%2f", "http://x/ConversionSynapse"]) {
    const { lines, body, length } = await signed();
    const received = await sendRaw(port, [headOf([...lines, length, CLOSE], `POST ${target} HTTP/1.1`), body]);
    expect([target, statusesIn(received)]).toEqual([target, [401]]);
  }
});

test("nothing of a stranger's own words comes back but in a refusal's text, and no stack ever", async () => {
  const { port } = await start();
  const { lines, body, length } = await signed();
  const marked: Lines = [
    ...lines.filter(([name]) => name !== "X-Bittensor-Nonce"),
    ["X-Bittensor-Nonce", "marked-words"],
  ];
  const received = await sendRaw(port, [headOf([...marked, length, CLOSE]), body]);
  expect(received).not.toMatch(/marked-words|at .*\.[jt]s:|node_modules/);
  expect(received).not.toContain(self);
});
