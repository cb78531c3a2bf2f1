/** One metric: a row of the table. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly unit: "1" | "seconds" | "bytes" | "blocks";
  /**
   * The labels, and the values that each may have; anything else is counted as "other". `hotkey` = addresses of the
   * subnet, at most {@link MAX_HOTKEYS}; `own` = a text of this program.
   */
  readonly labels?: Readonly<Record<string, readonly string[] | "hotkey" | "own">>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Of several processes of one node, a gauge is the largest of them, unless it is added up. */
  readonly sums?: true;
  /** Who has it. */
  readonly node: "miner" | "validator" | "both";
}

/** Hotkeys that one metric tells apart: a subnet has 256; who comes after these is "other". */
export const MAX_HOTKEYS = 512;
