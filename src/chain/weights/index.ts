/**
 * @module chain/weights
 * From shares to what the chain takes, and, named as such, what SDK v10 makes of the same numbers.
 */
export { NoWeightsError } from "./errors.ts";
export { processWeights } from "./process-weights.ts";
export { processWeightsSdkV10, type WeightInputs } from "./sdk-v10.ts";
