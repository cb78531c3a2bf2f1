import { SubnetError } from "../../core/index.ts";

/** Bytes that are no timelocked ciphertext, or no payload of weights; `part` names the field. */
export class TimelockInvalidError extends SubnetError {
  override readonly name = "TimelockInvalidError";
  readonly part: string;
  constructor({ part, problem }: { part: string; problem: string }) {
    super(`The timelocked weights are damaged: ${part} ${problem}.`, {
      code: "TIMELOCK_INVALID",
      details: { Part: part },
    });
    this.part = part;
  }
}

/** The pulse is of another round or beacon than the ciphertext was made for, or the ciphertext was changed. */
export class TimelockSealedError extends SubnetError {
  override readonly name = "TimelockSealedError";
  constructor() {
    super("The pulse does not open the timelocked weights.", {
      code: "TIMELOCK_SEALED",
      hint: "Take the pulse of the round they were committed for.",
    });
  }
}

/** What this machine encrypts could not be revealed by the chain, so nothing may be committed. */
export class TimelockSelfTestError extends SubnetError {
  override readonly name = "TimelockSelfTestError";
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(`Timelock encryption does not work here: ${problem}.`, {
      code: "TIMELOCK_SELF_TEST",
      cause,
      hint: "Install the package anew with npm ci; weights committed like this would never be revealed.",
    });
  }
}
