import type { PeerAnswersView, ScoredAnswerView } from "../views.ts";
import { h } from "./dom.ts";
import { ago, DASH, duration, fixed, millis, percent, shortKey } from "./format.ts";
import { chip } from "./parts.ts";
import { href } from "./router.ts";
import type { Column } from "./table.ts";

type PeerAnswer = PeerAnswersView["answers"][number];
interface Truth {
  readonly converted: 0 | 1 | null;
  readonly trueSeconds: number | null;
}

/** What came, in a few words. */
export function truthOf({ converted, trueSeconds }: Truth): string {
  if (converted === null) return DASH;
  if (converted === 0) return "no";
  return trueSeconds === null ? "yes" : `yes, after ${duration(trueSeconds)}`;
}

const shared = [
  {
    key: "said",
    title: "Said",
    hint: "Its probability of a conversion",
    number: true,
    cell: (row: PeerAnswer | ScoredAnswerView) => percent(row.probability, 0),
    sort: (row: PeerAnswer | ScoredAnswerView) => row.probability,
  },
  {
    key: "time",
    title: "Time said",
    number: true,
    cell: (row: PeerAnswer | ScoredAnswerView) => duration(row.predictedSeconds),
    sort: (row: PeerAnswer | ScoredAnswerView) => row.predictedSeconds,
  },
  { key: "truth", title: "Converted", cell: truthOf },
  {
    key: "latency",
    title: "Latency",
    number: true,
    cell: (row: PeerAnswer | ScoredAnswerView) => millis(row.latencyMs),
    sort: (row: PeerAnswer | ScoredAnswerView) => row.latencyMs,
  },
  {
    key: "score",
    title: "Score",
    number: true,
    cell: (row: PeerAnswer | ScoredAnswerView) => fixed(row.total, 4),
    sort: (row: PeerAnswer | ScoredAnswerView) => row.total,
  },
] as const;

/** Answers of one miner, as its validator lists them. */
export function answerColumns(node: string, hotkey: string, nowMs: number): readonly Column<PeerAnswer>[] {
  return [
    {
      key: "question",
      title: "Question",
      header: true,
      cell: ({ question }) => h("a", { href: href("question", node, question, hotkey) }, `#${question}`),
    },
    { key: "when", title: "Asked", cell: ({ askedAtMs }) => ago(askedAtMs, nowMs) },
    {
      key: "reply",
      title: "Reply",
      cell: ({ ok, reason }) => (ok ? chip("valid", "good") : chip(reason ?? "none", "bad")),
    },
    ...shared,
  ];
}

/** Answers of one miner, as validators told it. */
export function judgedColumns(node: string, nowMs: number): readonly Column<ScoredAnswerView>[] {
  return [
    {
      key: "question",
      title: "Question",
      header: true,
      cell: ({ question, validator }) => h("a", { href: href("question", node, question, validator) }, `#${question}`),
    },
    { key: "when", title: "Judged", cell: ({ receivedAtMs }) => ago(receivedAtMs, nowMs) },
    {
      key: "validator",
      title: "By",
      cell: ({ validator }) => h("span", { class: "key", title: validator }, shortKey(validator)),
    },
    { key: "landmark", title: "Landmark", cell: ({ landmark }) => landmark },
    ...shared,
  ];
}
