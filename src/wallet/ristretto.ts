/**
 * Which 32 bytes are a key, decided before they reach the WASM library: that library panics on a malformed key or signature,
 * prints a stack and loses 864 bytes of its 1 MB stack each time, so some 1,200 hostile requests would end it.
 * RFC 9496 (ristretto255), section 4.3.1. Nothing here is secret, so BigInt's varying time does no harm.
 */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SQRT_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
/** Order of the group: scalars are below it. */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (x: bigint) => ((x % P) + P) % P;
const isNegative = (x: bigint) => (x & 1n) === 1n;

/** x^((p-5)/8) = x^(2^252 - 3). */
function powP58(x: bigint): bigint {
  let result = x;
  // 2^252 - 3 is 250 ones, a zero, a one.
  for (let bit = 250; bit >= 0; bit--) {
    result = (result * result) % P;
    if (bit !== 1) result = (result * x) % P;
  }
  return result;
}

/** A little-endian number. */
export function numberFromBytes(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex") || "0"}`);
}

/** 32 little-endian bytes of a number below 2^256. */
export function numberToBytes(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse());
}

/** Whether 32 bytes are the one encoding of a ristretto255 point that is not the identity. */
export function isRistrettoPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const s = numberFromBytes(bytes);
  // The identity (0) is refused too: a signature of zeros verifies against it for every message.
  if (s === 0n || s >= P || isNegative(s)) return false;
  const ss = mod(s * s);
  const u1 = mod(1n - ss);
  const u2 = mod(1n + ss);
  const u2Squared = mod(u2 * u2);
  const v = mod(-(D * u1 * u1) - u2Squared);
  const w = mod(v * u2Squared);
  let root = mod(w ** 3n * powP58(mod(w ** 7n)));
  const check = mod(w * root * root);
  if (check === mod(-1n) || check === mod(-SQRT_MINUS_ONE)) root = mod(root * SQRT_MINUS_ONE);
  if (check !== 1n && check !== mod(-1n)) return false;
  const denominatorX = mod(root * u2);
  const denominatorY = mod(root * denominatorX * v);
  const x = mod(2n * s * denominatorX);
  const y = mod(u1 * denominatorY);
  return y !== 0n && !isNegative(mod((isNegative(x) ? P - x : x) * y));
}
