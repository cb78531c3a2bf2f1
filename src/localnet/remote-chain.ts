import type { z } from "zod";
import type { CallOptions, Chain, ChainCall, Receipt } from "../chain/index.ts";
import { type Clock, utf8 } from "../core/index.ts";
import { signedFetch } from "../protocol/index.ts";
import type { Signer } from "../wallet/index.ts";
import { ask, parseAnswer, unreachable } from "./ask.ts";
import { toJson } from "./calls.ts";
import {
  balanceSchema,
  commitsSchema,
  descriptionSchema,
  epochStateSchema,
  headSchema,
  hyperparametersSchema,
  infoSchema,
  metagraphSchema,
  receiptSchema,
  rootSchema,
  subnetsSchema,
  uidSchema,
  weightsSchema,
} from "./remote-schemas.ts";

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
 * (await connectLedger({ endpoint: "http://127.0.0.1:9944" }, { clock: systemClock }).head()).block; // 12
 */
export function connectLedger(
  { endpoint, timeoutMs = 5_000 }: RemoteChainOptions,
  { clock }: { readonly clock: Clock },
): Chain {
  const asked = { endpoint, timeoutMs };
  const read = <T>(path: string, schema: z.ZodType<T>, { signal }: CallOptions = {}) =>
    ask(asked, path, schema, { signal });

  let receiver: string | null = null;
  const submit = async (call: ChainCall, signer: Signer, { signal }: CallOptions = {}): Promise<Receipt> => {
    receiver ??= (await read("/", rootSchema, { signal })).address;
    let status: number;
    let answer: unknown;
    try {
      const response = await signedFetch(
        `${endpoint}/calls`,
        { method: "POST", body: utf8(toJson(call)), receiver, timeoutMs, signal },
        { signer, clock },
      );
      status = response.status;
      answer = response.json();
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(asked, error);
    }
    return parseAnswer(asked, receiptSchema, status, answer);
  };

  const segment = encodeURIComponent;
  return {
    network: "local",
    info: (options) => read("/info", infoSchema, options),
    head: (options) => read("/head", headSchema, options),
    metagraph: ({ netuid, mechanism = 0 }, options) =>
      read(`/metagraph/${netuid}?mechanism=${mechanism}`, metagraphSchema, options),
    hyperparameters: ({ netuid }, options) => read(`/hyperparameters/${netuid}`, hyperparametersSchema, options),
    subnets: (options) => read("/subnets", subnetsSchema, options),
    uid: async ({ netuid, hotkey }, options) =>
      (await read(`/uid/${netuid}/${segment(hotkey)}`, uidSchema, options)).uid,
    balance: async ({ coldkey }, options) => (await read(`/balance/${segment(coldkey)}`, balanceSchema, options)).rao,
    epochState: ({ netuid }, options) => read(`/epoch/${netuid}`, epochStateSchema, options),
    weights: ({ netuid, mechanism = 0 }, options) =>
      read(`/weights/${netuid}?mechanism=${mechanism}`, weightsSchema, options),
    pendingCommits: ({ netuid, mechanism = 0, hotkey }, options) =>
      read(`/commits/${netuid}/${segment(hotkey)}?mechanism=${mechanism}`, commitsSchema, options),
    describe: (call, { signal } = {}) => ask(asked, "/describe", descriptionSchema, { signal, body: toJson(call) }),
    submit,
    close: async () => undefined,
  };
}
