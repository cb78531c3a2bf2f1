/**
 * @module miner
 * Row 4: a node that answers. Policy, predictor with its fallback, and the server of `protocol/`. It trains nothing and reads
 * neither argv nor a clock of its own; it holds no key but a `Signer`.
 *
 * @example
 * createPolicy({ allowNonRegistered: true }).decide({ hotkey: "5Grwva…" }); // { allowed: true }
 */
export { NoExternalIpError, NoModelError, NotRegisteredError } from "./errors.ts";
export { createMiner, type Miner, type MinerModules, type MinerOptions, type MinerStatus } from "./miner.ts";
export { createPolicy, type Policy, type PolicyOptions } from "./policy.ts";
export { type AnswerCounts, createAnswerer, type Predictor } from "./predictor.ts";
