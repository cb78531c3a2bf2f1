import { describe, expect, it } from "vitest";
import { splitDataset } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { fit } from "../models/fit.ts";
import { baselineModel } from "../models/model.ts";
import { createReport } from "./report.ts";
import { reportHtml } from "./report-html.ts";
import { reportLines } from "./report-text.ts";
import { escapeText, plotSvg } from "./svg.ts";

const { train, test } = splitDataset(syntheticDataset({ rows: 600, seed: 3, strength: 4 }), { testShare: 0.4 });
const { model, history } = await fit(train, { kind: "network", epochs: 6, learningRate: 0.01 });
const options = { title: `<script>alert("1")</script>`, history, resamples: 30 };
const report = createReport(
  model,
  { ...test, sources: test.groups.map((_, row) => (row % 2 === 0 ? "<b>" : "&")) },
  options,
);
const page = reportHtml(report);

describe("the page of a report", () => {
  it("holds every plot and a table for each slice", () => {
    for (const caption of [
      "ROC curve",
      "Reliability",
      "Time to conversion",
      "Learning curve",
      "What the forecasts rest on",
    ]) {
      expect(page).toContain(`<figcaption>${caption}`);
    }
    for (const mode of ["seed-v1", "readme-v1"]) expect(page).toContain(`Class decision, ${mode}`);
    // It does not pay the class: there is nothing to choose.
    expect(page).not.toContain("Class decision, proper-v1");
    expect(page.match(/<table>/g)).toHaveLength(report.slices.length);
  });

  it("asks nobody for anything and runs nothing: no script, no address, a policy that forbids both", () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|https?:|src=|href=|@import|url\((?!#)/);
  });

  it("shows names as text, whatever they hold", () => {
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(page).toContain("source: &lt;b&gt;");
    expect(escapeText(`<a href='x'>&`)).toBe("&lt;a href=&#39;x&#39;&gt;&amp;");
  });

  it("draws finite numbers only, and a baseline without a learning curve", () => {
    for (const html of [page, reportHtml(createReport(baselineModel(model.baseline), test, { resamples: 10 }))]) {
      expect(html).not.toMatch(/NaN|Infinity|undefined/);
    }
    expect(reportHtml(createReport(baselineModel(model.baseline), test, { resamples: 10 }))).not.toContain(
      "Learning curve",
    );
    expect(plotSvg({ title: "flat", x: [0, 0], y: [1, 1], xLabel: "", yLabel: "" }, [])).not.toContain("NaN");
  });
});

describe("the lines of a report", () => {
  it("give each figure with its interval beside the baseline, and whether the difference is more than noise", () => {
    const lines = reportLines(report);
    expect(lines[0]).toMatch(/^All rows: \d+ rows of \d+ conversations, \d+ converted, \d+ at a known moment$/);
    expect(lines.find((line) => line.includes("log loss"))).toMatch(
      /log loss +0\.\d{4} +0\.\d{4} to 0\.\d{4} +0\.\d{4} +better$/,
    );
    expect(lines.filter((line) => line.startsWith("source "))).toHaveLength(2);
    expect(lines.at(-1)).toMatch(/^Log loss without: /);
  });
});
