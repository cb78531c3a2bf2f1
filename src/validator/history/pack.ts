import { InvalidArgumentError } from "../../core/index.ts";

/** A row of numbers; null = not known. */
export type Numbers = readonly (number | null)[];

const DOUBLE = 8;

/**
 * Rows of numbers as bytes: little-endian doubles, NaN for null. A round of 256 is one cell so, and not thousands that are bound one by one.
 *
 * @throws {InvalidArgumentError} for a number that is none.
 * @example
 * pack([[1, null], [2, 0.5]], 2).length; // 32
 */
export function pack(rows: readonly Numbers[], width: number): Uint8Array {
  const bytes = new Uint8Array(rows.length * width * DOUBLE);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const row of rows) {
    for (let i = 0; i < width; i++, at += DOUBLE) {
      const value = row[i] ?? null;
      if (value !== null && !Number.isFinite(value)) {
        throw new InvalidArgumentError({ argument: "a number of the history", problem: "must be finite", value });
      }
      view.setFloat64(at, value ?? Number.NaN, true);
    }
  }
  return bytes;
}

/**
 * The rows again; null for what {@link pack} did not write.
 *
 * @example
 * unpack(pack([[1, null]], 2), 2); // [[1, null]]
 */
export function unpack(bytes: unknown, width: number): Numbers[] | null {
  if (!(bytes instanceof Uint8Array) || bytes.length % (width * DOUBLE) !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / (width * DOUBLE) }, (_, row) =>
    Array.from({ length: width }, (_, i) => {
      const value = view.getFloat64((row * width + i) * DOUBLE, true);
      return Number.isNaN(value) ? null : value;
    }),
  );
}

/**
 * The one row that begins with a number, and its place, without the others being read; null when there is none.
 *
 * @example
 * findRow(pack([[1, null], [2, 0.5]], 2), 2, 2); // { place: 1, row: [2, 0.5] }
 */
export function findRow(bytes: unknown, width: number, first: number): { place: number; row: Numbers } | null {
  if (!(bytes instanceof Uint8Array) || bytes.length % (width * DOUBLE) !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let place = 0, at = 0; at < bytes.length; place++, at += width * DOUBLE) {
    if (view.getFloat64(at, true) !== first) continue;
    const row = unpack(bytes.subarray(at, at + width * DOUBLE), width)?.[0];
    return row === undefined ? null : { place, row };
  }
  return null;
}
