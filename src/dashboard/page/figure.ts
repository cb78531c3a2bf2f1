import { type Child, h, type VNode, widget } from "./dom.ts";
import { panel } from "./parts.ts";
import { type PlotData, plot } from "./plot.ts";
import { isOpen, setUi } from "./state.ts";

export interface FigureOptions {
  readonly id: string;
  readonly title: string;
  /** What the chart shows, in a sentence with its numbers: the text alternative, shown to everybody. */
  readonly says: string;
  readonly plot: PlotData;
  /** The heads of the table below it; its rows are made when somebody opens it. */
  readonly heads: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
  readonly after?: Child;
}

const MOST_ROWS = 400;

/** Names and colours of what is drawn; one series needs none. */
function legend({ series }: PlotData): Child {
  if (series.length < 2) return null;
  const items = series.map(({ label, color, kind }) =>
    h(
      "li",
      null,
      h("span", { class: kind === "dashed" ? "swatch dashed" : "swatch", vars: { "--color": `var(${color})` } }),
      label,
    ),
  );
  return h("ul", { class: "legend" }, items);
}

function dataTable({ title, heads, rows }: FigureOptions): VNode {
  const all = rows();
  // The latest are the last.
  const shown = all.slice(-MOST_ROWS);
  return h(
    "div",
    { class: "data", tabindex: "0", role: "region", "aria-label": `Data: ${title}` },
    h(
      "table",
      null,
      h("caption", { class: "hidden" }, all.length > shown.length ? `${title}: the last ${MOST_ROWS}` : title),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          heads.map((head, i) => h("th", { scope: "col", class: i > 0 && "number" }, head)),
        ),
      ),
      h(
        "tbody",
        null,
        shown.map((row) =>
          h(
            "tr",
            null,
            row.map((cell, i) => h("td", { class: i > 0 && "number" }, cell)),
          ),
        ),
      ),
    ),
  );
}

/** A chart as a panel of its own. */
export function figurePanel(options: FigureOptions): VNode {
  return panel({ id: `chart-${options.id}`, title: options.title }, figure(options, false));
}

/** A chart with its sentence, its legend, and its numbers as a table for whoever cannot or does not want to look. */
export function figure(options: FigureOptions, titled = true): VNode {
  const { id, title, says, after } = options;
  const name = `data/${id}`;
  const open = isOpen(name);
  return h(
    "figure",
    { class: "chart", key: id },
    h("figcaption", null, titled && h("h3", null, title), h("p", { class: "says" }, says)),
    h("div", { class: "plot", role: "img", "aria-label": `${title}. ${says}`, widget: widget(plot, options.plot) }),
    legend(options.plot),
    after,
    h(
      "details",
      {
        open,
        ontoggle: (event) => {
          const now = (event.target as HTMLDetailsElement).open;
          if (now !== isOpen(name)) setUi(`open/${name}`, now);
        },
      },
      h("summary", null, "Data as a table", h("span", { class: "hidden" }, ` of ${title}`)),
      open && dataTable(options),
    ),
  );
}
