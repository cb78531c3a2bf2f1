import { type Child, h, type VNode } from "./dom.ts";
import { shortKey } from "./format.ts";

/** A titled part of a view. */
export function panel(
  { id, title, about, aside }: { id: string; title: string; about?: Child; aside?: Child },
  ...children: readonly Child[]
): VNode {
  return h(
    "section",
    { class: "panel", key: id, "aria-labelledby": `h-${id}` },
    h(
      "header",
      null,
      h("h2", { id: `h-${id}` }, title),
      aside && h("span", { class: "aside" }, aside),
      about && h("p", { class: "about" }, about),
    ),
    children,
  );
}

/** Two columns of panels, each as high as it is; one below the other where it is narrow. */
export function columns(left: readonly Child[], right: readonly Child[]): VNode {
  return h("div", { class: "columns" }, h("div", { class: "stack" }, left), h("div", { class: "stack" }, right));
}

export interface Stat {
  readonly name: string;
  readonly value: Child;
  readonly note?: Child;
}
/** The figures that are looked at first. */
export function stats(list: readonly (Stat | null | false)[]): VNode {
  const shown = list.flatMap((stat) => (stat ? [stat] : []));
  return h(
    "dl",
    { class: "stats" },
    shown.map(({ name, value, note }) =>
      h(
        "div",
        { class: "stat", key: name },
        h("dt", null, name),
        h("dd", { class: "figure" }, value),
        note && h("dd", { class: "note" }, note),
      ),
    ),
  );
}

export type Tone = "good" | "warn" | "bad" | "accent" | "plain";
export function chip(text: Child, tone: Tone = "plain", title?: string): VNode {
  return h("span", { class: tone === "plain" ? "chip" : `chip ${tone}`, title }, text);
}

/** Nothing to show: why, and what to do. */
export function empty(why: string, ...what: readonly Child[]): VNode {
  return h("div", { class: "empty" }, h("strong", null, why), what);
}

export function notice(tone: "warn" | "bad", strong: string, ...rest: readonly Child[]): VNode {
  return h("div", { class: tone === "bad" ? "notice bad" : "notice" }, h("strong", null, strong), " ", rest);
}

function copy(text: string): void {
  // Where the clipboard is closed (no https, no permission) the title still holds the whole of it.
  navigator.clipboard?.writeText(text).catch(() => {});
}

/** An address by its ends; a click copies the whole. */
export function key(address: string): VNode {
  return h(
    "button",
    { type: "button", class: "copy key", title: `${address} (click to copy)`, onclick: () => copy(address) },
    shortKey(address),
  );
}

/** A number with a bar beside it: `share` of the largest, 0 to 1. */
export function barred(text: string, share: number | null): VNode {
  const width = Math.round(Math.min(1, Math.max(0, share ?? 0)) * 100);
  return h("span", { class: "bar", vars: { "--w": `${width}%` } }, h("span", null, text));
}

/** Names beside values. */
export function pairs(list: readonly (readonly [name: string, value: Child] | null | false)[]): VNode {
  return h(
    "dl",
    { class: "pairs" },
    list.flatMap((pair) => (pair ? [h("dt", null, pair[0]), h("dd", null, pair[1])] : [])),
  );
}

export interface Part {
  readonly name: string;
  readonly n: number;
  readonly text: string;
  readonly color: string;
}
/** Parts of a whole, as a bar with its legend. */
export function share(label: string, parts: readonly Part[]): Child {
  const says = parts.map(({ name, text }) => `${name} ${text}`).join(", ");
  return [
    h(
      "div",
      { class: "share", role: "img", "aria-label": `${label}: ${says}` },
      parts.map(({ n, color }) => h("span", { vars: { "--n": String(n), "--color": `var(${color})` } })),
    ),
    h(
      "ul",
      { class: "legend" },
      parts.map(({ name, text, color }) =>
        h(
          "li",
          null,
          h("span", { class: "swatch", vars: { "--color": `var(${color})` } }),
          `${name} `,
          h("strong", null, text),
        ),
      ),
    ),
  ];
}
