import { MEASURES } from "./measures.ts";
import { figure, learningPlot, pageHtml, range } from "./page.ts";
import type { Report, Slice } from "./report.ts";
import { figureText, verdict } from "./report-text.ts";
import { escapeText, type Mark, type Point, plotSvg } from "./svg.ts";

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

function decisionPlots({ decisions, model }: Report): string {
  // Where the class is not paid, its curve is flat and says nothing.
  const isTelling = (points: (typeof decisions)[number]["points"]) =>
    Math.max(...points.map(({ reward }) => reward)) - Math.min(...points.map(({ reward }) => reward)) > 1e-9;
  return decisions
    .filter(({ points }) => isTelling(points))
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
 * reportHtml(createReport(model, test)).slice(0, 15); // "<!doctype html>"
 */
export function reportHtml(report: Report): string {
  const { title, model, latency, warnings } = report;
  const speed =
    latency === null
      ? ""
      : `<p>One answer takes ${latency.p50Micros.toFixed(1)} us (median), ${latency.p99Micros.toFixed(1)} us (99 %).</p>`;
  const learning = () => learningPlot(report.history);
  const plots = [rocPlot, reliabilityPlot, timePlot, learning, importanceBars, decisionPlots]
    .map((plot) => plot(report))
    .join("");
  return pageHtml(
    title,
    `${model === null ? "" : `<p>${escapeText(model.text)}</p>`}${speed}
${warnings.map((warning) => `<p class="warning">${escapeText(warning)}</p>`).join("")}
<p class="key"><b class="k-own">line</b> the model, <b class="k-base">dashes</b> the baseline or what would be right. Intervals: conversations drawn with replacement. "better" and "worse" stand where the difference to the baseline is more than noise.</p>
<h2>Plots</h2><div class="grid-of-plots">${plots}</div>
${report.slices.map(table).join("")}`,
  );
}
