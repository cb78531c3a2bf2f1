import type { IncomingMessage, ServerResponse } from "node:http";
import { withTimeout } from "../../core/index.ts";
import type { EventsDoor, EventsReply, EventsRequest } from "./door.ts";
import { EventRefusedError } from "./errors.ts";

/** An app for `serve` of the protocol: it knows no framework, for a framework's Request costs as much as all that is done with an event. */
export interface EventsApp {
  fetch(request: Request): Promise<Response>;
  /** Takes every request straight from Node's server. */
  nodeRoute(incoming: IncomingMessage, outgoing: ServerResponse): boolean;
}

/** The rest of a refused body is not worth reading, so the connection goes with it. */
const CLOSE = { connection: "close" };
/** How long the rest of a refused body may take to come: a caller that is cut off in the middle of it does not see why. */
const DRAIN_MS = 500;

const tooLarge = (limitBytes: number) =>
  new EventRefusedError({
    code: "BODY_TOO_LARGE",
    problem: `the body is larger than ${limitBytes} bytes`,
    headers: CLOSE,
  });
const tooLate = (timeoutMs: number) =>
  new EventRefusedError({
    code: "BODY_TIMEOUT",
    problem: `the body did not arrive within ${timeoutMs} ms`,
    headers: CLOSE,
  });
const brokenOff = () => new EventRefusedError({ code: "CLIENT_GONE", problem: "the body broke off", headers: CLOSE });

type Limits = Parameters<EventsRequest["readBody"]>[0];

function assertDeclared(declared: string | null | undefined, limitBytes: number): void {
  if (declared !== null && declared !== undefined && !(Number(declared) <= limitBytes)) throw tooLarge(limitBytes);
}

async function readIncoming(incoming: IncomingMessage, { limitBytes, timeoutMs }: Limits): Promise<Uint8Array> {
  assertDeclared(incoming.headers["content-length"], limitBytes);
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let done = false;
    const finish = (error: EventRefusedError | null) => {
      done = true;
      clearTimeout(timer);
      if (error !== null) {
        incoming.pause();
        return reject(error);
      }
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    };
    const timer = setTimeout(() => finish(tooLate(timeoutMs)), timeoutMs);
    incoming.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (done) return;
      if (length > limitBytes) finish(tooLarge(limitBytes));
      else chunks.push(chunk);
    });
    incoming.once("end", () => {
      if (!done) finish(null);
    });
    // It comes after the end as well, when it says nothing.
    incoming.once("close", () => {
      if (!done) finish(brokenOff());
    });
  });
}

async function readFetched(request: Request, { limitBytes, timeoutMs }: Limits): Promise<Uint8Array> {
  assertDeclared(request.headers.get("content-length"), limitBytes);
  const late = tooLate(timeoutMs);
  const body = await withTimeout(() => request.arrayBuffer(), { timeoutMs, what: "The body" }).catch(() => {
    throw late;
  });
  if (body.byteLength > limitBytes) throw tooLarge(limitBytes);
  return new Uint8Array(body);
}

function send(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: EventsReply): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.end(body);
  if (incoming.complete) return;
  incoming.resume();
  setTimeout(() => {
    if (!incoming.complete) incoming.destroy();
  }, DRAIN_MS).unref();
}

/**
 * The door behind a server: `serve(createEventsApp(door), { port })` of the protocol room.
 *
 * @example
 * (await createEventsApp(door).fetch(new Request("http://localhost/health"))).status; // 200
 */
export function createEventsApp(door: EventsDoor): EventsApp {
  return {
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { status, headers, body } = await door({
        method: request.method,
        target: pathname + search,
        headers: request.headers,
        readBody: (limits) => readFetched(request, limits),
      });
      return new Response(body, { status, headers });
    },
    nodeRoute(incoming, outgoing) {
      const request: EventsRequest = {
        method: incoming.method ?? "",
        target: incoming.url ?? "",
        headers: {
          get(name) {
            const value = incoming.headers[name];
            return value === undefined ? null : String(value);
          },
        },
        readBody: (limits) => readIncoming(incoming, limits),
      };
      door(request).then(
        (answer) => send(incoming, outgoing, answer),
        () => outgoing.destroy(),
      );
      return true;
    },
  };
}
