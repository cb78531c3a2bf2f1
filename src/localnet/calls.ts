import { z } from "zod";

const netuid = z.int().min(0).max(65_535);
const u16 = z.int().min(0).max(65_535);
const address = z.string().min(1).max(60);

/** Door for a call to the ledger, as JSON. Amounts in rao are decimal strings: they may exceed what a JSON number holds. */
export const callSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("register"), netuid, hotkey: address }),
  z.strictObject({
    type: z.literal("add_stake"),
    netuid,
    hotkey: address,
    amountRao: z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(BigInt),
  }),
  z.strictObject({
    type: z.literal("serve_axon"),
    netuid,
    axon: z.strictObject({
      ip: z.ipv4(),
      port: z.int().min(1).max(65_535),
      version: z.int().min(0).max(4_294_967_295),
    }),
  }),
  z.strictObject({
    type: z.literal("set_weights"),
    netuid,
    uids: z.array(u16).max(4096),
    weights: z.array(u16).max(4096),
    versionKey: z.int().min(0),
  }),
]);
/** Something that changes the ledger. */
export type Call = z.infer<typeof callSchema>;
