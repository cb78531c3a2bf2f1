import type { FeatureDrift, PerformanceReport } from "../learning/index.ts";
import type { DriftView } from "./views.ts";

/** Drift as both kinds of node tell it. */
export function driftView({
  rows,
  moved,
  performance = null,
}: {
  readonly rows: number;
  readonly moved: readonly FeatureDrift[];
  readonly performance?: PerformanceReport | null;
}): DriftView {
  return {
    rows,
    moved: moved.slice(0, 40).map(({ feature, psi, noise, level, unknownBefore, unknownNow }) => ({
      ...{ feature, psi, noise, level, unknownBefore, unknownNow },
    })),
    performance: performance && {
      expectedBrier: performance.estimated.brier,
      expectedBrierError: performance.estimated.brierError,
      realisedBrier: performance.realised.brier,
      answers: performance.estimated.rows,
      outcomes: performance.realised.rows,
      note: performance.assumption,
    },
  };
}
