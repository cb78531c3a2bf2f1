import { SubnetError } from "../../core/index.ts";
import { defineTask } from "../../jobs/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { type FoldInput, type FoldResult, testFold } from "../evaluation/test-fold.ts";

/** A fold of a trial: what came of it, or why nothing did. */
export type TrialFold =
  | { readonly ok: true; readonly own: FoldResult["own"] }
  | { readonly ok: false; readonly reason: string };

/** A fold of a trial as a piece of work. Switches that cannot be learned with are a poor trial, and no end of the sweep. */
export const trialFold = defineTask(
  import.meta.url,
  "trialFold",
  async (shared: { readonly dataset: Dataset }, input: FoldInput, context): Promise<TrialFold> => {
    try {
      const { own } = await testFold.run(shared, input, context);
      return { ok: true, own };
    } catch (error) {
      if (error instanceof SubnetError) return { ok: false, reason: error.shortMessage };
      throw error;
    }
  },
);
