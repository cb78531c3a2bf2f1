import { MEASURES } from "./measures.ts";
import type { Report, Slice } from "./report.ts";
import { figureText, verdict } from "./report-text.ts";
import { escapeText, type Mark, type Point, plotSvg } from "./svg.ts";

const STYLE = `
:root{color-scheme:light dark;--ink:#1d232b;--soft:#5d6875;--line:#d9dee5;--page:#fbfbfa;--card:#fff;--own:#0b6bcb;--base:#b4541a;--good:#1a7f47;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#333b45;--page:#14181d;--card:#1b2027;--own:#5ab0ff;--base:#f0a060;--good:#58c98a;--bad:#ff8f85}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:20px 16px 48px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:32px 0 8px}p{margin:4px 0;color:var(--soft)}.warning{color:var(--bad)}
.grid-of-plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:16px}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}figcaption{font-weight:600;margin-bottom:6px}figcaption span{display:block;font-weight:400;font-size:13px;color:var(--soft)}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:10px}svg .label{font-size:11px}
.grid{stroke:var(--line);stroke-width:.6;fill:none}polyline{fill:none;stroke-width:1.8}.own{stroke:var(--own)}.base{stroke:var(--base);stroke-dasharray:4 3}.other{stroke:var(--soft);stroke-dasharray:2 3}circle{fill:var(--own);fill-opacity:.45}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}th{color:var(--soft);font-weight:600}
.better{color:var(--good)}.worse{color:var(--bad)}
.bars{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:1px 8px;font-size:12px;line-height:1.35;overflow-wrap:anywhere}.bar{grid-column:1/-1;height:5px;margin-bottom:4px;background:var(--own);border-radius:2px;min-width:1px}
.key{font-size:13px;color:var(--soft)}.key b{font-weight:600}.key .k-own{color:var(--own)}.key .k-base{color:var(--base)}
`;

const figure = (title: string, note: string, body: string) =>
  `<figure><figcaption>${escapeText(title)}<span>${escapeText(note)}</span></figcaption>${body}</figure>`;

/** An axis that holds all numbers, with a little air. */
function range(values: readonly number[], from?: number): readonly [number, number] {
  const low = from ?? Math.min(...values);
  const high = Math.max(...values);
  const air = (high - low) * 0.05 || 0.5;
  return [from ?? low - air, high + air];
}

const DIAGONAL: Mark = {
  kind: "line",
  style: "base",
  points: [
    [0, 0],
    [1, 1],
  ],
};
const UNIT = [0, 1] as const;

function rocPlot({ roc, slices }: Report): string {
  if (roc.length === 0) return "";
  const points = roc.map((point): Point => [point.falsePositiveShare, point.truePositiveShare]);
  const axes = {
    title: "ROC",
    x: UNIT,
    y: UNIT,
    xLabel: "share of the others called",
    yLabel: "share of conversions found",
  };
  const area = slices[0]?.figures.auc?.model;
  return figure(
    "ROC curve",
    `AUC ${figureText(area ?? null, { unit: "" })}; the dashes are chance`,
    plotSvg(axes, [DIAGONAL, { kind: "line", style: "own", points }]),
  );
}

function reliabilityPlot({ reliability, slices }: Report): string {
  const most = Math.max(1, ...reliability.map(({ rows }) => rows));
  const dots = reliability.map(
    ({ forecast, observed, rows }) => [forecast, observed, 3 + 4 * Math.sqrt(rows / most)] as const,
  );
  const axes = { title: "Reliability", x: UNIT, y: UNIT, xLabel: "forecast", yLabel: "share that converted" };
  const ece = figureText(slices[0]?.figures.ece?.model ?? null, { unit: "" });
  return figure(
    "Reliability",
    `ten bins of equally many rows; on the dashes a forecast is honest; ECE ${ece}, n = ${slices[0]?.rows ?? 0}`,
    plotSvg(axes, [DIAGONAL, { kind: "dots", points: dots }]),
  );
}

function timePlot({ times }: Report): string {
  if (times.length === 0) return "";
  const sorted = times.flatMap((one) => [one.forecastSeconds, one.truthSeconds]).sort((a, b) => a - b);
  const most = sorted[Math.floor(0.98 * (sorted.length - 1))] * 1.05;
  const points = times.map(({ forecastSeconds, truthSeconds }) => [forecastSeconds, truthSeconds, 2.2] as const);
  const axes = {
    title: "Time",
    x: [0, most] as const,
    y: [0, most] as const,
    xLabel: "foretold seconds",
    yLabel: "true seconds",
  };
  return figure(
    "Time to conversion",
    "each dot a conversion; on the dashes the forecast is right; the last 2 % are cut",
    plotSvg(axes, [
      {
        kind: "line",
        style: "base",
        points: [
          [0, 0],
          [most, most],
        ],
      },
      { kind: "dots", points },
    ]),
  );
}

function learningPlot({ history }: Report): string {
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

function decisionPlots({ decisions, model }: Report): string {
  return decisions
    .map(({ mode, points }) => {
      const rewards = points.map(({ reward }) => reward);
      const axes = {
        title: `Decision ${mode}`,
        x: UNIT,
        y: range(rewards),
        xLabel: "yes from this probability on",
        yLabel: "mean reward",
      };
      const threshold = model?.threshold;
      const mark: Mark[] =
        threshold === undefined
          ? []
          : [
              {
                kind: "line",
                style: "base",
                points: [
                  [threshold, axes.y[0]],
                  [threshold, axes.y[1]],
                ],
              },
            ];
      const note =
        threshold === undefined
          ? "expected reward by threshold"
          : `expected reward by threshold; the model's own is ${threshold.toFixed(2)} (dashes)`;
      return figure(
        `Class decision, ${mode}`,
        note,
        plotSvg(axes, [
          ...mark,
          { kind: "line", style: "own", points: points.map(({ threshold: at, reward }) => [at, reward]) },
        ]),
      );
    })
    .join("");
}

const SHOWN = 9;
function importanceBars({ importance }: Report): string {
  const used = importance.filter(({ logLossIncrease }) => logLossIncrease > 0).slice(0, SHOWN);
  if (used.length === 0) return "";
  const most = used[0].logLossIncrease;
  const bars = used.map(
    ({ feature, logLossIncrease }) =>
      `<div>${escapeText(feature)}</div><div>${logLossIncrease.toFixed(4)}</div><div class="bar" style="width:${((100 * logLossIncrease) / most).toFixed(1)}%"></div>`,
  );
  return figure(
    "What the forecasts rest on",
    "log loss added when a feature is dealt out anew; features that say the same share it",
    `<div class="bars">${bars.join("")}</div>`,
  );
}

function table(slice: Slice): string {
  const rows = MEASURES.map((measure) => {
    const found = slice.figures[measure.name];
    if (found === undefined) return "";
    const word = verdict(found, measure);
    const interval =
      found.low === null ? "" : `${figureText(found.low, measure)} to ${figureText(found.high, measure)}`;
    return `<tr><td>${escapeText(measure.label.trim())}</td><td>${figureText(found.model, measure)}</td><td>${interval}</td><td>${figureText(found.baseline, measure)}</td><td class="${word}">${word}</td></tr>`;
  });
  const name = slice.by === "all" ? "All rows" : `${slice.by}: ${slice.name}`;
  const counts = `${slice.rows} rows of ${slice.conversations} conversations, ${slice.converted} converted, ${slice.timed} at a known moment`;
  return `<h2>${escapeText(name)}</h2><p>${counts}</p><div class="scroll"><table><thead><tr><th>measure</th><th>model</th><th>95 % interval</th><th>baseline</th><th></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

/**
 * A report as one page that needs nothing else: no script, no font, no request; light and dark; readable on a phone.
 *
 * @example
 * await writeFile("report.html", reportHtml(createReport(model, test)));
 */
export function reportHtml(report: Report): string {
  const { title, model, latency, warnings } = report;
  const speed =
    latency === null
      ? ""
      : `<p>One answer takes ${latency.p50Micros.toFixed(1)} us (median), ${latency.p99Micros.toFixed(1)} us (99 %).</p>`;
  const plots = [rocPlot, reliabilityPlot, timePlot, learningPlot, importanceBars, decisionPlots]
    .map((plot) => plot(report))
    .join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer">
<title>${escapeText(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeText(title)}</h1>${model === null ? "" : `<p>${escapeText(model.text)}</p>`}${speed}
${warnings.map((warning) => `<p class="warning">${escapeText(warning)}</p>`).join("")}
<p class="key"><b class="k-own">line</b> the model, <b class="k-base">dashes</b> the baseline or what would be right. Intervals: conversations drawn with replacement. "better" and "worse" stand where the difference to the baseline is more than noise.</p>
<h2>Plots</h2><div class="grid-of-plots">${plots}</div>
${report.slices.map(table).join("")}
</body></html>
`;
}
