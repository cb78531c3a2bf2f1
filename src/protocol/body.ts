import type { IncomingMessage } from "node:http";
import { concatBytes, TimedOutError, withCall, withTimeout } from "../core/index.ts";
import { RequestRefusedError } from "./errors.ts";
import type { HeaderReader } from "./wire.ts";

/** What a body may cost. */
export interface BodyLimits {
  readonly limitBytes: number;
  readonly timeoutMs: number;
}

/** The rest of a refused body is not worth reading, so the connection goes with it. */
const CLOSE = { Connection: "close" };

function tooLarge(limitBytes: number): RequestRefusedError {
  const problem = `the body is larger than ${limitBytes} bytes`;
  return new RequestRefusedError({ code: "BODY_TOO_LARGE", problem, headers: CLOSE });
}

function tooLate(timeoutMs: number): RequestRefusedError {
  const problem = `the body did not arrive within ${timeoutMs} ms`;
  return new RequestRefusedError({ code: "BODY_TIMEOUT", problem, headers: CLOSE });
}

const brokenOff = () => new RequestRefusedError({ code: "CLIENT_GONE", problem: "the body broke off", headers: CLOSE });

/** Refuses a body by its declared length, before a byte of it is read. */
export function assertDeclaredLength(headers: HeaderReader, limitBytes: number): void {
  const declared = headers.get("content-length");
  if (declared !== null && !(Number(declared) <= limitBytes)) throw tooLarge(limitBytes);
}

/** Waits for what is missing of a body. Listeners and a timer cost as much as a hash, so only who must wait gets them. */
function readRest(
  incoming: IncomingMessage,
  { first, declared }: { readonly first: Uint8Array | null; readonly declared: number },
  { limitBytes, timeoutMs }: BodyLimits,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let isOver = false;
    const leave = () => {
      isOver = true;
      clearTimeout(timer);
    };
    const refuse = (error: RequestRefusedError) => {
      if (isOver) return;
      leave();
      incoming.pause();
      reject(error);
    };
    const finish = () => {
      if (isOver) return;
      leave();
      resolve(concatBytes(...chunks));
    };
    const take = (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > limitBytes) return refuse(tooLarge(limitBytes));
      chunks.push(chunk);
      if (length === declared) finish();
    };
    const timer = setTimeout(() => refuse(tooLate(timeoutMs)), timeoutMs);
    if (first !== null) take(first);
    if (isOver) return;
    incoming.on("data", take);
    if (!(declared > 0)) incoming.on("end", finish);
    incoming.on("close", () => refuse(brokenOff()));
  });
}

/** The body of a message of `node:http`. */
export function readIncoming(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  // Node's parser holds a sender to what it declared. NaN when the body comes in chunks: then its end must be waited for.
  const declared = Number(incoming.headers["content-length"]);
  return new Promise((resolve, reject) => {
    // Most bodies come with their headers: when this turn is over they are here, in one piece.
    process.nextTick(() => {
      if (incoming.destroyed) return reject(brokenOff());
      const first: Uint8Array | null = incoming.read();
      if (first !== null && first.length === declared && declared <= limits.limitBytes) return resolve(first);
      readRest(incoming, { first, declared }, limits).then(resolve, reject);
    });
  });
}

async function readChunks(request: Request, limitBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > limitBytes) {
      cancel();
      throw tooLarge(limitBytes);
    }
    chunks.push(next.value);
  }
  return concatBytes(...chunks);
}

/** The body of a request of the platform's kind. */
export async function readRequest(request: Request, { limitBytes, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  // A declared length is kept by Node's HTTP parser, so the whole may be read at once, which costs a third of a stream.
  const limit = { timeoutMs, what: "The body" };
  try {
    const body =
      request.headers.get("content-length") !== null
        ? new Uint8Array(await withCall(() => request.arrayBuffer(), limit))
        : await withTimeout((signal) => readChunks(request, limitBytes, signal), limit);
    if (body.length > limitBytes) throw tooLarge(limitBytes);
    return body;
  } catch (error) {
    if (error instanceof RequestRefusedError) throw error;
    throw error instanceof TimedOutError ? tooLate(timeoutMs) : brokenOff();
  }
}
