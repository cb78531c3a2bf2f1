/** One measured figure. Ratio above 1 = we are ahead of the peer. */
export interface Row {
  readonly bench: string;
  readonly row: string;
  readonly ours: number;
  /** The same work by somebody else, in the same run; null = nobody does it. */
  readonly peer: number | null;
  readonly ratio: number | null;
  /** What the machine could do at best, in the same unit; null = not known. */
  readonly limit: number | null;
  readonly unit: string;
}

/** A named benchmark. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  run(): Promise<Row[]>;
}

/** Something to time: does a fixed amount of work and says how much, in the row's unit. */
export type Work = () => number | Promise<number>;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Amount a second of one call. */
async function rate(work: Work): Promise<number> {
  const start = performance.now();
  const amount = await work();
  return amount / ((performance.now() - start) / 1_000);
}

/**
 * Times ours, the peer and the limit in turn, one after another in every round, after a round that does not count, and takes
 * medians: what slows the machine for a while slows all of them.
 */
export async function measure(
  { bench, row, unit, rounds = 7 }: { bench: string; row: string; unit: string; rounds?: number },
  { ours, peer, limit }: { ours: Work; peer?: Work; limit?: Work },
): Promise<Row> {
  const works = [ours, peer, limit];
  const rates = works.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, work] of works.entries()) {
      if (work === undefined) continue;
      const value = await rate(work);
      if (round > 0) rates[i]?.push(value);
    }
  }
  const [own, other, best] = works.map((work, i) => (work === undefined ? null : median(rates[i] ?? [])));
  const ratio = other === null || other === undefined ? null : (own ?? 0) / other;
  return { bench, row, ours: own ?? 0, peer: other ?? null, ratio, limit: best ?? null, unit };
}

const short = (value: number | null) =>
  value === null ? "-" : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });

/** Rows as a table for people. */
export function table(rows: readonly Row[]): string {
  const titles = ["bench", "row", "ours", "peer", "ratio", "limit", "unit"];
  const lines = rows.map((r) => [r.bench, r.row, short(r.ours), short(r.peer), short(r.ratio), short(r.limit), r.unit]);
  const widths = titles.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const left = (i: number) => i < 2 || i === 6;
  return [titles, ...lines]
    .map((line) =>
      line.map((cell, i) => (left(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}
