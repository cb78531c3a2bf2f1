import type { DriftView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { count, fixed, percent } from "./format.ts";
import { chip, empty, pairs, panel, type Tone } from "./parts.ts";
import { table } from "./table.ts";

type Moved = DriftView["moved"][number];
const TONES: Readonly<Record<Moved["level"], Tone>> = { stable: "good", moderate: "warn", large: "bad" };

function performance(view: DriftView["performance"]): Child {
  if (view === null) return null;
  const { expectedBrier, expectedBrierError, realisedBrier, answers, outcomes, note } = view;
  return [
    pairs([
      [
        "Brier expected",
        expectedBrier === null
          ? "–"
          : `${fixed(expectedBrier, 4)} ± ${fixed(expectedBrierError, 4)} of ${count(answers)} answers`,
      ],
      ["Brier that came", realisedBrier === null ? "–" : `${fixed(realisedBrier, 4)} of ${count(outcomes)} outcomes`],
    ]),
    note !== "" && h("p", { class: "muted after" }, note),
  ];
}

/** Whether the questions are still like those before. */
export function driftPanel(view: DriftView | null, what: string, whenMissing: Child): Child {
  const about = `Whether ${what} have changed: PSI below 0.1 is stable, above 0.25 is large; noise is what chance alone would give.`;
  return panel(
    { id: "drift", title: "Drift", about, aside: view && `over ${count(view.rows)} questions` },
    view === null
      ? empty("Nothing to compare yet.", whenMissing)
      : h(
          "div",
          { class: "stack" },
          performance(view.performance),
          table<Moved>({
            id: "drift",
            caption: "Features that have moved, the furthest first",
            keyOf: ({ feature }) => feature,
            rows: view.moved,
            limit: 8,
            empty: [h("strong", null, "No feature has moved."), "Every one is within what chance gives."],
            columns: [
              {
                key: "feature",
                title: "Feature",
                header: true,
                cell: ({ feature }) => feature,
                sort: ({ feature }) => feature,
              },
              { key: "psi", title: "PSI", number: true, cell: ({ psi }) => fixed(psi, 3), sort: ({ psi }) => psi },
              {
                key: "noise",
                title: "Noise",
                number: true,
                cell: ({ noise }) => fixed(noise, 3),
                sort: ({ noise }) => noise,
              },
              { key: "level", title: "Level", cell: ({ level }) => chip(level, TONES[level]), sort: ({ psi }) => psi },
              {
                key: "unknown",
                title: "Unknown",
                hint: "Share of questions in which the feature was unknown, before and now",
                number: true,
                cell: ({ unknownBefore, unknownNow }) => `${percent(unknownBefore, 0)} → ${percent(unknownNow, 0)}`,
              },
            ],
          }),
        ),
  );
}
