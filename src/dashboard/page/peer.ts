import type { NodeView, PeerView } from "../views.ts";
import { answerColumns } from "./answers.ts";
import { calibrationFigure, latencyFigure, scoreFigure, timeErrorFigure, timePointsFigure } from "./charts.ts";
import { type Child, h } from "./dom.ts";
import { figurePanel } from "./figure.ts";
import { count, fixed, millis, percent, plural } from "./format.ts";
import { healthChip } from "./leaderboard.ts";
import { empty, key, panel, stats } from "./parts.ts";
import { paths } from "./paths.ts";
import { href } from "./router.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { withDoc } from "./waiting.ts";

type Answer = PeerView["answers"]["answers"][number];

function figures({ row }: PeerView): Child {
  return stats([
    { name: "Rank", value: count(row.rank), note: row.uid === null ? "no uid" : `uid ${row.uid}` },
    { name: "Score", value: fixed(row.score, 4), note: `mean ${fixed(row.meanScore, 4)}` },
    { name: "Answered", value: count(row.answered), note: `of ${count(row.asked)} asked` },
    { name: "AUC", value: fixed(row.auc, 3), note: `Brier ${fixed(row.brier, 4)}` },
    { name: "Latency", value: millis(row.latencyP50Ms), note: `p99 ${millis(row.latencyP99Ms)}` },
    { name: "Weight", value: percent(row.weight), note: `incentive ${percent(row.incentive)}` },
  ]);
}

const nothing = (id: string, title: string, why: string, what: string) => panel({ id, title }, empty(why, what));

function charts({ calibration, timeErrors, latency, series }: PeerView, hotkey: string): Child {
  const timed = timeErrors !== null && timeErrors.answers > 0 ? timeErrors : null;
  return [
    series.atMs.length === 0
      ? nothing("score", "Score over time", "No score yet.", "The first comes with the first truth.")
      : figurePanel(scoreFigure(hotkey, series)),
    h(
      "div",
      { class: "quarters", key: "charts" },
      calibration === null || calibration.answers === 0
        ? nothing("calibration", "Calibration", "Nothing to judge yet.", "It takes answers whose truth is known.")
        : figurePanel(calibrationFigure(hotkey, calibration)),
      timed === null
        ? nothing("times", "Time error", "No time to judge yet.", "It takes conversions at a known moment.")
        : [figurePanel(timeErrorFigure(hotkey, timed)), figurePanel(timePointsFigure(hotkey, timed))],
      latency.count === 0
        ? nothing("latency", "Latency", "No answer yet.", "Latency is taken of valid answers.")
        : figurePanel(latencyFigure(hotkey, latency)),
    ),
  ];
}

/** One miner as a validator sees it. */
export function peerPage({ docs, nowMs }: Scene, node: NodeView, hotkey: string): Child {
  const doc = docs.ask<PeerView>(paths.peer(node.id, hotkey));
  const back = h("p", { key: "back" }, h("a", { href: href("validator", node.id) }, `← ${node.name}`));
  return [
    back,
    withDoc(doc, (view) => [
      h(
        "div",
        { class: "head" },
        h("h1", null, view.row.name ?? "Miner"),
        h(
          "div",
          { class: "facts" },
          key(hotkey),
          healthChip(view.row),
          view.row.cluster !== null && h("span", { class: "warn" }, `cluster ${view.row.cluster + 1}`),
        ),
      ),
      figures(view),
      charts(view, hotkey),
      panel(
        { id: "answers", title: "Its latest answers", aside: plural(view.answers.answers.length, "answer") },
        table<Answer>({
          id: "peer-answers",
          caption: "The latest answers, newest first",
          keyOf: ({ question }) => question,
          rows: view.answers.answers,
          limit: 20,
          empty: [h("strong", null, "It was not asked yet."), "A miner is asked once it serves on chain."],
          columns: answerColumns(node.id, hotkey, nowMs),
        }),
      ),
      view.failures.length > 0 &&
        panel(
          { id: "failures", title: "Why it failed" },
          table<PeerView["failures"][number]>({
            id: "failures",
            caption: "Reasons of failed replies",
            keyOf: ({ name }) => name,
            rows: view.failures,
            columns: [
              { key: "name", title: "Reason", header: true, cell: ({ name }) => name },
              { key: "count", title: "Replies", number: true, cell: ({ count: n }) => count(n) },
            ],
          }),
        ),
    ]),
  ];
}
