import { z } from "zod";
import type { CallOptions } from "../chain/index.ts";
import type { Clock } from "../core/index.ts";
import { ChainDecodeError } from "./codec/errors.ts";
import type { Rpc } from "./rpc/index.ts";

/** A block by its hash. */
export interface BlockId {
  readonly hash: string;
  readonly number: number;
  readonly parentHash: string;
}

/** Which block a question is about. `settled` = the newest that is final, but not before what this client has written. */
export type Tip = "best" | "finalized" | "settled";

/** A hash of 32 bytes. */
export const hashSchema = z.string().regex(/^0x[0-9a-f]{64}$/);
const headerSchema = z.object({
  number: z
    .string()
    .regex(/^0x[0-9a-f]{1,8}$/)
    .transform(Number),
  parentHash: hashSchema,
});
const blockSchema = z.object({
  block: z.object({ header: headerSchema, extrinsics: z.array(z.string().regex(/^0x[0-9a-f]*$/)) }),
});

/** Blocks whose headers are remembered. */
const REMEMBERED = 64;

/** The chain's blocks, as a client sees them. */
export interface Blocks {
  /** The newest block of that kind; the same one for all who ask within a second. */
  tip(tip: Tip, options?: CallOptions): Promise<BlockId>;
  /** Looks again the next time. */
  forgetTips(): void;
  block(hash: string, options?: CallOptions): Promise<BlockId>;
  /** Hashes of the blocks with these numbers; null where there is none. */
  hashes(numbers: readonly number[], options?: CallOptions): Promise<readonly (string | null)[]>;
  /** The extrinsics of a block, `0x` and hex; null = the node does not know it. */
  extrinsics(hash: string, options?: CallOptions): Promise<readonly string[] | null>;
  /** From here on settled means at least this block, or the newest seen: what was written must be seen by who wrote it. */
  notBefore(number?: number): void;
}

/** What a node answered, by the shape that it has to have. */
export function parsed<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new ChainDecodeError({ what, problem: error.issues[0]?.message ?? "it is of another shape", cause: error });
}

/** Waits for what others wait for too, so that one who gives up ends it for nobody else. */
async function shared<T>(promise: Promise<T>, { signal }: CallOptions): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let leave = () => undefined as unknown;
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    leave = () => signal.removeEventListener("abort", onAbort);
  });
  return Promise.race([promise, aborted]).finally(leave);
}

/**
 * @param freshMs how long a tip counts as the newest.
 * @example
 * (await createBlocks(rpc, { freshMs: 1_000 }, { clock }).tip("best")).number; // 9101265
 */
export function createBlocks(
  rpc: Pick<Rpc, "request">,
  { freshMs }: { readonly freshMs: number },
  { clock }: { readonly clock: Clock },
): Blocks {
  const known = new Map<string, BlockId>();
  const tips = new Map<Tip, { readonly atMs: number; readonly id: Promise<BlockId> }>();
  let floor = 0;
  let highest = 0;

  const block: Blocks["block"] = async (hash, options = {}) => {
    const remembered = known.get(hash);
    if (remembered) return remembered;
    const header = parsed("chain_getHeader", headerSchema, await rpc.request("chain_getHeader", [hash], options));
    const id = { hash, ...header };
    known.set(hash, id);
    highest = Math.max(highest, id.number);
    for (const [oldest] of known) if (known.size > REMEMBERED) known.delete(oldest);
    return id;
  };
  const newest = async (tip: Tip): Promise<BlockId> => {
    const method = tip === "best" ? "chain_getBlockHash" : "chain_getFinalizedHead";
    const id = await block(parsed(method, hashSchema, await rpc.request(method)));
    return tip === "settled" && id.number < floor ? newest("best") : id;
  };

  return {
    block,
    tip(tip, options = {}) {
      const last = tips.get(tip);
      const nowMs = clock.monotonicMs();
      if (last && nowMs - last.atMs < freshMs) return shared(last.id, options);
      const id = newest(tip);
      tips.set(tip, { atMs: nowMs, id });
      id.catch(() => tips.delete(tip));
      return shared(id, options);
    },
    forgetTips: () => tips.clear(),
    async hashes(numbers, options = {}) {
      const answer = await rpc.request("chain_getBlockHash", [numbers], options);
      return parsed("chain_getBlockHash", z.array(hashSchema.nullable()).length(numbers.length), answer);
    },
    async extrinsics(hash, options = {}) {
      const answer = await rpc.request("chain_getBlock", [hash], options);
      if (answer === null) return null;
      const { header, extrinsics } = parsed("chain_getBlock", blockSchema, answer).block;
      known.set(hash, { hash, ...header });
      return extrinsics;
    },
    notBefore(number = highest) {
      floor = Math.max(floor, number);
      tips.clear();
    },
  };
}
