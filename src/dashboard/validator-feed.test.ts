import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../../test/support/admin.ts";
import { type BigHistory, makeBigHistory } from "../../test/support/big-history.ts";
import { createAbortController, cryptoRandom, silentLogger, systemClock } from "../core/index.ts";
import { createHistoryLook } from "../validator/index.ts";
import { type AdminServer, openAdminServer } from "./admin-server.ts";
import { recordedValidator } from "./history-files.ts";
import { recordHistory } from "./history-recorder.ts";
import { createValidatorFeed } from "./validator-feed.ts";
import type {
  ExplanationView,
  PeerView,
  QuestionDetailView,
  QuestionsView,
  ValidatorView,
  WeightsHistoryView,
} from "./views.ts";

let big: BigHistory;
let server: AdminServer;
const [clock, logger] = [systemClock, silentLogger];
beforeAll(async () => {
  big = await makeBigHistory(":memory:", { miners: 40, questions: 100 });
  const recorder = recordHistory(big.history, { clock });
  const { validator, mode, read } = await recordedValidator(recorder, {
    logger,
    signal: createAbortController().signal,
  });
  await read;
  const look = createHistoryLook(big.store);
  const options = { id: "validator", name: "history", netuid: 1, live: false };
  const feed = createValidatorFeed(options, { validator, mode, recorder, look, network: null, clock, logger });
  server = await openAdminServer(
    { host: "127.0.0.1", port: 0, token: null, version: "1" },
    { feeds: [feed], clock, random: cryptoRandom, logger },
  );
});
afterAll(async () => {
  await server.close();
  await big.store.close();
});
const read = async <T>(path: string): Promise<T> => {
  const { status, text } = await ask(server.url, `/api/validators/validator${path}`);
  expect([path, status]).toEqual([path, 200]);
  return JSON.parse(text);
};
const statusOf = async (path: string) => (await ask(server.url, `/api/validators/validator${path}`)).status;

describe("a validator's view over its history", () => {
  it("has the leaderboard, the flow, the lag of truths and who answers as one", async () => {
    const view = await read<ValidatorView>("");
    expect(view).toMatchObject({ status: null, mode: { name: "seed-v1" }, node: { live: false } });
    expect([view.flow.settled, view.flow.void, view.flow.open]).toEqual([big.settled.length, big.void.length, 3]);
    expect(view.flow.voidReasons).toEqual([{ name: "void: lost", count: big.void.length }]);
    expect([view.truthLag.count, view.leaderboard.length]).toEqual([big.settled.length, 40]);
    expect(view.leaderboard.map(({ rank }) => rank)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(view.leaderboard[0]?.score ?? 0).toBeGreaterThan(view.leaderboard[39]?.score ?? 0);
    expect(view.clusters[0]?.hotkeys.toSorted()).toEqual([big.hotkeys[0], big.hotkeys[1]].toSorted());
  });

  it("has questions in pages, one with its replies, and why each got what it got", async () => {
    const first = await read<QuestionsView>("/questions?limit=60");
    const rest = await read<QuestionsView>(`/questions?limit=100&before=${first.next}`);
    const numbers = [...first.questions, ...rest.questions].map(({ number }) => number);
    expect([numbers, rest.next]).toEqual([[...big.settled, ...big.void, ...big.open].sort((a, b) => b - a), null]);
    const question = await read<QuestionDetailView>("/questions/7");
    expect([question.state, question.replies.length]).toEqual(["settled", 40]);
    const [hotkey, total] = [big.hotkeys[3] ?? "", question.replies[3]?.total];
    const why = await read<ExplanationView>(`/questions/7/miners/${hotkey}`);
    expect(why).toMatchObject({ question: 7, hotkey, total, agrees: true });
    expect(why.lines[0]).toContain("Question 7");
    expect(JSON.stringify([first, question, why])).not.toContain("big/c-");
  });

  it("has one miner's scores over time, and weights", async () => {
    const hotkey = big.hotkeys[15] ?? "";
    const peer = await read<PeerView>(`/miners/${hotkey}?points=20`);
    expect(peer.series.atMs.length).toBeLessThanOrEqual(20);
    expect(peer.series.count.reduce((a, b) => a + b, 0)).toBe(big.settled.length);
    expect(peer.failures[0]?.name).toBe("timeout");
    expect([peer.answers.answers.length, peer.row.hotkey]).toEqual([50, hotkey]);
    const { sets } = await read<WeightsHistoryView>("/weights?limit=3");
    expect([sets.length, sets[0]?.block]).toEqual([3, 1_000]);
  });

  it("has nothing else", async () => {
    for (const path of [
      "/questions/0",
      "/questions/99999",
      "/questions/7/miners/5Nobody",
      "/questions/1e3",
      "/miners/x",
      "/nothing",
    ])
      expect([path, await statusOf(path)]).toEqual([path, 404]);
    for (const path of ["/questions?limit=101", "/questions?before=-1", "/weights?limit=abc"])
      expect([path, await statusOf(path)]).toEqual([path, 400]);
  });
});
