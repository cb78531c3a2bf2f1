import type { ExplanationView, NodeView, QuestionDetailView, ReplyView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { ago, count, DASH, duration, fixed, millis, percent, plural, shortKey } from "./format.ts";
import { barred, chip, empty, notice, pairs, panel, stats } from "./parts.ts";
import { paths } from "./paths.ts";
import { href } from "./router.ts";
import { spreadOf } from "./spread.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { withDoc } from "./waiting.ts";

type Part = ExplanationView["components"][number];

function verdict({ agrees, stored }: { agrees: boolean | null; stored: boolean }): Child {
  if (!stored) return null;
  if (agrees === null) return chip("cannot be made again here", "plain");
  return agrees ? chip("made again from the record: the same", "good") : chip("made again: differs", "bad");
}

/** Lines as the command line prints them: a name in a column of its own, what is told, and more of it below. */
function inWords(lines: readonly string[]): Child {
  const told: { name: string; texts: string[] }[] = [];
  for (const line of lines) {
    const [, name = "", text = line] = /^(?:(\S+(?: \S+)*))? {2,}(.*)$/.exec(line) ?? [];
    const last = told[told.length - 1];
    if (name === "" && text !== line && last !== undefined) last.texts.push(text);
    else told.push({ name, texts: [text] });
  }
  const named = told.filter(({ name }) => name !== "");
  return [
    told.filter(({ name }) => name === "").map(({ texts }) => h("p", { class: "wide" }, texts)),
    h(
      "div",
      { class: "after" },
      pairs(named.map(({ name, texts }) => [name, texts.map((text) => h("p", null, text))])),
    ),
  ];
}

function explanation(view: ExplanationView): Child {
  const most = Math.max(1e-9, ...view.components.map(({ value }) => Math.abs(value)));
  return [
    view.invalid !== null && notice("warn", "Nothing was earned.", view.invalid),
    stats([
      { name: "Score", value: fixed(view.total, 4), note: view.mode.name },
      { name: "Prediction part", value: fixed(view.prediction, 4), note: "without latency" },
      { name: "Best possible", value: fixed(view.best, 4), note: "of a perfect answer" },
    ]),
    panel(
      { id: "why", title: "Why this score", aside: verdict({ agrees: view.agrees, stored: view.total !== null }) },
      inWords(view.lines),
      view.notes.length > 0 &&
        h(
          "ul",
          { class: "notes after" },
          view.notes.map((note) => h("li", null, note)),
        ),
    ),
    panel(
      { id: "parts", title: "Its parts" },
      table<Part>({
        id: "parts",
        caption: "The parts of this score",
        keyOf: ({ name }) => name,
        rows: view.components,
        empty: [h("strong", null, "There are no parts."), "Nothing was earned, so there is nothing to add up."],
        columns: [
          {
            key: "name",
            title: "Part",
            header: true,
            cell: ({ name, text }) => [h("span", null, name), h("span", { class: "text" }, text)],
          },
          { key: "weight", title: "Counts for", number: true, cell: ({ weight }) => percent(weight, 0) },
          {
            key: "value",
            title: "Value",
            number: true,
            cell: ({ value }) => barred(fixed(value, 4), Math.abs(value) / most),
          },
        ],
      }),
    ),
  ];
}

/** One score in words and numbers. */
function explained({ docs }: Scene, node: NodeView, number: string, hotkey: string): Child {
  const judged = node.kind === "miner";
  const doc = docs.ask<ExplanationView>(
    judged ? paths.answer(node.id, hotkey, number) : paths.explanation(node.id, number, hotkey),
  );
  const back = judged ? href("miner", node.id) : href("question", node.id, number);
  return [
    h("p", { key: "back" }, h("a", { href: back }, judged ? `← ${node.name}` : `← Question ${number}`)),
    h(
      "div",
      { class: "head" },
      h("h1", null, `Question ${number}`),
      h(
        "div",
        { class: "facts" },
        h(
          "span",
          null,
          judged ? "as judged by " : "answered by ",
          h("span", { class: "key", title: hotkey }, shortKey(hotkey)),
        ),
      ),
    ),
    withDoc(doc, explanation),
  ];
}

const OUTCOMES = { open: ["pending", "accent"], settled: ["resolved", "good"], void: ["void", "warn"] } as const;

function truthNote({
  state,
  converted,
  trueSeconds,
  reason,
}: QuestionDetailView): readonly [value: string, note: string] {
  if (state === "open") return ["not known yet", "it comes when the conversation ends"];
  if (converted === null) return ["void", reason ?? ""];
  return [
    converted === 1 ? "converted" : "no conversion",
    trueSeconds === null ? (reason ?? "") : `after ${duration(trueSeconds)}`,
  ];
}

function replies(node: NodeView, view: QuestionDetailView): Child {
  return panel(
    { id: "replies", title: "Replies", aside: `${count(view.answered)} of ${count(view.asked)} valid` },
    table<ReplyView>({
      id: "replies",
      caption: "The replies to this question",
      keyOf: ({ hotkey }) => hotkey,
      rows: view.replies,
      limit: 64,
      order: ["score", false],
      empty: [h("strong", null, "No reply is here yet."), "They are shown when the round is over."],
      columns: [
        {
          key: "miner",
          title: "Miner",
          header: true,
          cell: ({ hotkey, name }) =>
            h(
              "a",
              { class: "who", href: href("question", node.id, view.number, hotkey), title: hotkey },
              name !== null && h("span", null, name),
              h("span", { class: "key" }, shortKey(hotkey)),
            ),
          sort: ({ name, hotkey }) => name ?? hotkey,
        },
        {
          key: "reply",
          title: "Reply",
          cell: ({ ok, reason }) => (ok ? chip("valid", "good") : chip(reason ?? "none", "bad")),
          sort: ({ ok }) => (ok ? 1 : 0),
        },
        {
          key: "said",
          title: "Said",
          hint: "Its probability of a conversion",
          number: true,
          cell: ({ probability }) => barred(percent(probability, 0), probability),
          sort: ({ probability }) => probability,
        },
        {
          key: "named",
          title: "Named",
          hint: "The class it named",
          cell: ({ named }) => (named === null ? DASH : named === 1 ? "converts" : "does not"),
          sort: ({ named }) => named,
        },
        {
          key: "time",
          title: "Time said",
          number: true,
          cell: ({ predictedSeconds }) => duration(predictedSeconds),
          sort: ({ predictedSeconds }) => predictedSeconds,
        },
        {
          key: "latency",
          title: "Latency",
          number: true,
          cell: ({ latencyMs }) => millis(latencyMs),
          sort: ({ latencyMs }) => latencyMs,
        },
        {
          key: "score",
          title: "Score",
          number: true,
          cell: ({ total }) => fixed(total, 4),
          sort: ({ total }) => total,
        },
      ],
    }),
  );
}

function detail({ docs, nowMs }: Scene, node: NodeView, number: string): Child {
  const doc = docs.ask<QuestionDetailView>(paths.question(node.id, number));
  return [
    h("p", { key: "back" }, h("a", { href: href("validator", node.id) }, `← ${node.name}`)),
    withDoc(doc, (view) => [
      h(
        "div",
        { class: "head" },
        h("h1", null, `Question ${number}`),
        h(
          "div",
          { class: "facts" },
          chip(OUTCOMES[view.state][0], OUTCOMES[view.state][1]),
          h("span", null, view.stratum),
          h("span", null, `asked ${ago(view.askedAtMs, nowMs)}`),
        ),
      ),
      stats([
        { name: "Truth", value: truthNote(view)[0], note: truthNote(view)[1] },
        {
          name: "Said on average",
          value: percent(view.meanProbability, 0),
          note: `base rate ${percent(view.baseRate, 0)}`,
        },
        { name: "Valid answers", value: count(view.answered), note: `of ${plural(view.asked, "miner")}` },
        { name: "Mean score", value: fixed(view.meanTotal, 4), note: view.mode.name },
        {
          name: "Horizon",
          value: duration(view.horizonSeconds),
          note: `median time ${duration(view.medianTimeSeconds)}`,
        },
      ]),
      view.answered > 0 && panel({ id: "spread", title: "What they said" }, spreadOf(view)),
      replies(node, view),
    ]),
  ];
}

/** `#/question/NODE/NUMBER`: a question and its replies; with a hotkey behind it: one score, explained. */
export function questionPage(scene: Scene, node: NodeView): Child {
  const [, , number, hotkey] = scene.path;
  if (number === undefined)
    return empty("Which question?", "A question's address is ", h("code", null, "#/question/NODE/NUMBER"), ".");
  if (hotkey !== undefined) return explained(scene, node, number, hotkey);
  if (node.kind !== "validator")
    return empty(
      "A miner knows its own answers only.",
      "Open one from ",
      h("a", { href: href("miner", node.id) }, "its judged answers"),
      ".",
    );
  return detail(scene, node, number);
}
