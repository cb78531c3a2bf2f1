import type { LogLevelView, LogLineView, LogsView } from "../views.ts";
import { type Child, h, type VNode } from "./dom.ts";
import { timeOfDay } from "./format.ts";
import { chip, empty, panel, type Tone } from "./parts.ts";
import { paths } from "./paths.ts";
import { setUi, uiOf } from "./state.ts";
import type { Scene } from "./view.ts";
import { withDoc } from "./waiting.ts";

const LEVELS: readonly LogLevelView[] = ["trace", "debug", "info", "warn", "error"];
const TONES: Readonly<Record<LogLevelView, Tone>> = {
  trace: "plain",
  debug: "plain",
  info: "accent",
  warn: "warn",
  error: "bad",
};
const SHOWN = 100;

function line({ sequence, atMs, level, message, fields }: LogLineView): VNode {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return h(
    "li",
    { key: sequence },
    h("time", { class: "muted", datetime: new Date(atMs).toISOString() }, timeOfDay(atMs)),
    chip(level, TONES[level]),
    h("span", null, message, " ", h("span", { class: "fields" }, told.join("  "))),
  );
}

function filters(level: LogLevelView, q: string): VNode {
  const chosen = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value;
  return h(
    "div",
    { class: "filters", role: "search", "aria-label": "Filter of the log" },
    h(
      "label",
      null,
      "Level",
      h(
        "select",
        { value: level, onchange: (event) => setUi("logs/level", chosen(event)) },
        LEVELS.map((name) => h("option", { value: name }, name === "error" ? name : `${name} and louder`)),
      ),
    ),
    h(
      "label",
      null,
      "Holding",
      h("input", { type: "search", value: q, oninput: (event) => setUi("logs/q", chosen(event)) }),
    ),
  );
}

/** The latest lines of this process's log, with a filter that the node applies. */
export function logsPanel({ docs }: Scene): Child {
  const level = uiOf<LogLevelView>("logs/level", "info");
  const q = uiOf("logs/q", "");
  const doc = docs.ask<LogsView>(paths.logsWith(level, q));
  return panel(
    { id: "logs", title: "Log", aside: "of this process, newest first" },
    filters(level, q),
    withDoc(doc, ({ lines }) =>
      lines.length === 0
        ? empty(
            "No line fits.",
            q === "" ? "A lower level shows more." : "Another word, or a lower level, may find some.",
          )
        : h(
            "div",
            { class: "log", tabindex: "0", role: "region", "aria-label": "Log lines" },
            h("ol", null, lines.slice(0, SHOWN).map(line)),
          ),
    ),
  );
}
