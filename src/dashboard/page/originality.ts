import type { ValidatorView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { count, fixed, percent, plural } from "./format.ts";
import { who } from "./leaderboard.ts";
import { empty, panel } from "./parts.ts";
import { table } from "./table.ts";

type Cluster = ValidatorView["clusters"][number];
type Reason = Cluster["reasons"][number];

/** Who answers as one, and what says so. */
export function originalityPanel(id: string, { clusters, leaderboard }: ValidatorView): Child {
  const names = new Map(leaderboard.map(({ hotkey, name }) => [hotkey, name]));
  const link = (hotkey: string) => who(id, { hotkey, name: names.get(hotkey) ?? null });
  return panel(
    {
      id: "originality",
      title: "Originality",
      about: "Miners whose answers agree far more than their skill explains are taken for one.",
      aside: clusters.length === 0 ? "as of the last weights" : plural(clusters.length, "cluster"),
    },
    clusters.length === 0
      ? empty(
          "Everybody answers for themselves.",
          "Clusters appear here when weights are set, with the pairs that gave them away.",
        )
      : clusters.map(({ hotkeys, reasons }, i) =>
          h(
            "div",
            { class: "after", key: hotkeys.join() },
            h("h3", null, `Cluster ${i + 1}: ${count(hotkeys.length)} miners`),
            table<Reason>({
              id: `cluster-${i}`,
              caption: `Pairs of cluster ${i + 1}`,
              keyOf: ({ pair }) => pair.join(),
              rows: reasons,
              limit: 6,
              empty: hotkeys.flatMap((hotkey, at) => [at > 0 && ", ", link(hotkey)]),
              columns: [
                { key: "a", title: "Miner", header: true, cell: ({ pair }) => link(pair[0]) },
                { key: "b", title: "and", cell: ({ pair }) => link(pair[1]) },
                {
                  key: "shared",
                  title: "Shared",
                  hint: "Questions both answered",
                  number: true,
                  cell: ({ shared }) => count(shared),
                  sort: ({ shared }) => shared,
                },
                {
                  key: "agree",
                  title: "Same",
                  hint: "Share of those with the same answer",
                  number: true,
                  cell: ({ agreeing, shared }) => percent(agreeing / Math.max(1, shared), 0),
                  sort: ({ agreeing }) => agreeing,
                },
                {
                  key: "residual",
                  title: "Correlation",
                  hint: "Of what their answers have beyond everybody's",
                  number: true,
                  cell: ({ residualCorrelation, correlation }) => fixed(residualCorrelation ?? correlation, 3),
                  sort: ({ residualCorrelation, correlation }) => residualCorrelation ?? correlation,
                },
              ],
            }),
          ),
        ),
  );
}
