import { z } from "zod";
import type { EpochState, Hyperparameters } from "../chain/index.ts";
import { ask } from "./ask.ts";
import { toJson } from "./calls.ts";
import { balanceSchema, epochStateSchema, hyperparametersSchema, uidSchema } from "./remote-schemas.ts";
import type { SubnetSettings } from "./settings.ts";

/** What a developer may do to a served ledger, and nobody to a chain. */
export interface LocalnetDev {
  /** Balance from nowhere; gives the new one. */
  mint(request: { coldkey: string; amountRao: bigint }): Promise<bigint>;
  /** Registers, without the coldkey's signature, and stakes; gives the uid. */
  register(request: { netuid: number; hotkey: string; coldkey: string; stakeRao?: bigint }): Promise<number | null>;
  /** So many blocks at once; gives the block it came to. */
  advance(request: { blocks: number }): Promise<number>;
  configure(request: { netuid: number; changes: Partial<SubnetSettings> }): Promise<Hyperparameters>;
  /** Asks for an epoch in the next block. */
  epoch(request: { netuid: number }): Promise<EpochState>;
}

/**
 * The development commands of a ledger that is served on loopback.
 *
 * @param timeoutMs deadline of a command; a million blocks take a while. Default 60 s.
 * @throws {ChainUnreachableError} from every command when nobody, or somebody else, answers there.
 * @example
 * await connectLocalnetDev({ endpoint: "http://127.0.0.1:9944" }).advance({ blocks: 20 }); // 20
 */
export function connectLocalnetDev({
  endpoint,
  timeoutMs = 60_000,
  signal,
}: {
  readonly endpoint: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}): LocalnetDev {
  const command = <T>(name: string, body: unknown, schema: z.ZodType<T>): Promise<T> =>
    ask({ endpoint, timeoutMs }, `/dev/${name}`, schema, { signal, body: toJson(body) });
  return {
    mint: async (request) => (await command("mint", request, balanceSchema)).rao,
    register: async ({ stakeRao = 0n, ...request }) =>
      (await command("register", { ...request, stakeRao }, uidSchema)).uid,
    advance: async (request) => (await command("advance", request, z.object({ block: z.int() }))).block,
    configure: (request) => command("configure", request, hyperparametersSchema),
    epoch: (request) => command("epoch", request, epochStateSchema),
  };
}
