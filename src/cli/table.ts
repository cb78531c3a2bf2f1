/** A stranger's name of a megabyte would make every row as wide. */
const LONGEST_CELL = 200;

/** One line of it, whoever chose the text: a name with a line end in it would make a row of its own. */
function cellOf(text: string, isLast: boolean): string {
  const cell = isLast || text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 3)}...`;
  return cell.replace(/[\r\n\t]/g, " ");
}

/**
 * Cells in columns, two blanks between; the last column is not filled up.
 *
 * @param right columns whose cells stand at their right edge: numbers.
 * @example
 * columns([["uid", "axon"], ["7", "-"]], { right: [0] }); // ["uid  axon", "  7  -"]
 */
export function columns(
  texts: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string[] {
  const rows = texts.map((row) => row.map((text, i) => cellOf(text, i === row.length - 1)));
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
