import { defineTask } from "../../jobs/index.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Model } from "../models/model.ts";
import { createReport, type Report } from "./report.ts";
import type { DrawOptions } from "./sample.ts";

/** {@link createReport} as a piece of work: minutes for many rows, in which this thread can go on, or give up. */
export const reportTask = defineTask(
  import.meta.url,
  "reportTask",
  async (
    { model, dataset }: { readonly model: Model; readonly dataset: Dataset },
    options: Partial<Report> & DrawOptions & { withImportance?: boolean },
  ): Promise<Report> => createReport(model, dataset, options),
);
