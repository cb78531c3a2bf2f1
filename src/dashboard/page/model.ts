import type { MinerView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { ago, count, plural } from "./format.ts";
import { chip, empty, pairs, panel } from "./parts.ts";
import { table } from "./table.ts";

type Version = NonNullable<MinerView["model"]>["versions"][number];
const short = (hash: string) => h("code", { title: hash }, hash.slice(0, 12));

/** The model in service, the one that waits, and those before. */
export function modelPanel({ model, serving }: MinerView, nowMs: number): Child {
  const title = "Model";
  if (model === null) {
    return panel(
      { id: "model", title },
      empty(
        serving === null ? "No model file is known." : `${serving.predictor} answers, from no model file.`,
        "Serve one with ",
        h("code", null, "conversion-subnet miner run --model FILE"),
        ": it can then be replaced while it runs.",
      ),
    );
  }
  const { file, hash, model: what, swaps, failures, versions, candidate } = model;
  return panel(
    { id: "model", title, aside: plural(swaps, "swap") },
    h(
      "div",
      { class: "stack" },
      pairs([
        ["In service", [short(hash), " ", chip("serving", "good")]],
        ["It is", what],
        ["File", h("code", null, file)],
        failures > 0 && ["Refused files", count(failures)],
        [
          "Candidate",
          candidate === null
            ? "none"
            : [short(candidate.hash), ` ${ago(candidate.writtenAtMs, nowMs)} `, chip("not promoted", "accent")],
        ],
      ]),
      candidate !== null &&
        h(
          "p",
          { class: "muted" },
          "To serve the candidate: ",
          h("code", null, "conversion-subnet retrain --help"),
          ".",
        ),
      versions.length > 0 &&
        table<Version>({
          id: "versions",
          caption: "Models served before, newest first",
          keyOf: ({ number }) => number,
          rows: versions,
          limit: 5,
          columns: [
            { key: "number", title: "Before", header: true, cell: ({ number }) => `version ${number}` },
            { key: "hash", title: "Hash", cell: ({ hash: h_ }) => short(h_) },
          ],
        }),
    ),
  );
}
