/** A miner's server and its clients, for the tests of signed HTTP. */
import { connect } from "node:net";
import { afterEach } from "vitest";
import { systemClock, utf8 } from "../../src/core/index.ts";
import {
  createClient,
  createMinerApp,
  type MinerAppModules,
  type MinerAppOptions,
  type Peer,
  QUESTION_PATH,
  serve,
  type WireFormat,
} from "../../src/protocol/index.ts";
import { type Answer, FEATURES, fromVector, type Question, questionToWire } from "../../src/schema.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";

/** The validator that asks. */
export const { signer } = keypairFromUri("//Alice");
/** The miner's address. */
export const self: string = keypairFromUri("//Bob").address;
export const question: Question = {
  sessionId: "q-1",
  features: { ...fromVector(new Float64Array(FEATURES.length).fill(1)), hour_of_day: null },
  landmark: { messages: 4 },
  horizonSeconds: 600,
};
export const answer: Answer = {
  conversionHappened: 1,
  timeToConversionSeconds: 142.5,
  confidence: 0.71,
  timeIfConvertedSeconds: 142.5,
};

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** To be done when the test is over, the last first. */
export const atEnd = (...more: readonly (() => Promise<void> | void)[]) => void cleanups.push(...more);

/** A miner that answers everybody, unless it is told otherwise. */
export async function start(
  modules: Partial<MinerAppModules> = {},
  options: Partial<MinerAppOptions> = {},
): Promise<Peer & { url: string }> {
  const app = createMinerApp(
    { self, ...options },
    { answer: async () => answer, authorize: async () => ({ allowed: true }), ...modules },
  );
  const server = await serve(app, { port: 0, closeTimeoutMs: 50 });
  atEnd(() => server.close());
  return { hotkey: self, host: "127.0.0.1", port: server.port, url: server.url };
}

export function newClient(options: Parameters<typeof createClient>[0], clock = systemClock) {
  const client = createClient(options, { signer, clock });
  atEnd(() => client.close());
  return client;
}

/** A question as it is signed and sent in a format. */
export const signQuestion = (
  wire: WireFormat,
  body: Uint8Array = utf8(JSON.stringify(questionToWire(question))),
  context: object = {},
) =>
  wire.request.write(
    { method: "POST", target: QUESTION_PATH, body },
    { signer, receiver: self, clock: systemClock, ...context },
  );

/**
 * Sends bytes over a connection of its own, piece by piece; all that came back when the other side has closed it.
 *
 * @param end says that nothing more comes; Node then gives up what it has not answered yet.
 */
export function sendRaw(port: number, pieces: readonly (string | Uint8Array)[], { end = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    atEnd(() => void socket.destroy());
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(received));
    socket.on("error", (error) => (received === "" ? reject(error) : resolve(received)));
    socket.on("connect", async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((next) => setImmediate(next));
      }
      if (end) socket.end();
    });
  });
}

/** The head of a request; a name may occur more than once. */
export function headOf(
  headers: readonly (readonly [string, string])[],
  first = `POST ${QUESTION_PATH} HTTP/1.1`,
): string {
  return `${first}\r\nHost: x\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** The statuses in what came back, one after another. */
export const statusesIn = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
