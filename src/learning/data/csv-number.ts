/** 10^0 to 10^22: all of them are exact doubles. */
export const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Cuts a double into two halves of 26 bits, whose products are exact (Dekker 1971). */
const HALVES = 2 ** 27 + 1;
const POWERS_HIGH = POWERS.map((power) => HALVES * power - (HALVES * power - power));
const POWERS_LOW = POWERS.map((power, i) => power - POWERS_HIGH[i]);
const CUT = 2 ** 26;

/**
 * `(head * 10^tailDigits + tail) / 10^decimals`, correctly rounded: the numbers of 16 to 19 digits that every language prints
 * for a mean. The quotient is taken roughly, its remainder exactly, in pairs of doubles; then the correction is added.
 *
 * @param head the first digits, 12 to 15 of them.
 * @param tailDigits 1 to 7; `decimals` 0 to 22.
 * @returns NaN when the number lies so near the middle between two doubles that the correction cannot tell.
 * @example
 * divideLong(116666666666666, 66, 2, 15); // 11.66666666666666
 */
export function divideLong(head: number, tail: number, tailDigits: number, decimals: number): number {
  const scale = POWERS[tailDigits];
  const upper = Math.floor(head / CUT);
  // large + small is the whole number, exactly, and so is sum + rest.
  const large = upper * scale * CUT;
  const small = (head - upper * CUT) * scale + tail;
  const sum = large + small;
  const rest = small - (sum - large);
  const power = POWERS[decimals];
  const quotient = sum / power;
  const back = quotient * power;
  const high = HALVES * quotient - (HALVES * quotient - quotient);
  const low = quotient - high;
  const powerHigh = POWERS_HIGH[decimals];
  const powerLow = POWERS_LOW[decimals];
  const backRest = high * powerHigh - back + high * powerLow + low * powerHigh + low * powerLow;
  const correction = (sum - back + (rest - backRest)) / power;
  // The correction is wrong by less than this; both ends must round to the same double.
  const doubt = quotient * 2 ** -100;
  const value = quotient + (correction + doubt);
  return value === quotient + (correction - doubt) ? value : Number.NaN;
}

const NUMBER = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;

/** Any cell: a number, NaN for a blank one, or what is wrong with it. */
export function parseNumber(text: string): number | string {
  const trimmed = text.trim();
  if (trimmed === "") return Number.NaN;
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const shown = trimmed.slice(0, 40);
  if (!Number.isNaN(value) || NOT_FINITE.test(trimmed)) {
    return `holds ${shown}, which is not a finite number: leave the cell blank`;
  }
  return `holds ${JSON.stringify(shown)}, which is no number`;
}
