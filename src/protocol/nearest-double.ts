/** Powers of ten that a double holds exactly: the divisors there are. */
const TENS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Largest scale of {@link nearestDouble}. */
export const MAX_SCALE = TENS.length - 1;
/** Veltkamp: it cuts a double into two halves whose products are exact. */
const SPLITTER = 2 ** 27 + 1;
/** Far more than the rounding of a quotient's second part can be. */
const DOUBT = 2 ** -40;

/** What `a * b` loses by rounding, exactly (Dekker 1971). */
function lostBy(product: number, a: number, b: number): number {
  const cutA = SPLITTER * a;
  const cutB = SPLITTER * b;
  const highA = cutA - (cutA - a);
  const highB = cutB - (cutB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
}

/**
 * The double nearest to `(head * 10^tailDigits + tail) / 10^scale`, as `JSON.parse` has it: a quotient in two parts, whose sum is rounded
 * once.
 *
 * @param head a whole number of 15 digits at most.
 * @param tailDigits how many digits `tail` stands for, 4 at most; with some, `head` has 15.
 * @returns NaN when the second part's own rounding could matter.
 */
export function nearestDouble(head: number, tail: number, tailDigits: number, scale: number): number {
  const divisor = TENS[scale] ?? Number.NaN;
  // Both are exact, and so is the rounding of one division (Clinger 1990).
  if (tailDigits === 0) return head / divisor;
  const ten = TENS[tailDigits] ?? Number.NaN;
  const shifted = head * ten;
  const whole = shifted + tail;
  const rest = tail - (whole - shifted) + lostBy(shifted, head, ten);
  const quotient = whole / divisor;
  const back = quotient * divisor;
  const more = (whole - back - lostBy(back, quotient, divisor) + rest) / divisor;
  const least = quotient + more * (1 - DOUBT);
  return least === quotient + more * (1 + DOUBT) ? least : Number.NaN;
}
