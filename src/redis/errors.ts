import { SubnetError } from "../core/index.ts";

/** Redis did not answer when a node began. Its address is repeated without user and password. */
export class RedisUnavailableError extends SubnetError {
  override readonly name = "RedisUnavailableError";
  constructor({
    address,
    problem,
    hint = "Start it, or mend --redis.url; a node that is alone needs none.",
    cause,
  }: {
    address: string;
    problem: string;
    hint?: string;
    cause?: unknown;
  }) {
    super(`Redis cannot be used: ${problem}.`, {
      code: "REDIS_UNAVAILABLE",
      details: { Address: address },
      hint,
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

/** Data of a piece of work that cannot be had, or must not be read. */
export class JobDataError extends SubnetError {
  override readonly name = "JobDataError";
  constructor({ problem, hint, cause }: { problem: string; hint?: string; cause?: unknown }) {
    super(`The data of a piece of work cannot be used: ${problem}.`, {
      code: "JOB_DATA_UNUSABLE",
      ...(hint !== undefined && { hint }),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** A worker that does not do what it was asked for. */
export class WorkerRefusedError extends SubnetError {
  override readonly name = "WorkerRefusedError";
  constructor({ problem, worker, hint }: { problem: string; worker: string; hint: string }) {
    super(`A worker refuses a piece of work: ${problem}.`, {
      code: "WORKER_REFUSED",
      details: { Worker: worker },
      hint,
    });
  }
}

/** Redis does not know a run any more, so no worker does its pieces. */
export class RunForgottenError extends SubnetError {
  override readonly name = "RunForgottenError";
  constructor({ run, address }: { run: string; address: string }) {
    super("Redis has forgotten the work that was begun.", {
      code: "RUN_FORGOTTEN",
      details: { Address: address, Run: run },
      hint: "It was emptied, began anew without its disk, or was not reached for a minute. Start again.",
    });
  }
}
