/**
 * @module chain/timelock
 * Weights under a time lock: the payload, the encryption to a beacon's round, the beacon that opens it.
 */
export { type Beacon, latestRound, QUICKNET, roundTimeMs } from "./beacon.ts";
export { TimelockInvalidError, TimelockSealedError, TimelockSelfTestError } from "./errors.ts";
export { decodeWeightPayload, encodeWeightPayload, type WeightPayload } from "./payload.ts";
export { createBeacon, type OwnBeacon, verifyPulse } from "./pulse.ts";
export { testTimelock } from "./self-test.ts";
export {
  decryptTimelocked,
  encryptTimelocked,
  MAX_TIMELOCKED_BYTES,
  parseTimelocked,
  TIMELOCK_OVERHEAD_BYTES,
  type Timelocked,
} from "./timelock.ts";
