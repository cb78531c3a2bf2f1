import type { ComponentView, ModeView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { DASH, fixed, percent, signed } from "./format.ts";
import { table } from "./table.ts";

const delta = ({ mean, meanBefore }: ComponentView) =>
  mean === null || meanBefore === null ? null : mean - meanBefore;

/** What a score is made of: each part explained, how it is now, and whether it rose or fell. */
export function componentsTable(components: readonly ComponentView[]): Child {
  return table<ComponentView>({
    id: "components",
    caption: "The parts of the score",
    keyOf: ({ name }) => name,
    rows: components,
    columns: [
      {
        key: "part",
        title: "Part",
        header: true,
        cell: ({ name, text }) => [h("span", null, name), h("span", { class: "text" }, text)],
      },
      {
        key: "weight",
        title: "Counts for",
        number: true,
        cell: ({ weight }) => (weight === null ? DASH : percent(weight, 0)),
      },
      { key: "mean", title: "Of late", number: true, cell: ({ mean }) => fixed(mean, 4) },
      {
        key: "before",
        title: "Change",
        hint: "The latest half of the answers beside the half before",
        number: true,
        cell: (row) => {
          const d = delta(row);
          const tone = d === null || Math.abs(d) < 0.005 ? "muted" : d > 0 ? "good" : "bad";
          return h("span", { class: tone }, signed(d, 4));
        },
      },
    ],
  });
}

/** The formula in words and its numbers, folded. */
export function modeDetails(mode: ModeView | null): Child {
  if (mode === null) return null;
  return h(
    "details",
    { class: "after" },
    h("summary", null, `How ${mode.name} scores`),
    h("pre", { class: "lines", tabindex: "0" }, mode.formula.join("\n")),
    h(
      "p",
      { class: "muted after" },
      Object.entries(mode.constants)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ),
  );
}
