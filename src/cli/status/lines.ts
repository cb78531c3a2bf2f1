import { printable } from "../../core/index.ts";
import { columns } from "../table.ts";
import type { NodeState, Shown } from "./collect.ts";
import type { LeaderRow, LogLine, MinerDocument, NetworkDocument, ValidatorDocument } from "./documents.ts";

const digits = (value: number | null, places = 3) => (value === null ? "-" : value.toFixed(places));
const percent = (share: number | null) => (share === null ? "-" : `${(share * 100).toFixed(1)} %`);
const ms = (value: number | null) => (value === null ? "-" : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`);
const grouped = (value: number) => value.toLocaleString("en-US");
const listed = (counts: readonly { readonly name: string; readonly count: number }[]) =>
  counts.length === 0 ? "none" : counts.map(({ name, count }) => `${name} ${grouped(count)}`).join(", ");

/** "2 h 5 min": the two largest units. */
export function ageText(lengthMs: number): string {
  const total = Math.max(0, Math.floor(lengthMs / 1_000));
  const parts = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor(total / 3_600) % 24, "h"],
    [Math.floor(total / 60) % 60, "min"],
    [total % 60, "s"],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

const counted = (count: number, noun: string) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** One part: a name, and what is said of it. */
type Row = readonly [label: string, text: string];

function scoreRows({ feedback }: MinerDocument): Row[] {
  if (feedback === null) return [["score", "not told yet: it takes --feedback.accept here, --feedback.send there"]];
  const { scored, recentTotal, meanTotal, validators, mode, components } = feedback;
  if (scored === 0)
    return [["score", "nothing was judged yet: truth comes when a conversation converts or its horizon passes"]];
  const worst = components
    .flatMap(({ name, mean, meanBefore }) =>
      mean === null || meanBefore === null ? [] : [{ name, by: mean - meanBefore }],
    )
    .sort((a, b) => a.by - b.by)[0];
  return [
    [
      "score",
      `${digits(recentTotal)} over the latest 100, ${digits(meanTotal)} over ${grouped(scored)} of ${validators.length} validators, ${mode?.name ?? "-"}`,
    ],
    [
      "why",
      components
        .map(({ name, mean, meanBefore }) => `${name} ${digits(mean)} (${digits(meanBefore)} before)`)
        .join(", "),
    ],
    ...(worst !== undefined && worst.by < -0.01
      ? [["", `${worst.name} fell most: npx conversion-subnet score --feedback FOLDER says why`] as const]
      : []),
  ];
}

function minerRows(document: MinerDocument): Row[] {
  const { serving, chain, requests, latency, model, drift } = document;
  const refusals = requests?.outcomes.filter(({ name }) => name !== "OK") ?? [];
  const answered = requests?.outcomes.find(({ name }) => name === "OK")?.count ?? 0;
  const moved = drift?.moved.filter(({ level }) => level === "large") ?? [];
  return [
    [
      "rank",
      chain === null
        ? "not known yet"
        : `${chain.rank} of ${chain.of}, incentive ${percent(chain.incentive)}, uid ${chain.uid}, block ${chain.block}`,
    ],
    ...scoreRows(document),
    ["requests", `answered ${grouped(answered)}; refused: ${listed(refusals)}`],
    [
      "latency",
      latency === null || latency.count === 0
        ? "-"
        : `half within ${ms(latency.p50)}, 99 of 100 within ${ms(latency.p99)}`,
    ],
    [
      "model",
      model === null
        ? (serving?.predictor ?? "-")
        : `${model.file} (${model.hash.slice(0, 8)}), swapped ${model.swaps} times`,
    ],
    ...(model !== null && model.lastFailure !== null
      ? [["", `a new file was refused: ${model.lastFailure}`] as const]
      : []),
    ...(serving === null || serving.fallbacks === 0
      ? []
      : [
          [
            "fallbacks",
            `${grouped(serving.fallbacks)} answers by the base rate: ${serving.lastFailure ?? "-"}`,
          ] as const,
        ]),
    ...(drift === null || drift.rows === 0
      ? []
      : [
          [
            "drift",
            moved.length === 0
              ? `no feature has moved far in ${grouped(drift.rows)} questions`
              : `moved far: ${moved
                  .slice(0, 4)
                  .map(({ feature, psi }) => `${feature} (PSI ${psi.toFixed(2)})`)
                  .join(", ")}`,
          ] as const,
        ]),
  ];
}

const shortKey = (hotkey: string) => (hotkey.length > 14 ? `${hotkey.slice(0, 6)}..${hotkey.slice(-4)}` : hotkey);

/** Title, importance and text of each column: on a narrow screen the least important go first. */
const BOARD: readonly (readonly [title: string, importance: number, text: (row: LeaderRow) => string])[] = [
  ["#", 9, ({ rank }) => String(rank)],
  ["miner", 9, ({ name, hotkey }) => name ?? shortKey(hotkey)],
  ["uid", 5, ({ uid }) => (uid === null ? "-" : String(uid))],
  ["answered", 6, ({ asked, answered }) => `${answered}/${asked}`],
  ["score", 8, ({ score }) => digits(score, 4)],
  ["AUC", 3, ({ auc }) => digits(auc)],
  ["Brier", 4, ({ brier }) => digits(brier, 4)],
  ["p50", 4, ({ latencyP50Ms }) => ms(latencyP50Ms)],
  ["weight", 7, ({ weight }) => percent(weight)],
  ["incentive", 5, ({ incentive }) => percent(incentive)],
  [
    "of late",
    2,
    ({ health }) => (health.okShare === 1 ? "ok" : `${percent(health.okShare)} ${health.lastFailure ?? ""}`.trim()),
  ],
];

/** A leaderboard that fits a width. */
export function boardLines(rows: readonly LeaderRow[], width: number): string[] {
  const board = [...BOARD];
  for (;;) {
    const lines = columns(
      [board.map(([title]) => title), ...rows.map((row) => board.map(([, , text]) => printable(text(row))))],
      {
        right: board.flatMap(([title], i) => (["miner", "of late"].includes(title) ? [] : [i])),
      },
    );
    if (board.length <= 3 || lines.every((line) => line.length <= width)) return lines;
    const least = Math.min(...board.map(([, importance]) => importance));
    board.splice(
      board.findIndex(([, importance]) => importance === least),
      1,
    );
  }
}

function validatorRows({ status, flow, baseRate, baseRateBrier, truthLag, weights, mode }: ValidatorDocument): Row[] {
  const { epoch, refusal, setCount, lastSetBlock } = weights;
  const next =
    epoch === null || epoch.blocksLeft === null
      ? ""
      : `; the next epoch in ${counted(epoch.blocksLeft, "block")}${epoch.secondsLeft === null ? "" : ` (${ageText(epoch.secondsLeft * 1_000)})`}`;
  return [
    [
      "chain",
      status === null
        ? "-"
        : `uid ${status.uid ?? "-"}, ${status.validatorPermit ? "permit" : "NO PERMIT: no miner answers"}, block ${status.block ?? "-"}, ${status.servingMiners} miners serve`,
    ],
    [
      "flow",
      `${grouped(flow.questions)} asked, ${grouped(flow.settled)} settled, ${grouped(flow.open)} open, ${flow.inFlight} in flight, ${grouped(flow.void)} void${flow.void > 0 ? ` (${listed(flow.voidReasons.slice(0, 2))})` : ""}`,
    ],
    ...(flow.unasked + flow.turnedAway === 0
      ? []
      : [["", `${grouped(flow.unasked)} not asked, ${grouped(flow.turnedAway)} conversations turned away`] as const]),
    [
      "truth",
      `${percent(baseRate)} converted; base rate's Brier ${digits(baseRateBrier, 4)}; half known within ${truthLag.p50 === null ? "-" : ageText(truthLag.p50 * 1_000)}`,
    ],
    [
      "weights",
      `set ${counted(setCount, "time")}${lastSetBlock === null ? "" : `, last at block ${lastSetBlock}`}${refusal === null ? "" : `; REFUSED at block ${refusal.atBlock}: ${refusal.name}`}${next}`,
    ],
    ["scoring", mode === null ? "-" : `${mode.name}, version ${mode.version}`],
    ...(status === null || status.failures === 0
      ? []
      : [["failures", `${grouped(status.failures)} survived: npx conversion-subnet logs --level warn`] as const]),
  ];
}

function networkRows(
  { netuid, network, block, blockAtMs, epoch, neurons, failure }: NetworkDocument,
  nowMs: number,
): Row[] {
  const seen = blockAtMs === null ? "" : `, ${ageText(nowMs - blockAtMs)} ago`;
  const next =
    epoch === null || epoch.blocksLeft === null ? "" : `; the next epoch in ${counted(epoch.blocksLeft, "block")}`;
  const permits = neurons.filter(({ validatorPermit }) => validatorPermit).length;
  const serving = neurons.filter(({ axon }) => axon !== null).length;
  return [
    ["network", `${network}, subnet ${netuid}, block ${block ?? "-"}${seen}${next}`],
    ["neurons", `${neurons.length}: ${permits} with a permit, ${serving} serving`],
    ...(failure === null ? [] : [["failure", failure] as const]),
  ];
}

const LABEL = 10;
const rowLines = (rows: readonly Row[]) => rows.map(([label, text]) => `  ${label.padEnd(LABEL)}${text}`);

function shownLines(shown: Shown, { width, rows, nowMs }: LineOptions): string[] {
  if (shown.kind === "miner") return rowLines(minerRows(shown.document));
  if (shown.kind === "network") return rowLines(networkRows(shown.document, nowMs));
  const { leaderboard } = shown.document;
  const board = boardLines(leaderboard.slice(0, rows), width - 2).map((line) => `  ${line}`);
  const more =
    leaderboard.length > rows ? [`  and ${leaderboard.length - rows} more: npx conversion-subnet leaderboard`] : [];
  return [...rowLines(validatorRows(shown.document)), ...(leaderboard.length === 0 ? [] : ["", ...board, ...more])];
}

/** A line of a log for a terminal; the texts may be a stranger's. */
export function troubleLine({ atMs, level, message, fields }: LogLine): string {
  const tail = Object.entries(fields).map(([key, value]) => `${key}=${String(value)}`);
  return `${new Date(atMs).toISOString().slice(11, 19)} ${level.padEnd(5)} ${[message, ...tail].join("  ")}`;
}

/** How much room there is. */
export interface LineOptions {
  readonly width: number;
  /** Rows of a leaderboard. */
  readonly rows: number;
  readonly nowMs: number;
}

/** The first line about a process. */
export function headline({ run, ready, problem }: NodeState, nowMs: number): string {
  const { kind, pid, url, hotkey, netuid, startedAtMs } = run;
  const state = problem !== null ? "NOT KNOWN" : ready === true ? "ready" : "NOT READY";
  const who = [
    hotkey === null ? null : shortKey(hotkey),
    netuid === null ? null : `netuid ${netuid}`,
    `process ${pid}`,
  ];
  return `${kind}  ${state}  ${[...who, `for ${ageText(nowMs - startedAtMs)}`, url].filter((one) => one !== null).join(", ")}`;
}

/** Everything about a process, cut to the width. */
export function stateLines(state: NodeState, options: LineOptions): string[] {
  const { problem, reasons, shown, trouble } = state;
  const lines = [
    headline(state, options.nowMs),
    ...(problem === null ? [] : [`  ${problem}`]),
    ...reasons.map((reason) => `  not ready: ${reason}`),
    ...shown.flatMap((one, i) => [...(i > 0 ? [""] : []), ...shownLines(one, options)]),
    ...(trouble.length === 0
      ? []
      : ["", "  warnings and errors, the newest first", ...trouble.map((line) => `  ${troubleLine(line)}`)]),
  ];
  return lines.map((line) => {
    const safe = printable(line.replaceAll(/[\r\n\t]/g, " "));
    return safe.length > options.width ? `${safe.slice(0, options.width - 1)}…` : safe;
  });
}
