import { columnsNormalised, type Matrix, mapped, normalised, timesColumns } from "./matrix.ts";

/** What bonds are made of. */
export interface BondInput {
  /** Weights with the bonds penalty applied. */
  readonly weights: Matrix;
  /** Bonds of the last epoch, 0 to 1. */
  readonly bonds: Matrix;
  /** Active stake of the rows, summing to 1. */
  readonly stake: Float64Array;
  readonly incentive: Float64Array;
  /** Share of the new in the moving average. */
  readonly alpha: number;
}
/** Bonds as they are stored, 0 to 1, and dividends of the rows. */
export interface Bonded {
  readonly bonds: Matrix;
  readonly dividends: Float64Array;
}

const average = (now: Matrix, before: Matrix, alpha: number) =>
  mapped(now, (value, row, column) => alpha * value + (1 - alpha) * (before[row]?.[column] ?? 0));

/** Yuma before version 3: bonds are shares of a miner, bought by stake times weight, stored with each column's largest as 1. */
export function relativeBonds({ weights, bonds, stake, incentive, alpha }: BondInput): Bonded {
  const columns = incentive.length;
  const bought = columnsNormalised(
    mapped(weights, (weight, row) => weight * (stake[row] ?? 0)),
    columns,
  );
  const held = columnsNormalised(average(bought, columnsNormalised(bonds, columns), alpha), columns);
  const largest = new Float64Array(columns);
  for (const line of held) {
    for (let column = 0; column < columns; column++)
      largest[column] = Math.max(largest[column] ?? 0, line[column] ?? 0);
  }
  return {
    dividends: normalised(timesColumns(held, incentive)),
    bonds: mapped(held, (value, _, column) => (value === 0 ? 0 : value / (largest[column] ?? 1))),
  };
}

/** Yuma 3: bonds follow the weights alone, whatever the stake, and stake counts when dividends are paid. */
export function fixedBonds({ weights, bonds, stake, incentive, alpha }: BondInput): Bonded {
  const held = average(weights, bonds, alpha);
  const earned = timesColumns(columnsNormalised(held, incentive.length), incentive);
  return { bonds: held, dividends: normalised(earned.map((value, row) => value * (stake[row] ?? 0))) };
}
