import { SubnetError } from "../core/index.ts";

/** Redis did not answer when a node began. Its address is repeated without user and password. */
export class RedisUnavailableError extends SubnetError {
  override readonly name = "RedisUnavailableError";
  constructor({ address, problem, cause }: { address: string; problem: string; cause?: unknown }) {
    super(`Redis cannot be used: ${problem}.`, {
      code: "REDIS_UNAVAILABLE",
      details: { Address: address },
      hint: "Start it, or mend --redis.url; a node that is alone needs none.",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** A Redis that may forget what it was told to remember. */
export class RedisUnfitError extends SubnetError {
  override readonly name = "RedisUnfitError";
  constructor({ address, problem, hint }: { address: string; problem: string; hint: string }) {
    super(`This Redis must not be used: ${problem}.`, { code: "REDIS_UNFIT", details: { Address: address }, hint });
  }
}
