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
  /** What we hold ourselves to: of the ratio (`"8x"`), or of our own figure (`"< 30"`). */
  readonly asked?: string;
  /** The peer and its version. */
  readonly peerIs?: string;
}

/** What a row says besides figures. */
export type RowNames = Pick<Row, "bench" | "row" | "unit" | "asked" | "peerIs">;

/** A named benchmark. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  run(): Promise<Row[]>;
}

/** An amount of work and the time it took, by a clock that runs where the work is done and leaves out what prepares it. */
export interface Timed {
  readonly amount: number;
  readonly seconds: number;
}

/** Something to time: does a fixed amount of work and says how much, in the row's unit; or times itself. */
export type Work = () => number | Timed | Promise<number | Timed>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Amount a second of one call. */
async function rate(work: Work): Promise<number> {
  const start = performance.now();
  const done = await work();
  if (typeof done === "object") return done.amount / done.seconds;
  return done / ((performance.now() - start) / 1_000);
}

/**
 * Times ours, the peer and the limit in turn, one after another in every round, after a round that does not count. Figures are
 * medians, and so is the ratio, of the ratios of the rounds: what slows the machine for a while slows both sides of one.
 */
export async function measure(
  { rounds = 7, ...names }: RowNames & { rounds?: number },
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
  const [own = [], other = [], best = []] = rates;
  const middle = (values: readonly number[]) => (values.length === 0 ? null : median(values));
  const ratio = middle(other.map((value, round) => (own[round] ?? 0) / value));
  return { ...names, ours: median(own), peer: middle(other), ratio, limit: middle(best) };
}

const short = (value: number | null) =>
  value === null ? "-" : value.toLocaleString("en", { maximumFractionDigits: value < 1 ? 4 : value < 100 ? 2 : 0 });

/** Rows as a table for people; columns that would be empty are left out. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((r) => [
    ...[r.bench, r.row, short(r.ours), short(r.peer), short(r.ratio), r.asked ?? "", short(r.limit)],
    ...[r.unit, r.peerIs ?? ""],
  ]);
  const titles = ["bench", "row", "ours", "peer", "ratio", "asked", "limit", "unit", "peer is"];
  const kept = titles.flatMap((_, i) => (cells.some((line) => line[i] !== "") ? [i] : []));
  const lines = [titles, ...cells].map((line) => kept.map((i) => line[i] ?? ""));
  const widths = kept.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const isText = (i: number) => ["bench", "row", "unit", "peer is"].includes(lines[0]?.[i] ?? "");
  return lines
    .map((line) =>
      line.map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}
