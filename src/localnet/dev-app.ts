import type { Context, Env, Hono } from "hono";
import { z } from "zod";
import type { Logger } from "../core/index.ts";
import { RequestRefusedError } from "../protocol/index.ts";
import { bodyAtMost, bodyOf, replyOf } from "./json-reply.ts";
import type { Ledger } from "./ledger.ts";
import { changesSchema } from "./state-schema.ts";

/** So many blocks at once, at most, and for about so long; between the slices others are answered. */
const SLICE_BLOCKS = 500;
const SLICE_MS = 20;
const MOST_BLOCKS = 1_000_000;

const rao = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const netuid = z.int().min(0).max(65_535);
const address = z.string().min(1).max(60);

export const mintSchema = z.strictObject({ coldkey: address, amountRao: rao });
export const devRegisterSchema = z.strictObject({ netuid, hotkey: address, coldkey: address, stakeRao: rao });
export const advanceSchema = z.strictObject({ blocks: z.int().min(1).max(MOST_BLOCKS) });
export const configureSchema = z.strictObject({ netuid, changes: changesSchema });
export const epochSchema = z.strictObject({ netuid });

/** Registers for a coldkey that signs nothing, and stakes; what it lacks is minted. */
function registerAnybody(ledger: Ledger, call: z.infer<typeof devRegisterSchema>): { uid: number | null } {
  const { netuid: subnet, hotkey, coldkey, stakeRao } = call;
  const needed = ledger.hyperparameters(subnet).burnRao + stakeRao;
  const balance = ledger.balance(coldkey);
  if (balance < needed) ledger.mint(coldkey, needed - balance);
  ledger.submit({ type: "register", netuid: subnet, hotkey, maxBurnRao: null }, coldkey);
  if (stakeRao > 0n) ledger.submit({ type: "add_stake", netuid: subnet, hotkey, amountRao: stakeRao }, coldkey);
  return { uid: ledger.uid(subnet, hotkey) };
}

async function advance(ledger: Ledger, blocks: number): Promise<{ block: number }> {
  // Epochs of a full subnet take longer than blocks of an empty one: as many as went quickly the last time.
  for (let left = blocks, slice = 1; left > 0; ) {
    const count = Math.min(left, slice);
    const startedMs = performance.now();
    ledger.advance(count);
    left -= count;
    slice = performance.now() - startedMs < SLICE_MS ? Math.min(SLICE_BLOCKS, slice * 2) : Math.ceil(slice / 2);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { block: ledger.block };
}

/**
 * What only a developer may do, signed by nobody: `POST /dev/mint`, `register`, `advance`, `configure`, `epoch`. The body must be
 * declared as JSON and come from no page: a browser asks first before it sends such a thing to another origin, and is not answered.
 */
export function addDevRoutes<E extends Env>(
  app: Hono<E>,
  { ledger, logger }: { readonly ledger: Ledger; readonly logger: Logger },
): void {
  const route = <T>(name: string, schema: z.ZodType<T>, work: (body: T) => unknown) =>
    app.post(`/dev/${name}`, bodyAtMost(65_536), async (c: Context) => {
      if (c.req.header("origin") !== undefined || !/^application\/json\b/.test(c.req.header("content-type") ?? ""))
        throw new RequestRefusedError({ code: "FORBIDDEN", problem: "it is not JSON of a program's" });
      const body = bodyOf(new Uint8Array(await c.req.arrayBuffer()), schema);
      if (body instanceof Response) return body;
      return replyOf(async () => {
        const result = await work(body);
        logger.info("Development command", { command: name, block: ledger.block });
        return result;
      });
    });
  route("mint", mintSchema, ({ coldkey, amountRao }) => {
    ledger.mint(coldkey, amountRao);
    return { rao: ledger.balance(coldkey) };
  });
  route("register", devRegisterSchema, (call) => registerAnybody(ledger, call));
  route("advance", advanceSchema, ({ blocks }) => advance(ledger, blocks));
  route("configure", configureSchema, ({ netuid: subnet, changes }) => {
    ledger.configure(subnet, changes);
    return ledger.hyperparameters(subnet);
  });
  route("epoch", epochSchema, ({ netuid: subnet }) => {
    ledger.triggerEpoch(subnet);
    return ledger.epochState(subnet);
  });
}
