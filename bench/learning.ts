import { csv } from "./csv.ts";
import type { Bench, Row } from "./harness.ts";
import { startTorch } from "./peers/torch.ts";
import { servingRows } from "./serving.ts";
import { fitRow, trainingRows } from "./training.ts";
import { trees } from "./trees.ts";
import { workers } from "./workers.ts";

/** What `learning` ends with, each to be had alone too. */
export const LEARNING_PARTS: readonly Bench[] = [trees, csv, workers];

/** `npm run bench -- learning`: everything that is asked of learning, each beside its peer, on one thread where not said otherwise. */
export const learning: Bench = {
  name: "learning",
  about: "training and serving beside PyTorch; then trees, csv and workers",
  async run(): Promise<Row[]> {
    const torch = await startTorch("torch");
    const rows: Row[] = [];
    try {
      rows.push(...(await trainingRows(torch)), ...(await servingRows(torch)), await fitRow());
    } finally {
      torch?.stop();
    }
    for (const part of LEARNING_PARTS) rows.push(...(await part.run()));
    return rows.map((row) => ({ ...row, bench: "learning" }));
  },
};
