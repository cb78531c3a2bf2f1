import type { Clock } from "../core/index.ts";
import type { Scheme, Signer } from "../wallet/index.ts";
import type { NonceStore } from "./nonce-store.ts";

/** Header look-up by a name in any case; the platform's `Headers` is one. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** What is signed of a request. */
export interface RequestParts {
  readonly method: string;
  /** Path and query exactly as on the wire. */
  readonly target: string;
  readonly body: Uint8Array;
}

/** Who signed a request, proven. */
export interface Caller {
  /** SS58 address. */
  readonly hotkey: string;
  /** Nanoseconds since 1970. */
  readonly nonce: bigint;
  readonly scheme: Scheme;
}

/** The signing side: a key, and for whom the request is. */
export interface SenderContext {
  readonly signer: Signer;
  /** The receiver's SS58 address; null leaves the request unbound, so that anybody may be its receiver. */
  readonly receiver: string | null;
  readonly clock: Clock;
  /** Where the receiver listens, for formats that say so. */
  readonly to?: { readonly host: string; readonly port: number } | undefined;
  /** How long we wait, for formats that say so. */
  readonly timeoutMs?: number | undefined;
  /** An id in whose name one request at a time is under way, for receivers that want rising nonces of it; default a new one. */
  readonly session?: string | undefined;
}

/** A signature to be checked; hostile bytes of any length give false. */
export interface SignatureClaim {
  readonly scheme: Scheme;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Also accept a signature over `<Bytes>message</Bytes>`. */
  readonly allowWrapped?: boolean;
}

/** Checks signatures, here or on other threads. Every one is checked: no trust is kept from one request to the next. */
export type CheckSignature = (claim: SignatureClaim) => boolean | Promise<boolean>;

/** What a request says of itself in its headers, which were well-formed and meant for us; nothing is proven yet. */
export interface Claim {
  /** Whose it claims to be. */
  readonly hotkey: string;
  /** The proven caller. Throws an error with a `status` when the request is not to be believed. */
  prove(parts: RequestParts): Caller | Promise<Caller>;
}

/** The verifying side: who we are, what we have seen, and what time it is. */
export interface ReceiverContext {
  /** Our own SS58 address. */
  readonly self: string;
  readonly nonceStore: NonceStore;
  readonly clock: Clock;
  /** False also accepts requests that name no receiver; one that names another is refused in any case. */
  readonly requireReceiver: boolean;
  /** Default: on this thread. */
  readonly checkSignature?: CheckSignature | undefined;
}

/** What a server answers, before a wire format gives it bytes. */
export type Reply =
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

/** The request that a reply belongs to, as far as it was read; nothing of it need be true. */
export interface AnsweredRequest {
  readonly headers: HeaderReader;
  readonly target: string;
  /** Empty when it was not read. */
  readonly body: Uint8Array;
  /** From its headers to the reply. */
  readonly seconds: number;
  /** Names of what may be asked here. */
  readonly available: readonly string[];
}

/** A whole response, as a client got it. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly body: Uint8Array;
}

/** What a client reads out of a response. */
export type ReadReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: "refused" | "invalid"; readonly message: string };

/**
 * How requests and responses look on the wire, and how their sender is proven. Server and client know this type only, so another
 * format is another value of it.
 */
export interface WireFormat {
  readonly name: string;
  /** Keys that can sign in it. */
  readonly schemes: readonly Scheme[];
  readonly request: {
    /** Whether a request is meant to be in this format, by its headers alone. */
    recognises(headers: HeaderReader): boolean;
    /** The headers to send, and the body as this format wraps it. */
    write(
      parts: RequestParts,
      context: SenderContext,
    ): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }>;
    /** Reads the headers. Throws what they alone condemn, with a `status`, so that no byte of the body need be read. */
    claim(headers: HeaderReader, context: ReceiverContext): Claim;
  };
  readonly response: {
    /** Names of headers are written in lower case, and so they go out. */
    write(
      reply: Reply,
      request: AnsweredRequest,
    ): {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
    /** Whether a refusal is written in this format: whoever writes it has understood the request. */
    recognises(response: ReceivedResponse): boolean;
    read(response: ReceivedResponse): ReadReply;
  };
}

/** One format or more; the first is for requests that show none. */
export type WireFormats = readonly [WireFormat, ...WireFormat[]];

/** The format of a request by its headers, before any work is done for it. */
export function wireOf(wires: WireFormats, headers: HeaderReader): WireFormat {
  return wires.find(({ request }) => request.recognises(headers)) ?? wires[0];
}
