import { type CallOptions, type ChainCall, ChainRefusedError, type Receipt } from "../chain/index.ts";
import type { Signer } from "../wallet/index.ts";
import { type FollowModules, type FollowOptions, follow } from "./follow.ts";
import { SignAgainError } from "./pool.ts";
import { signCall } from "./sign.ts";
import { chainError } from "./view.ts";

/** Settings of a write. */
export interface SubmitOptions extends FollowOptions {
  /** Blocks in which a transaction is valid: a power of two. */
  readonly mortalityBlocks: number;
}

/**
 * Signs a call, sends it, and waits until it is in a block and its events say that it worked. What was signed for a runtime or a
 * number that is over is signed once more.
 *
 * @throws {ChainRefusedError} when the pool or the runtime says no.
 * @throws {ChainUnreachableError} when it is not known whether the chain has it: its cause is a FateUnknownError.
 */
export async function submitCall(
  modules: FollowModules,
  call: ChainCall,
  { signer, mortalityBlocks, ...options }: CallOptions & SubmitOptions & { readonly signer: Signer },
): Promise<Receipt> {
  const { runtimes, logger, endpoint, blocks } = modules;
  for (let tries = 0; ; tries += 1) {
    try {
      const signed = await signCall(modules, call, { signer, period: mortalityBlocks, signal: options.signal });
      logger.debug("A transaction is sent", { call: call.type, hash: signed.hash, until: signed.diesAfter });
      try {
        return await follow(modules, signed, { ...options, call });
      } catch (error) {
        if (!(error instanceof SignAgainError)) throw error;
        if (tries > 0) throw error.refused;
        if (error.runtimeChanged) runtimes.forget(signed.specVersion);
        logger.info("A transaction is signed again", { call: call.type, why: error.refused.refusal });
      }
    } catch (error) {
      // What was sent may be in a block that is not final yet; whoever looks now should see it.
      if (!(error instanceof ChainRefusedError)) blocks.notBefore();
      throw chainError(endpoint, error);
    }
  }
}
