/** Values of one row: uid -> value. */
export type SparseRow = ReadonlyMap<number, number>;
/** Rows of the validators that count, one column for each uid. */
export type Matrix = readonly Float64Array[];

/** Sums are shares of 1, so less than this is nothing. */
const NOTHING = 1e-12;

export const sumOf = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** The values over their sum; all 0 when the sum is nothing. */
export function normalised(values: Float64Array): Float64Array {
  const sum = sumOf(values);
  return sum > NOTHING ? values.map((value) => value / sum) : new Float64Array(values.length);
}

/** A matrix of the same shape, each value told by its row and column. */
export function mapped(matrix: Matrix, value: (value: number, row: number, column: number) => number): Float64Array[] {
  return matrix.map((line, row) => {
    const made = new Float64Array(line.length);
    for (let column = 0; column < line.length; column++) made[column] = value(line[column] ?? 0, row, column);
    return made;
  });
}

/** For each column the sum of `value` over its rows. */
export function columnSums(matrix: Matrix, columns: number, scale?: Float64Array): Float64Array {
  const sums = new Float64Array(columns);
  for (const [row, line] of matrix.entries()) {
    const by = scale === undefined ? 1 : (scale[row] ?? 0);
    if (by === 0) continue;
    for (let column = 0; column < columns; column++) sums[column] = (sums[column] ?? 0) + by * (line[column] ?? 0);
  }
  return sums;
}

/** Every column over its sum; a column of nothing becomes 0. */
export function columnsNormalised(matrix: Matrix, columns: number): Float64Array[] {
  const sums = columnSums(matrix, columns);
  return mapped(matrix, (value, _, column) => {
    const sum = sums[column] ?? 0;
    return sum > NOTHING ? value / sum : 0;
  });
}

/** For each row the sum of its values times those of the columns. */
export function timesColumns(matrix: Matrix, byColumn: Float64Array): Float64Array {
  return Float64Array.from(matrix, (line) => {
    let total = 0;
    for (let column = 0; column < line.length; column++) total += (line[column] ?? 0) * (byColumn[column] ?? 0);
    return total;
  });
}
