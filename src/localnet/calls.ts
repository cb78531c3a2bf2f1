import { z } from "zod";
import type { ChainCall } from "../chain/index.ts";
import { toHex } from "../core/index.ts";

const netuid = z.int().min(0).max(65_535);
const mechanism = z.int().min(0).max(255);
const u16 = z.int().min(0).max(65_535);
const u64 = z.int().min(0);
const address = z.string().min(1).max(60);
/** Amounts in rao are decimal strings: they may exceed what a JSON number holds. */
const rao = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const row = { uids: z.array(u16).max(4096), weights: z.array(u16).max(4096), versionKey: u64 };

/** Door for a call to the ledger, as JSON; what an axon may be and how long a commit, the ledger says by its own refusals. */
export const callSchema: z.ZodType<ChainCall> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("register"), netuid, hotkey: address, maxBurnRao: rao.nullable() }),
  z.strictObject({ type: z.literal("add_stake"), netuid, hotkey: address, amountRao: rao }),
  z.strictObject({
    type: z.literal("serve_axon"),
    netuid,
    axon: z
      .strictObject({
        ip: z.string().min(1).max(45),
        port: u16,
        version: z.int().min(0).max(4_294_967_295),
      })
      .nullable(),
  }),
  z.strictObject({ type: z.literal("set_weights"), netuid, mechanism, ...row }),
  z.strictObject({
    type: z.literal("commit_weights"),
    netuid,
    mechanism,
    hash: z.string().regex(/^0x[0-9a-f]{64}$/, "must be 0x and 64 hexadecimal digits"),
  }),
  z.strictObject({
    type: z.literal("reveal_weights"),
    netuid,
    mechanism,
    ...row,
    salt: z.array(u16).max(1024),
  }),
  z.strictObject({
    type: z.literal("commit_timelocked_weights"),
    netuid,
    mechanism,
    commit: z
      .string()
      .max(40_002)
      .regex(/^0x([0-9a-f]{2})*$/, "must be 0x and hexadecimal digits"),
    revealRound: u64,
    commitRevealVersion: u16,
  }),
]);

/** JSON has no integer of 64 bits: amounts travel as decimal strings, bytes as `0x` and hex, maps as lists of pairs. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return part.toString();
    if (part instanceof Map) return [...part];
    return part instanceof Uint8Array ? `0x${toHex(part)}` : part;
  });
}
