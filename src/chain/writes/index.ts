/**
 * @module chain/writes
 * What a careful node does around a write, above the Chain port and so the same for every chain: look first, one at a time per
 * key, try again without doing it twice.
 */
export { commitWeights, type HashCommit, revealWeights } from "./commit-weights.ts";
export { assertNoProblem, type Preflight, type Problem, preflight } from "./preflight.ts";
export { addStake, type Registration, register } from "./register.ts";
export { type Announcement, serveAxon } from "./serve-axon.ts";
export { setWeights, type WeightsReceipt, type WeightsToSet, weightsCall } from "./set-weights.ts";
export type { WriteOptions } from "./submit-once.ts";
