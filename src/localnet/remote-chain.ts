import { z } from "zod";
import {
  type CallOptions,
  type Chain,
  ChainRefusedError,
  ChainUnreachableError,
  isChainRefusal,
} from "../chain/index.ts";
import { type Clock, errorText, utf8 } from "../core/index.ts";
import { signedFetch } from "../protocol/index.ts";
import { firstIssue } from "../schema.ts";
import type { Signer } from "../wallet/index.ts";

const rao = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);
const axon = z.object({ ip: z.string(), port: z.int(), version: z.int() });
const neuron = z.object({
  uid: z.int(),
  hotkey: z.string(),
  coldkey: z.string(),
  stakeRao: rao,
  validatorPermit: z.boolean(),
  axon: axon.nullable(),
  incentive: z.number(),
  registeredAtBlock: z.int(),
  lastUpdateBlock: z.int(),
});
const metagraphSchema = z.object({ netuid: z.int(), block: z.int(), neurons: z.array(neuron) });
const hyperparametersSchema = z.object({
  tempo: z.int(),
  weightsRateLimit: z.int(),
  minAllowedWeights: z.int(),
  maxWeightLimit: z.number(),
  weightsVersionKey: z.int(),
  maxAllowedUids: z.int(),
  maxValidators: z.int(),
  stakeThresholdRao: rao,
  immunityPeriod: z.int(),
  burnRao: rao,
});
const infoSchema = z.object({ address: z.string(), block: z.int() });
const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    refusal: z.string().optional(),
    values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  }),
});

/** Settings of a connection to a served ledger. */
export interface RemoteChainOptions {
  /** `http://127.0.0.1:9944` */
  readonly endpoint: string;
  /** Deadline of every call. Default 5 s. */
  readonly timeoutMs?: number;
}

/**
 * The Chain port on a ledger in another process, over HTTP on loopback. Every answer is parsed at this door.
 *
 * @throws {ChainUnreachableError} from every call when nobody, or somebody else, answers there.
 * @example
 * await connectLedger({ endpoint: "http://127.0.0.1:9944" }, { clock: systemClock }).block(); // 12
 */
export function connectLedger(
  { endpoint, timeoutMs = 5_000 }: RemoteChainOptions,
  { clock }: { readonly clock: Clock },
): Chain {
  const unreachable = (problem: string, cause?: unknown) => new ChainUnreachableError({ endpoint, problem, cause });

  const parse = <T>(schema: z.ZodType<T>, status: number, body: unknown): T => {
    if (status === 200) {
      const parsed = schema.safeParse(body);
      if (parsed.success) return parsed.data;
      const { field, problem } = firstIssue(parsed.error);
      throw unreachable(`unexpected answer: ${field}: ${problem}`);
    }
    const refused = errorSchema.safeParse(body);
    if (!refused.success) throw unreachable(`HTTP status ${status}`);
    const { message, refusal, values } = refused.data.error;
    if (refusal !== undefined && isChainRefusal(refusal))
      throw new ChainRefusedError({ refusal, values: values ?? {} });
    throw unreachable(message);
  };

  const read = async <T>(path: string, schema: z.ZodType<T>, { signal }: CallOptions = {}): Promise<T> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    let status: number;
    let body: unknown;
    try {
      const response = await fetch(endpoint + path, {
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        redirect: "error",
      });
      status = response.status;
      body = await response.json();
    } catch (error) {
      signal?.throwIfAborted();
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw unreachable(errorText(cause), error);
    }
    return parse(schema, status, body);
  };

  let receiver: string | null = null;
  const call = async (value: object, signer: Signer, { signal }: CallOptions = {}): Promise<{ uid: number }> => {
    receiver ??= (await read("/", infoSchema, { signal })).address;
    const body = utf8(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part)));
    let status: number;
    let answer: unknown;
    try {
      const response = await signedFetch(
        `${endpoint}/calls`,
        { method: "POST", body, receiver, timeoutMs, signal },
        { signer, clock },
      );
      status = response.status;
      answer = response.json();
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(errorText(error), error);
    }
    return parse(z.object({ uid: z.int() }), status, answer);
  };

  return {
    network: "local",
    block: async (options) => (await read("/", infoSchema, options)).block,
    metagraph: ({ netuid }, options) => read(`/metagraph/${netuid}`, metagraphSchema, options),
    hyperparameters: ({ netuid }, options) => read(`/hyperparameters/${netuid}`, hyperparametersSchema, options),
    balance: async ({ coldkey }, options) =>
      (await read(`/balance/${encodeURIComponent(coldkey)}`, z.object({ rao }), options)).rao,
    register: ({ signer, ...rest }, options) => call({ type: "register", ...rest }, signer, options),
    addStake: async ({ signer, ...rest }, options) =>
      void (await call({ type: "add_stake", ...rest }, signer, options)),
    serveAxon: async ({ signer, ...rest }, options) =>
      void (await call({ type: "serve_axon", ...rest }, signer, options)),
    setWeights: async ({ signer, ...rest }, options) =>
      void (await call({ type: "set_weights", ...rest }, signer, options)),
    close: async () => undefined,
  };
}
