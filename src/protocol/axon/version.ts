/** Versions below it sign a monotonic clock, which starts anew with every boot of the sender. */
const FIRST_WITH_UNIX_NONCES = 7_002_000;
/** From here on there is no axon in the SDK. */
const FIRST_WITHOUT_AXON = 11_000_000;
/** SDKs below 7.2 counted a hundred, ten and one, and came no further than some 730. */
const OLDEST = 600;
const OLD_COUNT_ENDS = 1_000;

/**
 * What we call ourselves to axons: the last release of the SDK that spoke this wire, for they judge nonces by it.
 *
 * @example
 * AXON_VERSION; // 10005000
 */
export const AXON_VERSION = 10_005_000;

/**
 * The version integer of an SDK, as headers and the chain carry it. Below 7.2 two versions may share one (6.12.2 and 7.2.2).
 *
 * @example
 * sdkVersion(10, 2, 0); // 10002000
 */
export function sdkVersion(major: number, minor: number, patch: number): number {
  const old = major < 7 || (major === 7 && minor < 2);
  return old ? 100 * major + 10 * minor + patch : 1_000_000 * major + 1_000 * minor + patch;
}

/** Whether an SDK of that version signs its monotonic clock in place of the time. */
export function signsMonotonicClock(version: number): boolean {
  return version < FIRST_WITH_UNIX_NONCES;
}

/** Whether whoever announces this version on the chain serves an axon, as far as the number tells. Ours are small: 1, 1000. */
export function announcesAxon(version: number): boolean {
  const old = version >= OLDEST && version < OLD_COUNT_ENDS;
  return old || (version >= FIRST_WITH_UNIX_NONCES && version < FIRST_WITHOUT_AXON);
}
