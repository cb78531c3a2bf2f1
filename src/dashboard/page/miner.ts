import type {
  IncentiveSeriesView,
  MinerScoresView,
  MinerView,
  NodeView,
  ScoredAnswersView,
  ScoredAnswerView,
  TimeErrorView,
} from "../views.ts";
import { judgedColumns } from "./answers.ts";
import {
  calibrationFigure,
  incentiveFigure,
  latencyFigure,
  rankFigure,
  scoreFigure,
  timeErrorFigure,
  timePointsFigure,
} from "./charts.ts";
import { componentsTable, modeDetails } from "./components.ts";
import { type Child, h } from "./dom.ts";
import { driftPanel } from "./drift.ts";
import { type FigureOptions, figure, figurePanel } from "./figure.ts";
import { ago, count, fixed, millis, percent, plural, tao } from "./format.ts";
import { logsPanel } from "./logs.ts";
import { modelPanel } from "./model.ts";
import { columns, empty, notice, panel, stats } from "./parts.ts";
import { paths } from "./paths.ts";
import { requestPanels } from "./requests.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { nodeHead, withDoc } from "./waiting.ts";

const ACCEPT = [
  "Scores are told by validators. Accept them with ",
  h("code", null, "conversion-subnet miner run --feedback.accept FOLDER"),
  "; they come when truths are known.",
];

const DRIFT = "It takes a model file with its training's features, and some hundred questions.";

function notices({ serving, feedback, model }: MinerView): Child {
  return [
    serving !== null &&
      !serving.serving &&
      notice("bad", "This miner does not serve.", serving.lastFailure ?? "Is it registered, and is its port free?"),
    serving?.serving &&
      serving.uid === null &&
      notice(
        "warn",
        "This hotkey is not registered.",
        "Nobody asks it until it is: ",
        h("code", null, "conversion-subnet subnets register"),
        ".",
      ),
    serving?.lastFailure != null &&
      serving.fallbacks > 0 &&
      notice(
        "warn",
        `${plural(serving.fallbacks, "answer")} came from the base rate, since the predictor failed.`,
        `Last: ${serving.lastFailure}`,
      ),
    feedback !== null &&
      feedback.disputed > 0 &&
      notice(
        "warn",
        `${plural(feedback.disputed, "score")} cannot be made again from what was told.`,
        "Open one below to see in which part it differs.",
      ),
    model?.lastFailure != null &&
      notice("warn", "A new model file was refused; the one before is served.", model.lastFailure),
  ];
}

function figures({ serving, chain, feedback, latency }: MinerView, nowMs: number): Child {
  return stats([
    chain
      ? { name: "Rank", value: count(chain.rank), note: `of ${plural(chain.of, "miner")}, uid ${chain.uid}` }
      : { name: "Rank", value: "–", note: "not registered" },
    {
      name: "Incentive",
      value: percent(chain?.incentive),
      note: chain ? `${tao(chain.emissionTao * 1e9)} τ in the last epoch` : "",
    },
    {
      name: "Score",
      value: fixed(feedback?.recentTotal, 4),
      note: feedback ? `mean of all ${fixed(feedback.meanTotal, 4)}` : "no feedback yet",
    },
    {
      name: "Scored",
      value: count(feedback?.scored ?? 0),
      note: feedback?.lastAtMs == null ? "not yet" : `last ${ago(feedback.lastAtMs, nowMs)}`,
    },
    serving && {
      name: "Answered",
      value: count(serving.predicted + serving.fallbacks),
      note: `${count(serving.fallbacks)} by the base rate`,
    },
    latency && { name: "Latency", value: millis(latency.p50), note: `p99 ${millis(latency.p99)}` },
  ]);
}

const nothing = (id: string, title: string, why: string, ...what: readonly Child[]) =>
  panel({ id, title }, empty(why, ...what));

function scorePanel({ docs }: Scene, id: string): Child {
  const doc = docs.ask<MinerScoresView>(paths.scores(id));
  if (doc.data !== undefined && doc.data.atMs.length > 0) return figurePanel(scoreFigure(id, doc.data));
  return panel(
    { id: `chart-${id}`, title: "Score over time" },
    withDoc(doc, () => empty("No score yet.", ACCEPT)),
  );
}

function rankPanel({ docs }: Scene, id: string): Child {
  const doc = docs.ask<IncentiveSeriesView>(paths.incentive(id));
  return panel(
    { id: "rank", title: "Rank and incentive" },
    withDoc(doc, (view) =>
      view.epoch.length === 0
        ? empty("No epoch was seen yet.", "Each epoch that ends while this process runs adds a point.")
        : h("div", { class: "pair" }, figure(rankFigure(id, view)), figure(incentiveFigure(id, view))),
    ),
  );
}

function componentsPanel({ feedback }: MinerView): Child {
  return panel(
    {
      id: "components",
      title: "What the score is made of",
      aside: feedback?.mode ? `scoring ${feedback.mode.name}` : undefined,
    },
    feedback === null || feedback.components.length === 0
      ? empty("Nothing was scored yet.", ACCEPT)
      : [componentsTable(feedback.components), modeDetails(feedback.mode)],
  );
}

function calibrationPanel({ node, feedback }: MinerView): Child {
  const view = feedback?.calibration ?? null;
  return view === null || view.answers === 0
    ? nothing("calibration", "Calibration", "Nothing to judge yet.", ACCEPT)
    : figurePanel(calibrationFigure(node.id, view));
}

function latencyPanel({ node, latency }: MinerView): Child {
  return latency === null || latency.count === 0
    ? nothing(
        "latency",
        "Latency",
        "No question was answered yet.",
        "Validators ask once this miner is registered and its axon is on chain.",
      )
    : figurePanel(latencyFigure(node.id, latency));
}

function timePanel({ node, feedback }: MinerView, make: (id: string, view: TimeErrorView) => FigureOptions): Child {
  const view = feedback?.timeErrors ?? null;
  return view === null || view.answers === 0
    ? nothing("times", "Time error", "No time to judge yet.", "It takes conversions at a known moment.")
    : figurePanel(make(node.id, view));
}

function answersPanel({ docs, nowMs }: Scene, { node: { id }, feedback }: MinerView): Child {
  // Where no feedback is accepted there is no such document.
  if (feedback === null) return nothing("answers", "Judged answers", "No answer was judged yet.", ACCEPT);
  const doc = docs.ask<ScoredAnswersView>(paths.answers(id));
  return panel(
    { id: "answers", title: "Judged answers", aside: "newest first; each opens its explanation" },
    withDoc(doc, ({ answers }) =>
      table<ScoredAnswerView>({
        id: "judged",
        caption: "Answers that validators have judged, newest first",
        keyOf: ({ sequence }) => sequence,
        rows: answers,
        limit: 12,
        empty: [h("strong", null, "No answer was judged yet."), ACCEPT],
        columns: judgedColumns(id, nowMs),
      }),
    ),
  );
}

/** One miner: its score and why, who asks it, what serves, what has drifted. */
export function minerPage(scene: Scene, node: NodeView): Child {
  const doc = scene.docs.ask<MinerView>(paths.miner(node.id));
  return withDoc(doc, (view) => [
    nodeHead(scene, node, [view.serving?.url, view.serving && `serves ${view.serving.predictor}`]),
    notices(view),
    figures(view, scene.nowMs),
    h("div", { class: "grid", key: "time" }, scorePanel(scene, node.id), rankPanel(scene, node.id)),
    componentsPanel(view),
    h(
      "div",
      { class: "quarters", key: "judged" },
      calibrationPanel(view),
      timePanel(view, timeErrorFigure),
      timePanel(view, timePointsFigure),
      latencyPanel(view),
    ),
    answersPanel(scene, view),
    requestPanels(view, scene.nowMs),
    columns([modelPanel(view, scene.nowMs)], [driftPanel(view.drift, "the questions since training", DRIFT)]),
    logsPanel(scene),
  ]);
}
