import { concatBytes, InvalidArgumentError } from "../../core/index.ts";
import { TimelockInvalidError } from "./errors.ts";
import { createScaleReader, scaleAccount, scaleBytes, scaleU16s, scaleU64 } from "./scale.ts";

/** Weights as they stand in a timelocked commit. */
export interface WeightPayload {
  /** Public key of the committing hotkey, 32 bytes; null in the form from before version 4 (spec 293), which has none. */
  readonly hotkey: Uint8Array | null;
  readonly uids: readonly number[];
  /** u16, one per uid. */
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/**
 * The plaintext of commit-reveal version 4 in SCALE: `hotkey Vec<u8> | uids Vec<u16> | values Vec<u16> | version_key u64`
 * (`WeightsTlockPayload` of the chain). With `hotkey: null` the older form without it.
 *
 * @returns 43 bytes and 4 for each uid (up to 63 uids).
 * @throws {InvalidArgumentError} for a hotkey of another length, what is no u16 or u64, or lists of different lengths.
 * @example
 * encodeWeightPayload({ hotkey: new Uint8Array(32), uids: [0, 1, 2], values: [1, 2, 3], versionKey: 0n }).length; // 55
 */
export function encodeWeightPayload(
  payload: Omit<WeightPayload, "versionKey"> & { versionKey: bigint | number },
): Uint8Array {
  const { hotkey, uids, values, versionKey } = payload;
  if (values.length !== uids.length) {
    throw new InvalidArgumentError({ argument: "values", problem: `must be as many as the uids (${uids.length})` });
  }
  return concatBytes(
    hotkey === null ? new Uint8Array() : scaleBytes(scaleAccount("hotkey", hotkey)),
    scaleU16s("uids", uids),
    scaleU16s("values", values),
    scaleU64("versionKey", versionKey),
  );
}

function read(bytes: Uint8Array, withHotkey: boolean): WeightPayload {
  const invalid = (part: string, problem: string) => new TimelockInvalidError({ part, problem });
  const reader = createScaleReader(bytes, invalid);
  const hotkey = withHotkey ? reader.bytes("hotkey") : null;
  if (hotkey !== null && hotkey.length !== 32) throw invalid("hotkey", `has ${hotkey.length} bytes and not 32`);
  const uids = reader.u16s("uids");
  const values = reader.u16s("values");
  const versionKey = reader.u64("version key");
  if (reader.left > 0) throw invalid("payload", `has ${reader.left} bytes too many`);
  if (values.length !== uids.length) throw invalid("values", `are ${values.length} for ${uids.length} uids`);
  return { hotkey, uids, values, versionKey };
}

/**
 * Reads a payload back: the form with the hotkey first, then the one without, as the chain does. Stricter than the chain in that
 * nothing may follow and the lists must be equally long.
 *
 * @throws {TimelockInvalidError} for bytes that are neither.
 * @example
 * decodeWeightPayload(encodeWeightPayload({ hotkey: null, uids: [7], values: [65535], versionKey: 3n })).uids; // [7]
 */
export function decodeWeightPayload(bytes: Uint8Array): WeightPayload {
  try {
    return read(bytes, true);
  } catch (error) {
    try {
      return read(bytes, false);
    } catch {
      throw error;
    }
  }
}
