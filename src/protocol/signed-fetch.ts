import type { Agent } from "node:http";
import { type Clock, InvalidArgumentError, systemClock } from "../core/index.ts";
import type { Signer } from "../wallet/index.ts";
import { btauth } from "./btauth-wire.ts";
import { RequestFailedError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import { createPeerAgent } from "./peer-agent.ts";
import type { HeaderReader, WireFormat } from "./wire.ts";

/** A response of any status, whole. */
export interface SignedResponse {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly body: Uint8Array;
  /** The body as JSON, unchecked: parse it at your door. */
  json(): unknown;
}

let sharedAgent: Agent | undefined;

/**
 * One signed request to an `http:` URL; a response of any status comes back as it is. Idle connections are shared and do not
 * keep the process alive.
 *
 * @param receiver the other side's SS58 address; null leaves the request unbound.
 * @throws {RequestFailedError} with a `reason`, when no whole response came.
 * @example
 * const { status } = await signedFetch("http://127.0.0.1:9944/weights", { method: "POST", body, receiver }, { signer });
 * status; // 200
 */
export async function signedFetch(
  url: string,
  {
    method = "GET",
    body = new Uint8Array(),
    headers: extra = {},
    receiver,
    timeoutMs = 12_000,
    maxResponseBytes = 1_048_576,
    wire = btauth,
    signal,
  }: {
    readonly method?: string;
    readonly body?: Uint8Array;
    readonly headers?: Readonly<Record<string, string>>;
    readonly receiver: string | null;
    readonly timeoutMs?: number;
    readonly maxResponseBytes?: number;
    readonly wire?: WireFormat;
    readonly signal?: AbortSignal | undefined;
  },
  { signer, clock = systemClock, agent }: { readonly signer: Signer; readonly clock?: Clock; readonly agent?: Agent },
): Promise<SignedResponse> {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== "http:") throw new InvalidArgumentError({ argument: "url", problem: "must begin with http://" });
  sharedAgent ??= createPeerAgent();
  const parts = { method, target: pathname + search, body };
  const to = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
  const signed = await wire.request.write(parts, { signer, receiver, clock, to, timeoutMs });
  const received = await exchange(
    {
      ...parts,
      ...to,
      headers: { ...extra, ...signed.headers },
      body: signed.body,
      timeoutMs,
      maxResponseBytes,
      signal,
    },
    { agent: agent ?? sharedAgent, clock },
  );
  if (!received.ok) throw new RequestFailedError({ reason: received.reason, url, problem: received.message });
  return {
    status: received.status,
    headers: received.headers,
    body: received.body,
    json: () => JSON.parse(new TextDecoder().decode(received.body)),
  };
}
