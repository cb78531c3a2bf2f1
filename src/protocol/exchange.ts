import { type Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { type Clock, concatBytes, errorText } from "../core/index.ts";
import type { FailureReason } from "./errors.ts";
import { NodeHeaders } from "./headers.ts";
import type { HeaderReader } from "./wire.ts";

/** One request over plain HTTP, and the limits of its response. */
export interface Outgoing {
  /** A name, an IPv4 or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From now to the last byte of the response. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What came back. `latencySeconds` runs from `startMs`, when a connection was there for the request, to the last byte. */
export type Exchange = { readonly startMs: number; readonly latencySeconds: number } & (
  | { readonly ok: true; readonly status: number; readonly headers: HeaderReader; readonly body: Uint8Array }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly status: number | null;
      readonly message: string;
      /** The other side closed a kept-alive connection just as we used it, and said nothing; a new one may do. */
      readonly staleConnection: boolean;
    }
);
type Failed = { reason: FailureReason; message: string };

/** A drop later than this is no race of our request with the other side's closing: the longest round trips on earth take less. */
const STALE_WITHIN_MS = 250;

function describe(error: unknown): Failed {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // llhttp's errors: what came back is not HTTP/1.1, or its headers are too large.
  if (code.startsWith("HPE_")) return { reason: "invalid", message: `the response is not HTTP (${code})` };
  return { reason: "unreachable", message: code || errorText(error) };
}

/**
 * Sends one request and waits for the whole response, under one deadline. It never rejects: what a stranger does, or fails to
 * do, is a value. Redirects are not followed and bodies are not decompressed.
 */
export function exchange(outgoing: Outgoing, { agent, clock }: { agent: Agent; clock: Clock }): Promise<Exchange> {
  const { host, port, method, target, headers, body, timeoutMs, maxResponseBytes, signal } = outgoing;
  return new Promise((resolve) => {
    let startMs = clock.monotonicMs();
    let status: number | null = null;
    let sent: ClientRequest | undefined;
    let socket: Socket | undefined;
    let bytesBefore = 0;
    const chunks: Uint8Array[] = [];
    let length = 0;
    let settled = false;

    const settle = (result: Failed | { headers: HeaderReader }) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      const elapsedMs = Math.max(0, clock.monotonicMs() - startMs);
      const latencySeconds = elapsedMs / 1000;
      if ("headers" in result) {
        resolve({
          ok: true,
          status: status ?? 0,
          headers: result.headers,
          body: concatBytes(...chunks),
          startMs,
          latencySeconds,
        });
        return;
      }
      const silent = status === null && socket?.bytesRead === bytesBefore;
      const reused = sent?.reusedSocket === true;
      const staleConnection = result.reason === "unreachable" && reused && silent && elapsedMs <= STALE_WITHIN_MS;
      sent?.destroy();
      resolve({ ok: false, ...result, status, staleConnection, startMs, latencySeconds });
    };
    const onAbort = () => settle({ reason: "aborted", message: "the caller gave up" });
    const timer = setTimeout(
      () => settle({ reason: "timeout", message: `no whole response within ${timeoutMs} ms` }),
      timeoutMs,
    );

    const onResponse = (incoming: IncomingMessage) => {
      status = incoming.statusCode ?? 0;
      const tooLarge = () => settle({ reason: "too large", message: `the response exceeds ${maxResponseBytes} bytes` });
      if (Number(incoming.headers["content-length"] ?? 0) > maxResponseBytes) return tooLarge();
      incoming.on("data", (chunk: Uint8Array) => {
        length += chunk.length;
        if (length > maxResponseBytes) return tooLarge();
        chunks.push(chunk);
      });
      incoming.on("end", () => settle({ headers: new NodeHeaders(incoming) }));
      incoming.on("error", (error) => settle(describe(error)));
    };

    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      sent = request({ agent, host, port, method, path: target, headers, maxHeaderSize: 8_192 });
    } catch (error) {
      // A port or a header that Node refuses: the peer's published data is at fault.
      return settle(describe(error));
    }
    sent.on("socket", (connection) => {
      socket = connection;
      bytesBefore = connection.bytesRead;
      startMs = clock.monotonicMs();
    });
    sent.on("response", onResponse);
    sent.on("error", (error) => settle(describe(error)));
    sent.on("close", () => settle({ reason: "unreachable", message: "the connection was closed" }));
    sent.end(body);
  });
}
