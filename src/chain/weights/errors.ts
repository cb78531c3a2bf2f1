import { SubnetError } from "../../core/index.ts";

/** Nobody has a weight above 0. */
export class NoWeightsError extends SubnetError {
  override readonly name = "NoWeightsError";
  readonly uids: number;
  constructor({ uids }: { uids: number }) {
    super("Nobody has a weight above 0, so there is nothing to set.", {
      code: "NO_WEIGHTS",
      details: { Uids: uids },
      hint: "Wait for scores; equal weights for all would be a vote that nobody meant.",
    });
    this.uids = uids;
  }
}
