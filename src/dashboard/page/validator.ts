import type { NodeView, QuestionsView, QuestionView, ValidatorView } from "../views.ts";
import { truthLagFigure } from "./charts.ts";
import { type Child, h } from "./dom.ts";
import { driftPanel } from "./drift.ts";
import { figurePanel } from "./figure.ts";
import { ago, count, DASH, duration, fixed, percent, plural } from "./format.ts";
import { healthPanel, leaderboardPanel } from "./leaderboard.ts";
import { logsPanel } from "./logs.ts";
import { originalityPanel } from "./originality.ts";
import { chip, columns, empty, notice, pairs, panel, share, stats } from "./parts.ts";
import { paths } from "./paths.ts";
import { peerPage } from "./peer.ts";
import { href } from "./router.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { nodeHead, withDoc } from "./waiting.ts";
import { weightsPanel } from "./weights.ts";

function notices({ status, weights, node }: ValidatorView): Child {
  if (status === null) return null;
  const { refusal } = weights;
  return [
    !status.running &&
      notice("bad", "This validator does not run.", "What is shown is what it knew last; the log below may say why."),
    status.running &&
      !status.validatorPermit &&
      notice(
        "warn",
        "No validator permit yet.",
        `It asks nothing until the chain gives one on netuid ${node.netuid ?? "?"}: add stake, and wait for the next epoch.`,
      ),
    refusal !== null &&
      notice(
        "warn",
        `The chain refused the weights: ${refusal.name}.`,
        `At block ${count(refusal.atBlock)}`,
        refusal.notBeforeBlock === null ? "." : `; not again before block ${count(refusal.notBeforeBlock)}.`,
      ),
  ];
}

function figures({ flow, baseRate, baseRateBrier, weights, status }: ValidatorView, nowMs: number): Child {
  const { epoch } = weights;
  return stats([
    { name: "Settled", value: count(flow.settled), note: `of ${plural(flow.questions, "question")}` },
    { name: "Open", value: count(flow.open), note: `${count(flow.inFlight)} being answered` },
    { name: "Base rate", value: percent(baseRate), note: `Brier ${fixed(baseRateBrier, 4)}` },
    status && {
      name: "Miners serving",
      value: count(status.servingMiners),
      note: status.uid === null ? "no uid yet" : `uid ${status.uid}`,
    },
    {
      name: "Weights set",
      value: count(weights.setCount),
      note:
        weights.lastSetAtMs === null
          ? "not yet"
          : `${ago(weights.lastSetAtMs, nowMs)}, block ${count(weights.lastSetBlock)}`,
    },
    epoch && {
      name: "Next epoch",
      value: epoch.secondsLeft === null ? DASH : duration(epoch.secondsLeft),
      note:
        epoch.blocksLeft === null
          ? "none is in reach"
          : `in ${plural(epoch.blocksLeft, "block")}, tempo ${count(epoch.tempo)}`,
    },
  ]);
}

function flowPanel({ flow }: ValidatorView): Child {
  const { open, settled, void: voided, unasked, turnedAway, voidReasons } = flow;
  return panel(
    { id: "flow", title: "Conversation flow", aside: `${plural(flow.questions, "question")} asked` },
    flow.questions + open + settled === 0
      ? empty(
          "No question has been asked yet.",
          "One is asked when a conversation reaches a landmark. Does the source have conversations, and does anybody serve?",
        )
      : [
          share("Questions", [
            { name: "pending", n: open, text: count(open), color: "--c1" },
            { name: "resolved", n: settled, text: count(settled), color: "--c3" },
            { name: "void", n: voided, text: count(voided), color: "--c2" },
          ]),
          h(
            "div",
            { class: "after" },
            pairs([
              ["Waiting for answers", count(flow.inFlight)],
              ["Not asked", unasked === 0 ? "0" : `${count(unasked)} for want of places or miners`],
              turnedAway > 0 && ["Turned away", `${count(turnedAway)} while others were waited for`],
              ...voidReasons.map(({ name, count: n }) => [`Void: ${name}`, count(n)] as const),
            ]),
          ),
        ],
  );
}

const STATES = {
  open: ["pending", "accent"],
  settled: ["resolved", "good"],
  void: ["void", "warn"],
} as const;

function truthText({ state, converted, trueSeconds, reason }: QuestionView): string {
  if (state === "open") return DASH;
  if (converted === null) return reason ?? "void";
  if (converted === 0) return "no conversion";
  return trueSeconds === null ? "converted" : `converted after ${duration(trueSeconds)}`;
}

function questionsPanel({ docs, nowMs }: Scene, id: string): Child {
  const doc = docs.ask<QuestionsView>(paths.questions(id));
  return panel(
    { id: "questions", title: "Live questions", aside: "newest first" },
    withDoc(doc, ({ questions }) =>
      table<QuestionView>({
        id: "questions",
        caption: "The latest questions, newest first",
        keyOf: ({ number }) => number,
        rows: questions,
        limit: 15,
        empty: [h("strong", null, "No question yet."), "They are listed here as they are asked."],
        columns: [
          {
            key: "number",
            title: "Question",
            header: true,
            cell: ({ number }) => h("a", { href: href("question", id, number) }, `#${number}`),
          },
          { key: "when", title: "Asked", cell: ({ askedAtMs }) => ago(askedAtMs, nowMs) },
          { key: "state", title: "State", cell: ({ state }) => chip(STATES[state][0], STATES[state][1]) },
          { key: "landmark", title: "Landmark", cell: ({ stratum }) => stratum },
          {
            key: "answers",
            title: "Answers",
            number: true,
            cell: ({ answered, failed, asked }) =>
              answered + failed === 0
                ? h("span", { class: "muted" }, `asking ${count(asked)}`)
                : `${count(answered)}/${count(asked)}`,
          },
          {
            key: "said",
            title: "Said",
            hint: "Mean of the answers' probabilities",
            number: true,
            cell: ({ meanProbability }) => percent(meanProbability, 0),
          },
          { key: "truth", title: "Truth", cell: truthText },
          { key: "score", title: "Mean score", number: true, cell: ({ meanTotal }) => fixed(meanTotal, 4) },
        ],
      }),
    ),
  );
}

function lagPanel({ truthLag }: ValidatorView): Child {
  return truthLag.count > 0
    ? figurePanel(truthLagFigure("validator", truthLag))
    : panel(
        { id: "chart-validator-lag", title: "Truth lag" },
        empty("No truth yet.", "It comes when a conversation converts or ends, or when its horizon has passed."),
      );
}

/** One validator: leaderboard, questions as they come, flow, lag, originality, weights, health. */
export function validatorPage(scene: Scene, node: NodeView): Child {
  const [, , part, hotkey] = scene.path;
  if (part === "miner" && hotkey !== undefined) return peerPage(scene, node, hotkey);
  const doc = scene.docs.ask<ValidatorView>(paths.validator(node.id));
  return withDoc(doc, (view) => [
    nodeHead(scene, node, [
      view.mode && `scoring ${view.mode.name}`,
      view.status && (view.status.block === null ? "block not known" : `block ${count(view.status.block)}`),
      view.feedback &&
        `${count(view.feedback.sent)} feedback sent${view.feedback.failed > 0 ? `, ${count(view.feedback.failed)} failed` : ""}`,
    ]),
    notices(view),
    figures(view, scene.nowMs),
    leaderboardPanel(node.id, view),
    questionsPanel(scene, node.id),
    columns(
      [
        flowPanel(view),
        weightsPanel(scene, node.id, view),
        driftPanel(view.drift, "the questions", "It takes some hundred questions."),
      ],
      [lagPanel(view), healthPanel(node.id, view, scene.nowMs), originalityPanel(node.id, view)],
    ),
    logsPanel(scene),
  ]);
}
