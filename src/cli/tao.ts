import { InvalidArgumentError } from "commander";

/** Written here once more: the chain's room would be loaded for `--help`. */
const RAO_PER_TAO = 1_000_000_000n;
const DIGITS = 9;

/**
 * Rao as TAO, exactly, with at least three decimals.
 *
 * @example
 * taoText(1_500_000_000n); // "1.500"
 */
export function taoText(rao: bigint): string {
  const whole = rao / RAO_PER_TAO;
  const rest = (rao % RAO_PER_TAO).toString().padStart(DIGITS, "0").replace(/0+$/, "").padEnd(3, "0");
  return `${whole}.${rest}`;
}

/** Rao as TAO, cut to three decimals, for tables. */
export function taoShort(rao: bigint): string {
  return taoText(rao - (rao % 1_000_000n));
}

/** `--amount`, `--max-burn`: TAO with at most nine decimals, in rao. */
export function tao(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (match === null)
    throw new InvalidArgumentError("It must be a number of TAO with at most nine decimals, like 1.5.");
  return BigInt(match[1] ?? 0) * RAO_PER_TAO + BigInt((match[2] ?? "").padEnd(DIGITS, "0"));
}
