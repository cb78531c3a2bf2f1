/** Numbers as people read them. What is not known is a dash, never a zero. */

export const DASH = "–";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `1,234`. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? DASH : whole.format(value);
}

/** So many digits after the point: `0.3908`; a real minus sign, since a hyphen is shorter than a digit. */
export function fixed(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A share as a percentage: `13.8 %`. */
export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined || !Number.isFinite(share) ? DASH : `${fixed(share * 100, digits)} %`;
}

/** With its sign: `+0.012`. */
export function signed(value: number | null | undefined, digits = 3): string {
  const text = fixed(value, digits);
  return value !== null && value !== undefined && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** Seconds in at most two units: `0.42 s`, `38 s`, `3 min 20 s`, `2 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH;
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${fixed(seconds, seconds < 0.0995 ? 2 : 1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  for (const [i, [unit, size]] of UNITS.entries()) {
    if (rounded < size) continue;
    const [below, small] = UNITS[i + 1] ?? ["s", 1];
    const rest = Math.floor((rounded % size) / small);
    return `${whole.format(Math.floor(rounded / size))} ${unit}${rest > 0 ? ` ${rest} ${below}` : ""}`;
  }
  return DASH;
}

/** Milliseconds: `9.7 ms`, `120 ms`, `1.5 s`. */
export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  if (value >= 9_950) return duration(value / 1000);
  if (value >= 1000) return `${Number.isInteger(value / 1000) ? value / 1000 : fixed(value / 1000, 2)} s`;
  return `${fixed(value, value < 9.95 && !Number.isInteger(value) ? 1 : 0)} ms`;
}

/** How long ago: `just now`, `3 min ago`. */
export function ago(thenMs: number | null | undefined, nowMs: number): string {
  if (thenMs === null || thenMs === undefined) return DASH;
  const seconds = (nowMs - thenMs) / 1000;
  if (seconds < 2) return "just now";
  const [amount = "", unit = ""] = duration(Math.max(2, Math.round(seconds))).split(" ");
  return `${amount} ${unit} ago`;
}

/** The time of day, `14:03:09`, of this browser. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

/** An address by its ends; the whole of it belongs beside it, in a title or a copy button. */
export function shortKey(address: string): string {
  return address.length <= 13 ? address : `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** Rao, as text or number, in TAO: `1,000.5`. */
export function tao(rao: string | number | null | undefined): string {
  if (rao === null || rao === undefined) return DASH;
  const value = Number(rao) / 1e9;
  if (!Number.isFinite(value)) return DASH;
  const digits = value !== 0 && Math.abs(value) < 100 ? 4 : 1;
  return new Intl.NumberFormat("en", { maximumFractionDigits: digits }).format(value);
}

/** `1 question`, `2 questions`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
