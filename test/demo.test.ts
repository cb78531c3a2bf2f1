import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRandom, silentLogger, systemClock } from "../src/core/index.ts";
import {
  createDemo,
  DEMO_DEFAULTS,
  type Demo,
  type DemoOptions,
  leaderboardLines,
  STRATEGIES,
} from "../src/demo/index.ts";
import { createSimulator, transcriptToJson } from "../src/sources/index.ts";

/** Small enough for a test; the models learn little, and nothing here depends on how much. */
const QUICK: DemoOptions = {
  ...DEMO_DEFAULTS,
  rounds: 40,
  speed: "max",
  trainingConversations: 300,
  epochs: 3,
  slowMs: 20,
  blockTimeMs: 20,
};
const modules = { clock: systemClock, logger: silentLogger };

let folder = "";
let file = "";
const demos: Demo[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-"));
  file = join(folder, "chats.jsonl");
  const transcripts = [...createSimulator({}, { random: createRandom("demo test") }).transcripts(140)];
  await writeFile(file, transcripts.map((one) => JSON.stringify(transcriptToJson(one))).join("\n"));
});
afterEach(async () => {
  for (const demo of demos.splice(0)) await demo.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function make(changes: Partial<DemoOptions> = {}, extra: Partial<Parameters<typeof createDemo>[1]> = {}): Demo {
  const demo = createDemo({ ...QUICK, ...changes }, { ...modules, ...extra });
  demos.push(demo);
  return demo;
}
async function played(changes: Partial<DemoOptions> = {}) {
  const demo = make(changes);
  await demo.start();
  await demo.finished;
  await demo.stop();
  return demo.summary();
}
/** What answers alone decide: everything but latency, and what is made of latency. */
const repeatable = ({ questions: _, miners, ...rest }: ReturnType<Demo["summary"]>) => ({
  ...rest,
  miners: Object.fromEntries(
    miners.map(({ name, hotkey, uid, asked, answered, predictionScore, auc, brier, timeMaeSeconds }) => [
      name,
      { hotkey, uid, asked, answered, predictionScore, auc, brier, timeMaeSeconds },
    ]),
  ),
});
/** Servers and sockets of this process; one that is destroyed counts until the next turn of the event loop. */
const openHandles = () => process.getActiveResourcesInfo().filter((name) => /TCP|HTTP/.test(name)).length;
const nothingOpen = () => vi.waitFor(() => expect(openHandles()).toBe(0));

describe("the demo", () => {
  let summary: ReturnType<Demo["summary"]>;
  beforeAll(async () => {
    summary = await played();
  });

  it("two runs of one seed give the same answers, prediction scores, AUC and Brier scores", async () => {
    const again = await played();
    expect(repeatable(again)).toEqual(repeatable(summary));
    expect(summary.settled).toBe(40);
  });

  it("says everything that --json promises, of every miner, best score first", () => {
    expect(Object.keys(summary)).toEqual([
      "questions",
      "settled",
      "void",
      "baseRate",
      "baseRateBrier",
      "bestAuc",
      "miners",
    ]);
    expect(summary.miners.map((row) => Object.keys(row).sort())).toEqual(
      new Array(8).fill(
        [
          "name",
          "strategy",
          "uid",
          "hotkey",
          "asked",
          "answered",
          "score",
          "meanScore",
          "predictionScore",
          "auc",
          "brier",
          "timeMaeSeconds",
          "latencyP50Ms",
          "latencyP99Ms",
          "weight",
          "incentive",
        ].sort(),
      ),
    );
    expect(new Set(summary.miners.map(({ strategy }) => strategy))).toEqual(new Set(STRATEGIES));
    const scores = summary.miners.map(({ score }) => score ?? -1);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summary.bestAuc).toBeGreaterThan(0.5);
    const weight = summary.miners.reduce((sum, row) => sum + row.weight, 0);
    const incentive = summary.miners.reduce((sum, row) => sum + row.incentive, 0);
    // The chain stores incentive as u16, rounded down.
    expect([weight, incentive].map((share) => Math.round(share * 1e3) / 1e3)).toEqual([1, 1]);
  });

  it("the offline miner is asked, answers nothing, and earns nothing; all others answer everything", () => {
    const { miners } = summary;
    for (const { name, asked, answered } of miners)
      expect([name, asked, answered]).toEqual([name, 40, name === "offline" ? 0 : 40]);
    expect(miners.at(-1)).toMatchObject({ name: "offline", score: 0, weight: 0, incentive: 0, auc: null, brier: null });
  });

  it("plays recorded conversations to their end: learns from some, asks about others, claims to know no best AUC", async () => {
    const recorded = await played({ conversations: file, rounds: null });
    expect(recorded.bestAuc).toBeNull();
    expect(recorded.questions).toBe(recorded.settled + recorded.void);
    expect(recorded.settled).toBeGreaterThan(20);
    expect(recorded.miners[0]?.answered).toBe(recorded.settled);
  });

  it("refuses a bad line with file, line and field, or goes on without it", async () => {
    const bad = join(folder, "bad.jsonl");
    const lines = [...createSimulator({}, { random: createRandom("bad") }).transcripts(120)].map((one) =>
      JSON.stringify(transcriptToJson(one)),
    );
    await writeFile(bad, [lines[0], '{"id":"x","messages":[{"role":"robot"}]}', ...lines.slice(1)].join("\n"));
    const refused = make({ conversations: bad }).start();
    await expect(refused).rejects.toMatchObject({
      code: "BAD_TRANSCRIPT",
      path: bad,
      line: 2,
      field: "messages.0.role",
    });
    expect((await played({ conversations: bad, rounds: 5, skipBadLines: true })).settled).toBe(5);
  });
});

describe("the demo stops", () => {
  it("while it learns: promptly, with no server opened and nothing left behind", async () => {
    let stopping: Promise<void> | undefined;
    const demo = make(
      { trainingConversations: 600, epochs: 1_000 },
      {
        onTraining() {
          stopping ??= demo.stop();
        },
      },
    );
    await expect(demo.start()).rejects.toThrow("The demo was stopped.");
    await stopping;
    await demo.finished;
    await nothingOpen();
    expect(demo.summary().miners).toEqual([]);
  });

  it("while miners and servers are being opened: those, too, are closed", async () => {
    let stopping: Promise<void> | undefined;
    const info = (sentence: string) => {
      if (sentence === "Miner serving") stopping ??= demo.stop();
    };
    const demo = make({}, { logger: { ...silentLogger, info } });
    await expect(demo.start()).rejects.toThrow("The demo was stopped.");
    await stopping;
    await nothingOpen();
  });

  it("while it plays: the summary stays, and finished resolves", async () => {
    const demo = make({ rounds: null, slowMs: 60_000 });
    await demo.start();
    while (demo.summary().questions < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await demo.stop();
    await demo.finished;
    await demo.stop();
    await nothingOpen();
    expect(demo.summary().questions).toBeGreaterThanOrEqual(3);
  });
});

describe("the leaderboard", () => {
  it("is text in columns: names to the left, numbers to the right, a dash for what nobody knows", () => {
    const nothing = {
      asked: 0,
      answered: 0,
      score: null,
      meanScore: null,
      predictionScore: null,
      auc: null,
      brier: null,
      timeMaeSeconds: null,
      latencyP50Ms: null,
      latencyP99Ms: null,
      weight: 0,
      incentive: 0,
    };
    const row = {
      ...nothing,
      asked: 40,
      answered: 39,
      score: 0.41235,
      predictionScore: 0.25,
      auc: 0.8,
      brier: 0.1899,
      timeMaeSeconds: 72.6,
      latencyP50Ms: 12.34,
      latencyP99Ms: 50,
      weight: 0.625,
      incentive: 0.5,
    };
    const lines = leaderboardLines({
      questions: 44,
      settled: 40,
      void: 1,
      baseRate: 0.45,
      baseRateBrier: 0.2475,
      bestAuc: 0.82,
      miners: [
        { ...row, name: "trained-a", strategy: "trained", uid: 1, hotkey: "5a" },
        { ...nothing, name: "offline", strategy: "offline", uid: 8, hotkey: "5b" },
      ],
    });
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "40 settled of 44 asked, 1 void   base rate 0.450   Brier of the base rate 0.2475   best possible AUC 0.820
      #  miner      answered   score  predict    AUC   Brier  time err  p50 ms  p99 ms  weight  incentive
      1  trained-a     39/40  0.4123   0.2500  0.800  0.1899      73 s    12.3    50.0   62.5%      50.0%
      2  offline         0/0       -        -      -       -         -       -       -    0.0%       0.0%"
    `);
  });
});
