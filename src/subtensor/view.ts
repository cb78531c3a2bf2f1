import { z } from "zod";
import { type CallOptions, ChainUnreachableError } from "../chain/index.ts";
import { toHex } from "../core/index.ts";
import { type BlockId, type Blocks, parsed, type Tip } from "./blocks.ts";
import { ChainDecodeError } from "./codec/errors.ts";
import type { Answers, ChainRead } from "./codec/index.ts";
import { bytesOf } from "./decoded.ts";
import { FateUnknownError, type Rpc, RpcRefusedError } from "./rpc/index.ts";
import type { RuntimeAt, Runtimes } from "./runtimes.ts";

/** The chain as of one block. */
export interface View extends BlockId, RuntimeAt {
  /** Answers to questions of one round, all at this block. */
  ask(questions: { readonly calls: ChainRead<unknown>["calls"]; readonly keys: readonly string[] }): Promise<Answers>;
  /** Values of storage, decoded, in the order asked. */
  values(...items: readonly StorageQuestion[]): Promise<readonly unknown[]>;
}
/** One value of storage: pallet, item, and its keys. */
export type StorageQuestion = readonly [pallet: string, item: string, ...args: readonly unknown[]];

const changesSchema = z.array(z.object({ changes: z.array(z.tuple([z.string(), z.string().nullable()])) }));

/** Keys asked for at once. */
const MAX_KEYS = 1_000;

async function readKeys(
  rpc: Pick<Rpc, "request">,
  keys: readonly string[],
  hash: string,
  options: CallOptions,
): Promise<(Uint8Array | null)[]> {
  const values = new Map<string, string | null>();
  for (let start = 0; start < keys.length; start += MAX_KEYS) {
    const asked = [keys.slice(start, start + MAX_KEYS), hash];
    const answer = await rpc.request("state_queryStorageAt", asked, options);
    for (const { changes } of parsed("state_queryStorageAt", changesSchema, answer))
      for (const [key, value] of changes) values.set(key, value);
  }
  return keys.map((key) => {
    const value = values.get(key) ?? null;
    return value === null ? null : bytesOf(key, value);
  });
}

/** The chain as of a block that is known already. */
export async function viewOf(
  { rpc, runtimes }: { readonly rpc: Pick<Rpc, "request">; readonly runtimes: Runtimes },
  block: BlockId,
  options: CallOptions,
): Promise<View> {
  const runtime = await runtimes.at(block.hash, options);
  const { codec } = runtime;
  const ask: View["ask"] = async ({ calls, keys }) => {
    const [answers, values] = await Promise.all([
      Promise.all(
        calls.map(async ({ method, data }) => {
          const answer = await rpc.request("state_call", [method, `0x${toHex(data)}`, block.hash], options);
          return bytesOf(method, answer);
        }),
      ),
      readKeys(rpc, keys, block.hash, options),
    ]);
    return { calls: answers, values };
  };
  return {
    ...block,
    ...runtime,
    ask,
    async values(...items) {
      const keys = items.map(([pallet, item, ...args]) => codec.storageKey(pallet, item, ...args));
      const { values } = await ask({ calls: [], keys });
      return items.map(([pallet, item], i) => codec.decodeStorage(pallet, item, values[i] ?? null));
    },
  };
}

/** Whether a node says that it does not have a block: it is behind another one, or there was a reorg. */
export function isUnknownBlock(error: unknown): boolean {
  if (!(error instanceof RpcRefusedError)) return false;
  return /unknown ?block|not found in the database|state already discarded|header was not found/i.test(
    `${error.problem} ${error.data ?? ""}`,
  );
}

/** Whether bytes or an answer were not what the runtime at hand makes of them. */
export const isUndecodable = (error: unknown): error is ChainDecodeError => error instanceof ChainDecodeError;

/** As the port promises: what is no refusal, no cancelling and no end for good is an unreachable chain. */
export function chainError(endpoint: string, error: unknown): unknown {
  if (!(error instanceof RpcRefusedError || error instanceof FateUnknownError || isUndecodable(error))) return error;
  const what = error instanceof RpcRefusedError ? ` ${error.problem}` : isUndecodable(error) ? ` ${error.what}` : "";
  return new ChainUnreachableError({ endpoint, problem: `${error.shortMessage}${what}`, cause: error });
}

/** Reads of one block each. */
export interface Views {
  /**
   * Runs a read at the newest block of that kind. When the node does not have that block, or its bytes cannot be read, it is run once more
   * on what is newest then, with metadata that is read again.
   */
  read<T>(tip: Tip, work: (view: View) => Promise<T>, options: CallOptions): Promise<T>;
}

/**
 * @example
 * await views.read("best", async (view) => view.number, {}); // 9101265
 */
export function createViews(
  modules: { readonly rpc: Rpc; readonly blocks: Blocks; readonly runtimes: Runtimes },
  endpoint: string,
): Views {
  const { blocks, runtimes } = modules;
  return {
    async read(tip, work, options) {
      for (let tries = 0; ; tries += 1) {
        let view: View | null = null;
        try {
          view = await viewOf(modules, await blocks.tip(tip, options), options);
          return await work(view);
        } catch (error) {
          if (tries > 0 || !(isUnknownBlock(error) || isUndecodable(error))) throw chainError(endpoint, error);
          blocks.forgetTips();
          if (view && isUndecodable(error)) runtimes.forget(view.specVersion);
        }
      }
    },
  };
}
