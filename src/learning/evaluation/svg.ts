import { printable } from "../../core/index.ts";

/** Text for HTML and SVG: nothing of a report can become markup, or hide or reorder what stands there. */
export function escapeText(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return printable(text).replace(/[&<>"']/g, (character) => names[character] ?? character);
}

/** A point of a plot, in data units. */
export type Point = readonly [x: number, y: number];

/** What is drawn in a plot, in order. */
export type Mark =
  | { readonly kind: "line"; readonly points: readonly Point[]; readonly style: "own" | "base" | "other" }
  /** `size` in data-free pixels. */
  | { readonly kind: "dots"; readonly points: readonly (readonly [x: number, y: number, size: number])[] };

/** A plot's frame. */
export interface Axes {
  readonly title: string;
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  readonly xLabel: string;
  readonly yLabel: string;
}

const WIDTH = 340;
const HEIGHT = 260;
const LEFT = 56;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 40;
const TICKS = 4;

const tick = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

/** A plot as inline SVG, which scales to the width it is given. Colours come from the page's classes. */
export function plotSvg({ title, x: [x0, x1], y: [y0, y1], xLabel, yLabel }: Axes, marks: readonly Mark[]): string {
  const atX = (x: number) => LEFT + ((x - x0) / (x1 - x0 || 1)) * (WIDTH - LEFT - RIGHT);
  const atY = (y: number) => HEIGHT - BOTTOM - ((y - y0) / (y1 - y0 || 1)) * (HEIGHT - TOP - BOTTOM);
  const place = (x: number, y: number) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`;
  const grid = Array.from({ length: TICKS + 1 }, (_, i) => {
    const x = x0 + ((x1 - x0) * i) / TICKS;
    const y = y0 + ((y1 - y0) * i) / TICKS;
    return (
      `<path class="grid" d="M${place(x, y0)}L${place(x, y1)}M${place(x0, y)}L${place(x1, y)}"/>` +
      `<text x="${atX(x).toFixed(1)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${tick(x)}</text>` +
      `<text x="${LEFT - 5}" y="${(atY(y) + 3).toFixed(1)}" text-anchor="end">${tick(y)}</text>`
    );
  });
  const drawn = marks.map((mark) =>
    mark.kind === "line"
      ? `<polyline class="${mark.style}" points="${mark.points.map(([x, y]) => place(x, y)).join(" ")}"/>`
      : mark.points
          .map(([x, y, size]) => `<circle cx="${atX(x).toFixed(1)}" cy="${atY(y).toFixed(1)}" r="${size.toFixed(1)}"/>`)
          .join(""),
  );
  const clip = `<clipPath id="clip-${escapeText(title).replace(/\W+/g, "-")}"><rect x="${LEFT}" y="${TOP - 3}" width="${WIDTH - LEFT - RIGHT + 3}" height="${HEIGHT - TOP - BOTTOM + 6}"/></clipPath>`;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(title)}">${clip}${grid.join("")}` +
    `<g clip-path="url(#clip-${escapeText(title).replace(/\W+/g, "-")})">${drawn.join("")}</g>` +
    `<text class="label" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(xLabel)}</text>` +
    `<text class="label" transform="translate(11 ${(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">${escapeText(yLabel)}</text></svg>`
  );
}
