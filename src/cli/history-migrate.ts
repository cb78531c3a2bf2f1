import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../core/index.ts";
import { openStore } from "../store/index.ts";
import { HISTORY_SCHEMA } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { historyPathOf } from "./history-file.ts";
import { validatorOf } from "./history-postgres.ts";
import { createProgress, loggerOf, print, printJson, untilSignal } from "./terminal.ts";

/** `conversion-subnet history migrate` */
export async function runHistoryMigrate(flags: Flags): Promise<void> {
  const from = typeof flags.from === "string" ? resolve(flags.from) : historyPathOf(flags);
  if (!existsSync(from)) throw new UserError(`There is no history at ${from}.`, { hint: "Name the file with --from." });
  const validator = await validatorOf(flags);
  const { copyHistory } = await import("../postgres/index.ts");
  const bar = createProgress("Copying");
  const store = await openStore(from, { schemas: [HISTORY_SCHEMA] });
  try {
    const { questions, resumedAt } = await untilSignal((signal) =>
      copyHistory(
        store,
        { url: String(flags.to), validator },
        {
          logger: loggerOf(flags, "warn"),
          signal,
          onProgress: (done, all) => bar.update(done / Math.max(1, all), `${done} of ${all} questions`),
        },
      ),
    );
    bar.done(`${questions} questions`);
    if (flags.json === true) return printJson({ from, validator, questions, resumedAt });
    print(`${questions} questions of ${from} are in PostgreSQL, as the history of ${validator}.`);
    if (resumedAt > 0) print(`An earlier copy had come to question ${resumedAt}; this one went on from there.`);
  } finally {
    await store.close();
  }
}
