/**
 * Cells in columns, two blanks between; the last column is not filled up.
 *
 * @param right columns whose cells stand at their right edge: numbers.
 * @example
 * columns([["uid", "axon"], ["7", "-"]], { right: [0] }); // ["uid  axon", "  7  -"]
 */
export function columns(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
