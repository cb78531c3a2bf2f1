import { concatBytes, TimedOutError, withDeadline, withTimeout } from "../core/index.ts";
import { RequestRefusedError } from "./errors.ts";
import type { HeaderReader } from "./wire.ts";

/** The rest of a refused body is not worth reading, so the connection goes with it. */
const CLOSE = { Connection: "close" };

function tooLarge(limitBytes: number): RequestRefusedError {
  const problem = `the body is larger than ${limitBytes} bytes`;
  return new RequestRefusedError({ code: "BODY_TOO_LARGE", problem, headers: CLOSE });
}

/** Refuses a body by its declared length, before a byte of it is read. */
export function assertDeclaredLength(headers: HeaderReader, limitBytes: number): void {
  const declared = headers.get("content-length");
  if (declared !== null && !(Number(declared) <= limitBytes)) throw tooLarge(limitBytes);
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

/**
 * The bytes of a request's body, at most `limitBytes` of them and within `timeoutMs`, chunked or not.
 *
 * @throws {RequestRefusedError} 413 or 408; 499 when the sender breaks off.
 */
export async function readBody(
  request: Request,
  {
    limitBytes,
    timeoutMs,
    headers = request.headers,
  }: { limitBytes: number; timeoutMs: number; headers?: HeaderReader },
): Promise<Uint8Array> {
  assertDeclaredLength(headers, limitBytes);
  // A declared length is kept by Node's HTTP parser, so the whole may be read at once, which costs a third of a stream.
  const limit = { timeoutMs, what: "The body" };
  try {
    const body =
      headers.get("content-length") !== null
        ? new Uint8Array(await withDeadline(() => request.arrayBuffer(), limit))
        : await withTimeout((signal) => readChunks(request, limitBytes, signal), limit);
    if (body.length > limitBytes) throw tooLarge(limitBytes);
    return body;
  } catch (error) {
    if (error instanceof RequestRefusedError) throw error;
    if (error instanceof TimedOutError) {
      const problem = `the body did not arrive within ${timeoutMs} ms`;
      throw new RequestRefusedError({ code: "BODY_TIMEOUT", problem, headers: CLOSE });
    }
    throw new RequestRefusedError({ code: "CLIENT_GONE", problem: "the body broke off", headers: CLOSE });
  }
}
