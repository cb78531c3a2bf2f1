/**
 * @module chain
 * Row 3: the Chain port, its nouns and its refusals; what a careful node does around a write; what chains compute (epochs, commits,
 * time locks). Behind the port stand `subtensor/` and `localnet/`'s ledger.
 *
 * @example
 * neuronOf({ netuid: 1, block: 7, neurons: [] }, "5Grwva…"); // undefined
 */
export {
  type AddStakeCall,
  type CallDescription,
  type ChainCall,
  type CommitTimelockedCall,
  type CommitWeightsCall,
  type Receipt,
  type RegisterCall,
  type RevealWeightsCall,
  type ServeAxonCall,
  type SetWeightsCall,
  signedBy,
} from "./calls.ts";
export { commitHash, commitPreimage, type HashedWeights, storageIndex, timelockedHash } from "./commit-hash.ts";
export {
  blocksUntilNextEpoch,
  type EpochState,
  lookaheadEpochIndex,
  MAX_TEMPO_BLOCKS,
  NoEpochError,
  nextBlock,
  nextEpochBlock,
  type RevealSchedule,
  revealRound,
  shouldRunEpoch,
  statelessBlocksUntilNextEpoch,
} from "./epoch-schedule.ts";
export { ChainRefusedError, ChainUnreachableError } from "./errors.ts";
export { neuronOf } from "./metagraph.ts";
export { meteredChain } from "./metered.ts";
export {
  type AxonInfo,
  type CallOptions,
  type Chain,
  type ChainInfo,
  type Head,
  type Hyperparameters,
  type Metagraph,
  type Neuron,
  type PendingCommit,
  RAO_PER_TAO,
  type SubnetSummary,
  type WeightRow,
} from "./port.ts";
export { CHAIN_REFUSALS, type ChainRefusal, isChainRefusal, POOL_REFUSALS } from "./refusals.ts";
export {
  type Beacon,
  createBeacon,
  decodeWeightPayload,
  decryptTimelocked,
  encodeWeightPayload,
  encryptTimelocked,
  latestRound,
  MAX_TIMELOCKED_BYTES,
  type OwnBeacon,
  parseTimelocked,
  QUICKNET,
  roundTimeMs,
  type Timelocked,
  TimelockInvalidError,
  TimelockSealedError,
  TimelockSelfTestError,
  testTimelock,
  verifyPulse,
  type WeightPayload,
} from "./timelock/index.ts";
export { NoWeightsError, processWeights, processWeightsSdkV10, type WeightInputs } from "./weights/index.ts";
export {
  type Announcement,
  addStake,
  assertNoProblem,
  commitWeights,
  type HashCommit,
  type Preflight,
  type Problem,
  preflight,
  type Registration,
  register,
  revealWeights,
  serveAxon,
  setWeights,
  type WeightsReceipt,
  type WeightsToSet,
  type WriteOptions,
  weightsCall,
} from "./writes/index.ts";
