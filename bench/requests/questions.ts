import { systemClock, toHex, utf8 } from "../../src/core/index.ts";
import { syntheticDataset } from "../../src/learning/index.ts";
import { axon, btauth, QUESTION_PATH } from "../../src/protocol/index.ts";
import { fromVector, type Question, questionToWire } from "../../src/schema.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";

export const asker = keypairFromUri("//Alice").signer;
export const miner = keypairFromUri("//Bob").signer;

const ROWS = 100;
// All 40 are known: a typed Python class refuses a null.
const { X } = syntheticDataset({ rows: ROWS, seed: 1, missingShare: 0 });
const run = toHex(crypto.getRandomValues(new Uint8Array(6)));
let asked = 0;

/** A question of 40 numbers under a new id. */
export function nextQuestion(): Question {
  const row = (asked % ROWS) * 40;
  asked += 1;
  return {
    sessionId: `q-${run}-${asked}`,
    features: fromVector(X.subarray(row, row + 40)),
    landmark: { messages: 4 },
    horizonSeconds: 1_800,
  };
}

/** A whole signed request as it goes over the wire. */
export async function signedRequest(wire: "btauth" | "axon", port: number, session: string): Promise<Buffer> {
  const parts = { method: "POST", target: QUESTION_PATH, body: utf8(JSON.stringify(questionToWire(nextQuestion()))) };
  const to = { host: "127.0.0.1", port };
  const { request } = wire === "axon" ? axon : btauth;
  const sender = { signer: asker, receiver: miner.address, clock: systemClock, to, timeoutMs: 12_000, session };
  const { headers, body } = await request.write(parts, sender);
  return rawRequest(port, headers, body);
}

/** An HTTP request's bytes. */
export function rawRequest(port: number, headers: Readonly<Record<string, string>>, body: Uint8Array): Buffer {
  const all = { Host: `127.0.0.1:${port}`, ...headers, "Content-Length": String(body.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${QUESTION_PATH} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), body]);
}
