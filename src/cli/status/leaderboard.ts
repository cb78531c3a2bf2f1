import { existsSync } from "node:fs";
import { neuronOf } from "../../chain/index.ts";
import { systemClock, UserError } from "../../core/index.ts";
import { storedMode } from "../../scoring/index.ts";
import { createStandings, restoreStandings } from "../../validator/index.ts";
import type { Flags } from "../flags.ts";
import { withHistory } from "../history-anywhere.ts";
import { historyPathOf } from "../history-file.ts";
import { postgresUrlOf } from "../history-postgres.ts";
import { netuidOf, withChainNow } from "../network.ts";
import { ownFolder } from "../own-folder.ts";
import { columnsOf, print, printJson, untilSignal } from "../terminal.ts";
import { collect } from "./collect.ts";
import type { LeaderRow } from "./documents.ts";
import { boardLines } from "./lines.ts";

/** A leaderboard, and whose word it is. */
interface Board {
  readonly from: "running" | "history" | "chain";
  readonly text: string;
  readonly rows: readonly LeaderRow[];
}

const ranked = (
  rows: readonly Omit<LeaderRow, "rank">[],
  by: (row: Omit<LeaderRow, "rank">) => number | null,
): LeaderRow[] =>
  [...rows]
    .sort((a, b) => (by(b) ?? Number.NEGATIVE_INFINITY) - (by(a) ?? Number.NEGATIVE_INFINITY))
    .map((row, i) => ({ rank: i + 1, ...row }));

async function ofRunning(signal: AbortSignal): Promise<Board | null> {
  for (const { run, shown } of await collect(ownFolder(), signal)) {
    for (const one of shown) {
      if (one.kind !== "validator") continue;
      const { flow, mode } = one.document;
      const text = `process ${run.pid}: ${flow.settled} settled of ${flow.questions} asked since its start, ${mode?.name ?? "-"}`;
      return { from: "running", text, rows: one.document.leaderboard };
    }
  }
  return null;
}

async function ofHistory(flags: Flags): Promise<Board | null> {
  const path = historyPathOf(flags);
  if (postgresUrlOf(flags) === null && (path === ":memory:" || !existsSync(path))) return null;
  return withHistory(flags, "read", async ({ history, address }) => {
    const { settled, questions } = await history.info();
    const [newest] = await history.latest(1);
    const record = newest === undefined ? undefined : await history.question(newest);
    const mode = record === undefined ? null : storedMode(record.mode, []);
    if (mode === null) return null;
    const standings = createStandings(mode);
    // A reader writes no averages: those that are not stored are made of the answers, here and for this once.
    await restoreStandings({ ...history, recordStandings: async () => undefined }, mode, standings);
    const [weights] = await history.weights(1);
    const rows = standings.all().map((standing) => ({
      ...standing,
      ...{ name: null, uid: null, weight: weights?.shares.get(standing.hotkey) ?? 0, incentive: null },
      health: { okShare: standing.asked === 0 ? null : standing.answered / standing.asked, lastFailure: null },
    }));
    return {
      from: "history",
      text: `${address ?? path}: ${settled} settled of ${questions} asked, ${mode.name}`,
      rows: ranked(rows, ({ score }) => score),
    };
  });
}

async function ofChain(flags: Flags, signal: AbortSignal): Promise<Board> {
  const netuid = netuidOf(flags);
  return withChainNow(flags, signal, async (chain, stopped) => {
    const [metagraph, weights] = await Promise.all([
      chain.metagraph({ netuid }, { signal: stopped }),
      chain.weights({ netuid }, { signal: stopped }),
    ]);
    const given = weights.map(({ uids, weights: row }) => ({ uids, row, sum: row.reduce((a, b) => a + b, 0) }));
    const shareOf = (uid: number) =>
      given.reduce((sum, { uids, row, sum: all }) => sum + (all === 0 ? 0 : (row[uids.indexOf(uid)] ?? 0) / all), 0) /
      Math.max(1, given.length);
    const miners = metagraph.neurons.filter(({ validatorPermit }) => !validatorPermit);
    const rows = miners.map(({ uid, hotkey, incentive }) => ({
      ...{ hotkey, name: null, uid, asked: 0, answered: 0, score: null, auc: null, brier: null, latencyP50Ms: null },
      ...{ weight: shareOf(uid), incentive: neuronOf(metagraph, hotkey)?.incentive ?? incentive },
      health: { okShare: null, lastFailure: null },
    }));
    const why =
      flags.from === "chain" ? "" : `; no validator of yours runs, and there is no history at ${historyPathOf(flags)}`;
    const text = `subnet ${netuid} of ${chain.network}, block ${metagraph.block}: by incentive${why}`;
    return { from: "chain", text, rows: ranked(rows, ({ incentive }) => incentive) };
  });
}

async function boardOf(flags: Flags, signal: AbortSignal): Promise<Board> {
  const wanted = flags.from;
  const named = typeof flags.history === "string" || postgresUrlOf(flags) !== null;
  if (wanted === "chain") return ofChain(flags, signal);
  const running = wanted === "history" || named ? null : await ofRunning(signal);
  if (running !== null) return running;
  if (wanted === "running")
    throw new UserError("No validator of yours runs on this machine.", { hint: "Leave --from out, or start one." });
  const history = await ofHistory(flags);
  if (history !== null) return history;
  if (wanted === "history" || named)
    throw new UserError(`There are no standings at ${historyPathOf(flags)}.`, {
      hint: "`validator run` makes them; --from chain needs none.",
    });
  return ofChain(flags, signal);
}

/** `conversion-subnet leaderboard` */
export async function runLeaderboard(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const { from, text, rows } = await boardOf(flags, signal);
    const top = typeof flags.top === "number" ? flags.top : rows.length;
    const atMs = systemClock.nowMs();
    if (flags.json === true) return printJson({ from, text, atMs, rows: rows.slice(0, top) });
    print(text);
    if (rows.length === 0) return print("There are no miners.");
    for (const line of boardLines(rows.slice(0, top), columnsOf(process.stdout))) print(line);
    if (rows.length > top) print(`and ${rows.length - top} more`);
  });
}
