import type { IncomingMessage, ServerResponse } from "node:http";
import { type BodyLimits, readIncoming, readRequest } from "./body.ts";
import { NodeHeaders } from "./headers.ts";
import type { HeaderReader } from "./wire.ts";

/** A request as a server has it, whatever server that is: what is judged, and a way to its body. */
export interface Asked {
  readonly method: string;
  /** Path and query exactly as on the wire. */
  readonly target: string;
  readonly headers: HeaderReader;
  /** The caller is no longer there to be answered. */
  readonly isGone: boolean;
  /** Calls back when the caller goes away. Gives back how to stop listening. */
  onGone(listener: () => void): () => void;
  /**
   * The bytes of the body, once: at most so many of them, and within that time, chunked or not.
   *
   * @throws {RequestRefusedError} 413 or 408; 499 when the sender breaks off.
   */
  readBody(limits: BodyLimits): Promise<Uint8Array>;
}

/**
 * A request of `node:http`, by the shortest way.
 *
 * @param request the same as a framework has it, whose body is then the framework's to read.
 */
export class NodeAsked implements Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderReader;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #request: Request | undefined;
  /** Whether anybody cared for the body. */
  isBodyRead = false;
  constructor(incoming: IncomingMessage, outgoing: ServerResponse, request?: Request) {
    this.method = incoming.method ?? "";
    this.target = incoming.url ?? "";
    this.headers = new NodeHeaders(incoming);
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#request = request;
  }
  get isGone() {
    return this.#outgoing.destroyed;
  }
  onGone(listener: () => void) {
    this.#outgoing.on("close", listener);
    return () => this.#outgoing.off("close", listener);
  }
  readBody(limits: BodyLimits) {
    this.isBodyRead = true;
    return this.#request === undefined ? readIncoming(this.#incoming, limits) : readRequest(this.#request, limits);
  }
}

/** A request of the platform's kind. Its URL is normalised, and its text need not be what was signed. */
export class FetchAsked implements Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderReader;
  readonly #request: Request;
  constructor(request: Request) {
    const { pathname, search } = new URL(request.url);
    this.method = request.method;
    this.target = pathname + search;
    this.headers = request.headers;
    this.#request = request;
  }
  get isGone() {
    return this.#request.signal.aborted;
  }
  onGone(listener: () => void) {
    const { signal } = this.#request;
    signal.addEventListener("abort", listener);
    return () => signal.removeEventListener("abort", listener);
  }
  readBody(limits: BodyLimits) {
    return readRequest(this.#request, limits);
  }
}
