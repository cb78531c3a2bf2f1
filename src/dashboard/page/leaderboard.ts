import type { LeaderRowView, ValidatorView } from "../views.ts";
import { type Child, h, type VNode } from "./dom.ts";
import { ago, count, DASH, duration, fixed, millis, percent, shortKey } from "./format.ts";
import { barred, chip, empty, panel } from "./parts.ts";
import { href } from "./router.ts";
import { type Column, table } from "./table.ts";

/** A miner by its name, or else by its address; a link to how this validator sees it. */
export function who(validator: string, { hotkey, name }: Pick<LeaderRowView, "hotkey" | "name">): VNode {
  return h(
    "a",
    { class: "who", href: href("validator", validator, "miner", hotkey), title: hotkey },
    name !== null && h("span", null, name),
    h("span", { class: "key" }, shortKey(hotkey)),
  );
}

/** How well a miner has answered of late. */
export function healthChip({ health: { okShare, lastFailure } }: LeaderRowView): VNode {
  if (okShare === null) return chip("not asked", "plain");
  const text = percent(okShare, 0);
  const title = lastFailure === null ? undefined : `last failure: ${lastFailure}`;
  return okShare >= 0.95
    ? chip(text, "good", title)
    : okShare > 0
      ? chip(text, "warn", title)
      : chip("silent", "bad", title);
}

const most = (rows: readonly LeaderRowView[], of: (row: LeaderRowView) => number | null) =>
  Math.max(1e-9, ...rows.map((row) => of(row) ?? 0));
/** What bars are measured by. */
const TOPS: readonly ((row: LeaderRowView) => number | null)[] = [
  ({ score }) => score,
  ({ weight }) => weight,
  ({ incentive }) => incentive,
];

function columns(id: string, rows: readonly LeaderRowView[]): readonly Column<LeaderRowView>[] {
  const [topScore = 1, topWeight = 1, topIncentive = 1] = TOPS.map((of) => most(rows, of));
  const number = true;
  return [
    {
      key: "rank",
      title: "#",
      hint: "Rank by score",
      number,
      cell: ({ rank }) => rank,
      sort: ({ rank }) => rank,
      first: "up",
    },
    {
      key: "miner",
      title: "Miner",
      header: true,
      cell: (row) => who(id, row),
      sort: ({ name, hotkey }) => name ?? hotkey,
    },
    {
      key: "score",
      title: "Score",
      hint: "The average that weights are made of",
      number,
      cell: ({ score }) => barred(fixed(score, 4), (score ?? 0) / topScore),
      sort: ({ score }) => score,
    },
    {
      key: "answered",
      title: "Answered",
      hint: "Valid answers in time, of the settled questions it was asked",
      number,
      cell: ({ answered, asked }) => [count(answered), h("span", { class: "muted" }, `/${count(asked)}`)],
      sort: ({ answered }) => answered,
    },
    {
      key: "predict",
      title: "Predict",
      hint: "Plain mean over all questions, without latency",
      number,
      cell: ({ predictionScore }) => fixed(predictionScore, 4),
      sort: ({ predictionScore }) => predictionScore,
    },
    {
      key: "auc",
      title: "AUC",
      hint: "How well its probabilities rank conversions above the rest: 0.5 is chance",
      number,
      cell: ({ auc }) => fixed(auc, 3),
      sort: ({ auc }) => auc,
    },
    {
      key: "brier",
      title: "Brier",
      hint: "Mean squared error of its probabilities: lower is better",
      number,
      cell: ({ brier }) => fixed(brier, 4),
      sort: ({ brier }) => brier,
    },
    {
      key: "time",
      title: "Time err",
      hint: "Mean absolute error of the time, where the conversation converted",
      number,
      cell: ({ timeMaeSeconds }) => duration(timeMaeSeconds),
      sort: ({ timeMaeSeconds }) => timeMaeSeconds,
    },
    {
      key: "p50",
      title: "p50",
      hint: "Half of its answers came within",
      number,
      cell: ({ latencyP50Ms }) => millis(latencyP50Ms),
      sort: ({ latencyP50Ms }) => latencyP50Ms,
    },
    {
      key: "p99",
      title: "p99",
      hint: "99 of 100 of its answers came within",
      number,
      cell: ({ latencyP99Ms }) => millis(latencyP99Ms),
      sort: ({ latencyP99Ms }) => latencyP99Ms,
    },
    {
      key: "weight",
      title: "Weight",
      hint: "Share of the weights last set",
      number,
      cell: ({ weight }) => barred(percent(weight), weight / topWeight),
      sort: ({ weight }) => weight,
    },
    {
      key: "incentive",
      title: "Incentive",
      hint: "Share of the miners' emission in the last epoch",
      number,
      cell: ({ incentive }) => barred(percent(incentive), (incentive ?? 0) / topIncentive),
      sort: ({ incentive }) => incentive,
    },
    {
      key: "health",
      title: "Answers",
      hint: "Share of its latest replies that were valid",
      cell: healthChip,
      sort: ({ health }) => health.okShare,
    },
    { key: "uid", title: "UID", number, cell: ({ uid }) => uid ?? DASH, sort: ({ uid }) => uid },
  ];
}

const FEW = 32;

export function leaderboardPanel(id: string, { leaderboard }: ValidatorView): Child {
  return panel(
    { id: "leaderboard", title: "Leaderboard", aside: `${count(leaderboard.length)} miners` },
    table<LeaderRowView>({
      id: "leaderboard",
      caption: "Leaderboard: the miners by score",
      keyOf: ({ hotkey }) => hotkey,
      rows: leaderboard,
      columns: columns(id, leaderboard),
      order: ["rank", true],
      limit: FEW,
      memo: [id, ...TOPS.map((of) => most(leaderboard, of))].join(),
      empty: [
        h("strong", null, "No miner is known yet."),
        "Miners appear when they have registered and announced an axon: ",
        h("code", null, "conversion-subnet miner run"),
        ".",
      ],
    }),
  );
}

/** Whoever does not answer as they should, the worst first. */
export function healthPanel(id: string, { leaderboard }: ValidatorView, nowMs: number): Child {
  const asked = leaderboard.filter(({ health }) => health.okShare !== null);
  const poor = asked.filter(({ health }) => (health.okShare ?? 0) < 0.95);
  return panel(
    {
      id: "health",
      title: "Peers' health",
      aside: `${count(asked.length - poor.length)} of ${count(asked.length)} answer well`,
    },
    asked.length === 0
      ? empty("Nobody was asked yet.", "Health is the share of a miner's latest replies, at most 50, that were valid.")
      : table<LeaderRowView>({
          id: "health",
          caption: "Miners that do not answer well, the worst first",
          keyOf: ({ hotkey }) => hotkey,
          rows: [...poor].sort((a, b) => (a.health.okShare ?? 0) - (b.health.okShare ?? 0)),
          limit: 8,
          empty: [
            h("strong", null, "Everybody answers well."),
            "At least 95 of 100 of the latest replies of every miner were valid.",
          ],
          columns: [
            { key: "miner", title: "Miner", header: true, cell: (row) => who(id, row) },
            { key: "ok", title: "Valid of late", cell: healthChip, sort: ({ health }) => health.okShare },
            { key: "why", title: "Last failure", cell: ({ health }) => health.lastFailure ?? DASH },
            {
              key: "last",
              title: "Last answer",
              number: true,
              cell: ({ health }) => (health.lastAnsweredAtMs === null ? "never" : ago(health.lastAnsweredAtMs, nowMs)),
              sort: ({ health }) => health.lastAnsweredAtMs,
            },
          ],
        }),
  );
}
