import type { Signer } from "../../wallet/index.ts";
import type { Receipt } from "../calls.ts";
import { ChainUnreachableError } from "../errors.ts";
import type { CallOptions, Chain } from "../port.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { assertNoProblem, preflight } from "./preflight.ts";
import { submitOnce, type WriteOptions } from "./submit-once.ts";

/** A registered hotkey. */
export interface Registration {
  readonly uid: number;
  /** Null = an earlier try, whose answer was lost, had worked. */
  readonly receipt: Receipt | null;
}

/**
 * Burns the price and registers a hotkey, at most once.
 *
 * @param call maxBurnRao: most that may be burned; without it whatever the price is. The signer is the coldkey.
 * @throws {ChainRefusedError} when it would fail, before anything is sent, or when the chain says no.
 * @example
 * (await register(chain, { netuid: 1, hotkey, maxBurnRao: RAO_PER_TAO, signer: coldkey })).uid; // 12
 */
export function register(
  chain: Chain,
  {
    netuid,
    hotkey,
    maxBurnRao = null,
    signer,
  }: { netuid: number; hotkey: string; maxBurnRao?: bigint | null; signer: Signer },
  options: WriteOptions = {},
): Promise<Registration> {
  const { signal } = options;
  return oneAtATime(chain, signer.address, async () => {
    const call = { type: "register", netuid, hotkey, maxBurnRao } as const;
    assertNoProblem(await preflight(chain, call, { address: signer.address, signal }));
    const uidNow = (until = signal) => chain.uid({ netuid, hotkey }, { signal: until });
    const receipt = await submitOnce(chain, call, signer, {
      ...options,
      isDone: async (until) => (await uidNow(until)) !== null,
    });
    const uid = await uidNow();
    if (uid === null) {
      const problem =
        "the registration is in a block, and the node does not show it yet: look again, and do not register again";
      throw new ChainUnreachableError({ endpoint: chain.network, problem });
    }
    return { uid, receipt };
  });
}

/**
 * Moves balance to a hotkey's stake. It is sent once and never again: a second one would stake twice.
 *
 * @param call the signer is the coldkey.
 * @throws {ChainUnreachableError} when the connection is lost: look at the balance before you try again.
 * @example
 * (await addStake(chain, { netuid: 1, hotkey, amountRao: 10n * RAO_PER_TAO, signer: coldkey })).block; // 42
 */
export function addStake(
  chain: Chain,
  { netuid, hotkey, amountRao, signer }: { netuid: number; hotkey: string; amountRao: bigint; signer: Signer },
  { signal }: CallOptions = {},
): Promise<Receipt> {
  return oneAtATime(chain, signer.address, async () => {
    const call = { type: "add_stake", netuid, hotkey, amountRao } as const;
    assertNoProblem(await preflight(chain, call, { address: signer.address, signal }));
    return chain.submit(call, signer, { signal });
  });
}
