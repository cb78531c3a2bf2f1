import type { History } from "../models/history.ts";
import { escapeText, type Mark, plotSvg } from "./svg.ts";

const STYLE = `
:root{color-scheme:light dark;--ink:#1d232b;--soft:#5d6875;--line:#d9dee5;--page:#fbfbfa;--card:#fff;--own:#0b6bcb;--base:#b4541a;--good:#1a7f47;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#333b45;--page:#14181d;--card:#1b2027;--own:#5ab0ff;--base:#f0a060;--good:#58c98a;--bad:#ff8f85}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:20px 16px 48px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:32px 0 8px}p{margin:4px 0;color:var(--soft)}.warning{color:var(--bad)}
.grid-of-plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:16px}
figure{margin:0;max-width:560px;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}figcaption{font-weight:600;margin-bottom:6px}figcaption span{display:block;font-weight:400;font-size:13px;color:var(--soft)}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:10px}svg .label{font-size:11px}
.grid{stroke:var(--line);stroke-width:.6;fill:none}polyline{fill:none;stroke-width:1.8}.own{stroke:var(--own)}.base{stroke:var(--base);stroke-dasharray:4 3}.other{stroke:var(--soft);stroke-dasharray:2 3}circle{fill:var(--own);fill-opacity:.45}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}th{color:var(--soft);font-weight:600}
.better{color:var(--good)}.worse{color:var(--bad)}
.bars{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:1px 8px;font-size:12px;line-height:1.35;overflow-wrap:anywhere}.bar{grid-column:1/-1;height:5px;margin-bottom:4px;background:var(--own);border-radius:2px;min-width:1px}
.key{font-size:13px;color:var(--soft)}.key b{font-weight:600}.key .k-own{color:var(--own)}.key .k-base{color:var(--base)}
`;

/** A plot under its title. */
export const figure = (title: string, note: string, body: string) =>
  `<figure><figcaption>${escapeText(title)}<span>${escapeText(note)}</span></figcaption>${body}</figure>`;

/** An axis that holds all numbers, with a little air. */
export function range(values: readonly number[], from?: number): readonly [number, number] {
  const low = from ?? Math.min(...values);
  const high = Math.max(...values);
  const air = (high - low) * 0.05 || 0.5;
  return [from ?? low - air, high + air];
}

/** Losses of a network by epoch; nothing for fewer than two epochs. */
export function learningPlot(history: History | null): string {
  const epochs = history?.epochs ?? [];
  if (epochs.length < 2) return "";
  const losses = epochs.flatMap(({ trainLoss, valLoss }) => [trainLoss, valLoss]);
  const axes = {
    title: "Learning curve",
    x: [1, epochs.length] as const,
    y: range(losses),
    xLabel: "epoch",
    yLabel: "log loss",
  };
  const line = (style: "own" | "base", read: (epoch: (typeof epochs)[number]) => number): Mark => ({
    kind: "line",
    style,
    points: epochs.map((epoch) => [epoch.epoch, read(epoch)]),
  });
  return figure(
    "Learning curve",
    `rows that stop the network (line) and rows it learns from (dashes); the best epoch is ${history?.bestEpoch ?? 0}`,
    plotSvg(axes, [line("base", ({ trainLoss }) => trainLoss), line("own", ({ valLoss }) => valLoss)]),
  );
}

/** A page that needs nothing else: no script, no font, no request. */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer">
<title>${escapeText(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeText(title)}</h1>${body}
</body></html>
`;
}

/**
 * How a training went, as a page with the learning curve.
 *
 * @example
 * await writeFile("history.html", historyHtml(history));
 * historyHtml(history).slice(0, 15); // "<!doctype html>"
 */
export function historyHtml(history: History): string {
  const { epochs, bestEpoch } = history;
  const last = epochs.at(-1);
  const text =
    last === undefined
      ? "No network was trained: only networks have epochs."
      : `${epochs.length} of at most ${last.epochs} epochs, ${Math.round(last.rowsPerSecond)} rows/s in the last; the best is ${bestEpoch}.`;
  return pageHtml("Training", `<p>${text}</p><div class="grid-of-plots">${learningPlot(history)}</div>`);
}
