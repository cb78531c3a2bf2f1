/** What `status` and `leaderboard` say of nodes that run here: real admin servers, run files, and a terminal that remembers. */
import { EventEmitter } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collect } from "../src/cli/status/collect.ts";
import { frameOf } from "../src/cli/status/frame.ts";
import { keysIn, openFullScreen, type Terminal } from "../src/cli/status/full-screen.ts";
import { boardLines, stateLines } from "../src/cli/status/lines.ts";
import { watch } from "../src/cli/status/status.ts";
import { createLogRing, systemClock } from "../src/core/index.ts";
import {
  type Feed,
  type LeaderRowView,
  type MinerView,
  type RunFile,
  type ValidatorView,
  writeRunFile,
} from "../src/dashboard/index.ts";
import { open } from "./support/admin-server.ts";
import { commandLine } from "./support/command.ts";
import { until } from "./support/until.ts";

const { heard, run } = commandLine();
let home = "";
let before: NodeJS.ProcessEnv = {};
const own = () => join(home, ".conversion-subnet");
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "status-"));
  before = { HOME: process.env.HOME, CONVERSION_SUBNET_HOME: process.env.CONVERSION_SUBNET_HOME };
  Object.assign(process.env, { HOME: home, CONVERSION_SUBNET_HOME: own() });
});
afterEach(async () => {
  Object.assign(process.env, before);
  process.exitCode = undefined;
  await rm(home, { recursive: true, force: true });
});

const MINER_KEY = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const minerNode = {
  id: "miner",
  kind: "miner",
  name: "default",
  hotkey: MINER_KEY,
  netuid: 1,
  network: "local",
  live: true,
} as const;
const miner: MinerView = {
  node: minerNode,
  atMs: 0,
  serving: {
    serving: true,
    url: "http://127.0.0.1:8091",
    uid: 3,
    predictor: "model m",
    predicted: 1_234,
    fallbacks: 2,
    lastFailure: "too slow",
  },
  chain: { uid: 3, block: 700, incentive: 0.123, rank: 4, of: 8, emissionTao: 1 },
  requests: {
    outcomes: [
      { name: "OK", count: 1_234 },
      { name: "FORBIDDEN", count: 7 },
    ],
    callers: [],
    others: 0,
  },
  latency: { unit: "ms", edges: [0, 1], counts: [1], count: 1, p50: 1.25, p90: 3, p99: 40 },
  feedback: {
    ...{
      scored: 412,
      disputed: 0,
      meanTotal: 0.431,
      recentTotal: 0.352,
      lastAtMs: 5,
      calibration: null,
      timeErrors: null,
    },
    validators: [{ hotkey: "5V", scored: 412, meanTotal: 0.431, lastAtMs: 5 }],
    mode: { name: "seed-v1", version: 1, formula: [], constants: {} },
    components: [{ name: "classification", text: "", weight: 0.44, mean: 0.21, meanBefore: 0.32 }],
  },
  model: {
    file: "m.safetensors",
    hash: "abcdef0123",
    model: "logistic",
    swaps: 1,
    failures: 0,
    lastFailure: null,
    versions: [],
    candidate: null,
  },
  drift: {
    rows: 50,
    moved: [{ feature: "message_count", psi: 0.4, noise: 0.01, level: "large", unknownBefore: 0, unknownNow: 0 }],
    performance: null,
  },
};
const rowOf = (i: number): LeaderRowView => ({
  ...{
    rank: i + 1,
    hotkey: `5${"x".repeat(46)}${i}`,
    name: null,
    uid: i,
    asked: 300,
    answered: 300 - i,
    score: 0.5 - i / 100,
  },
  ...{
    meanScore: 0.4,
    predictionScore: 0.3,
    auc: 0.7,
    brier: 0.2,
    timeMaeSeconds: 50,
    latencyP50Ms: 10,
    latencyP99Ms: 30,
  },
  ...{
    weight: 0.1,
    incentive: 0.2,
    cluster: null,
    health: { okShare: i === 0 ? 1 : 0.5, lastFailure: i === 0 ? null : "timeout\u001b[2J", lastAnsweredAtMs: 1 },
  },
});
const validator: ValidatorView = {
  node: { ...minerNode, id: "validator", kind: "validator" },
  atMs: 0,
  status: { running: true, uid: 0, validatorPermit: true, block: 700, servingMiners: 3, failures: 0 },
  mode: { name: "proper-v1", version: 2, formula: [], constants: {} },
  flow: {
    questions: 305,
    open: 4,
    settled: 300,
    void: 1,
    inFlight: 2,
    unasked: 0,
    turnedAway: 0,
    voidReasons: [{ name: "lost", count: 1 }],
  },
  ...{ baseRate: 0.51, baseRateBrier: 0.25, leaderboardVersion: 1, clusters: [], drift: null, feedback: null },
  truthLag: { unit: "seconds", edges: [], counts: [], count: 1, p50: 90, p90: 100, p99: 120 },
  leaderboard: Array.from({ length: 20 }, (_, i) => rowOf(i)),
  weights: {
    ...{ setCount: 7, lastSetBlock: 690, lastSetAtMs: 1, refusal: null },
    epoch: {
      block: 700,
      tempo: 20,
      epochIndex: 3,
      lastEpochBlock: 690,
      nextEpochBlock: 711,
      blocksLeft: 11,
      secondsLeft: 11,
    },
  },
};
const feedOf = (document: MinerView | ValidatorView): Feed => ({
  node: document.node,
  reasons: () => [],
  read: (path) => (path.length === 0 ? document : undefined),
  start: () => undefined,
  stop: () => undefined,
});

/** A node that runs in this process, with an admin server and a run file. */
async function node(
  kind: "miner" | "validator",
  documents: readonly (MinerView | ValidatorView)[],
  more: Partial<RunFile> = {},
) {
  const ring = createLogRing({ level: "info" }, systemClock);
  const server = await open({}, { feeds: documents.map(feedOf), logs: ring });
  const file: RunFile = {
    ...{ kind, pid: process.pid, url: server.url, tokenFile: null, hotkey: MINER_KEY, netuid: 1, network: "local" },
    ...{ startedAtMs: Date.now() - 3_700_000, logFile: null, ...more },
  };
  await writeRunFile(own(), file);
  return ring;
}

describe("status", () => {
  it("says of a miner its score, its rank, why, and what to ask next; of a validator its leaderboard, flow, weights and chain", async () => {
    const ring = await node("miner", [miner]);
    ring.logger.error("The predictor failed", { error: "out of\nmemory\u001b[31m" });
    await node("validator", [validator]);
    await run("status");
    const text = heard.stdout;
    for (const part of [
      /^miner {2}ready {2}5Grwva\.\.utQY, netuid 1, process \d+, for 1 h 1 min, http:/m,
      "rank      4 of 8, incentive 12.3 %, uid 3, block 700",
      "score     0.352 over the latest 100, 0.431 over 412 of 1 validators, seed-v1",
      "classification 0.210 (0.320 before)",
      "classification fell most: npx conversion-subnet score",
      "requests  answered 1,234; refused: FORBIDDEN 7",
      "latency   half within 1.3 ms, 99 of 100 within 40 ms",
      "fallbacks 2 answers by the base rate: too slow",
      "moved far: message_count (PSI 0.40)",
      "flow      305 asked, 300 settled, 4 open, 2 in flight, 1 void (lost 1)",
      "weights   set 7 times, last at block 690; the next epoch in 11 blocks (11 s)",
      "and 4 more: npx conversion-subnet leaderboard",
    ])
      expect(text).toMatch(part);
    expect(text).toContain("The predictor failed  error=out of memory\\u001b[31m");
    expect(text).not.toContain("\u001b");
    await run("status", "--node", "miner", "--json");
    expect(JSON.parse(heard.stdout).nodes).toMatchObject([{ run: { kind: "miner" }, ready: true, problem: null }]);
  });

  it("says when none runs, and what one does not say that does not answer", async () => {
    await run("status");
    expect(heard.stderr).toContain("No node of yours runs on this machine");
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    await node("miner", [miner], { url: "http://127.0.0.1:9" });
    await run("status");
    expect(heard.stdout).toMatch(/miner {2}NOT KNOWN/);
    await node("miner", [miner], { url: null });
    await run("status");
    expect(heard.stdout).toContain("it has no admin server (--no-admin)");
  });
});

const ESC = "\x1b";
const COLOUR = new RegExp(`${ESC}\\[[07]m`, "g");
const LINE = new RegExp(`${ESC}\\[(\\d+);1H${ESC}\\[2K([^${ESC}]*(?:${ESC}\\[[07]m[^${ESC}]*)*)`, "g");
/** A terminal that remembers: what is on it after all that was written. */
function terminal(columns = 80, rows = 24) {
  const output = Object.assign(new EventEmitter(), {
    ...{ columns, rows, written: [] as string[] },
    write(text: string) {
      output.written.push(text);
      return true;
    },
  });
  const raw: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (on: boolean) => void raw.push(on),
    ...{ setEncoding: () => undefined, resume: () => undefined, pause: () => undefined },
  });
  const screen = () => {
    const lines = Array.from({ length: output.rows }, () => "");
    for (const text of output.written) {
      if (text.includes("\x1b[2J")) lines.fill("");
      for (const [, row, line = ""] of text.matchAll(LINE)) lines[Number(row) - 1] = line.replaceAll(COLOUR, "");
    }
    return lines;
  };
  return { output, input, raw, screen, terminal: { output, input } as unknown as Terminal };
}

describe("status --watch", () => {
  it("shows one node on 80 x 24, scrolls, turns to the next, follows a change of size, and gives the terminal back", async () => {
    await node("validator", [validator]);
    await node("miner", [miner]);
    const fake = terminal();
    const controller = new AbortController();
    const watching = watch((signal) => collect(own(), signal), fake.terminal, controller.signal);
    await until(
      () =>
        fake.screen().some((line) => line.includes("weights")) || fake.screen().some((line) => line.includes("rank")),
    );
    for (const line of fake.screen()) expect(line.length).toBeLessThanOrEqual(80);
    expect(fake.screen()[0]).toMatch(/\[(miner|validator)\]/);
    expect(fake.screen()[23]).toContain("q quit");
    const isMiner = () => fake.screen().some((line) => line.includes("rank      4 of 8"));
    const first = isMiner();
    fake.input.emit("data", "\x1b[C");
    expect(isMiner()).toBe(!first);
    if (isMiner()) fake.input.emit("data", "\x1b[D");
    expect(fake.screen()[1]).toBe("");
    const top = fake.screen()[2];
    fake.input.emit("data", "\x1b[B\x1b[B");
    expect(fake.screen()[2]).not.toBe(top);
    fake.input.emit("data", "\x1b[H");
    expect(fake.screen()[2]).toBe(top);
    Object.assign(fake.output, { columns: 120, rows: 40 });
    fake.output.emit("resize");
    expect(fake.screen()[39]).toContain("q quit");
    expect(fake.screen()[39]?.length).toBe(120);
    fake.input.emit("data", "q");
    await watching;
    expect(fake.raw).toEqual([true, false]);
    expect(fake.output.written.at(-1)).toBe("\x1b[?7h\x1b[?25h\x1b[?1049l");
    expect(fake.output.listenerCount("resize") + fake.input.listenerCount("data")).toBe(0);
  });

  it("writes what has changed and nothing else, so that nothing flickers", () => {
    const fake = terminal(20, 4);
    const screen = openFullScreen(fake.terminal, { onKey: () => undefined, onResize: () => undefined });
    screen.draw(["a", "b", "c"]);
    const count = fake.output.written.length;
    screen.draw(["a", "b", "c"]);
    expect(fake.output.written.length).toBe(count);
    screen.draw(["a", "B", "c"]);
    expect(fake.output.written.at(-1)).toBe("\x1b[?2026h\x1b[2;1H\x1b[2KB\x1b[?2026l");
    screen.close();
    screen.close();
    screen.draw(["late"]);
    expect(fake.output.written.at(-1)).toContain("\x1b[?1049l");
  });

  it("knows keys, several at once, and lets strange ones pass", () => {
    expect(keysIn("\x1b[A\x1b[6~jq")).toEqual(["up", "page down", "down", "quit"]);
    expect(keysIn("\x03")).toEqual(["quit"]);
    expect(keysIn("xyz\x1b[19~é")).toEqual([]);
  });

  it("fits any size, says what to do where nothing runs, and prints lines where there is no terminal", async () => {
    for (const [columns, rows] of [
      [20, 4],
      [80, 24],
      [200, 60],
    ] as const) {
      const { lines } = frameOf([], { columns, rows, selected: 3, scroll: 9, nowMs: 0 });
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(line.replaceAll(COLOUR, "").length).toBeLessThanOrEqual(columns);
    }
    await node("miner", [miner]);
    const [state] = await collect(own());
    if (state === undefined) throw new Error("no node");
    for (const width of [40, 80, 132])
      for (const line of stateLines(state, { width, rows: 16, nowMs: 0 }))
        expect(line.length).toBeLessThanOrEqual(width);
  });
});

describe("leaderboard", () => {
  it("is a running validator's where one runs, leaves out what does not fit, and shows no stranger's controls", async () => {
    await node("validator", [validator]);
    await run("leaderboard", "--top", "3");
    expect(heard.stdout).toContain("300 settled of 305 asked since its start, proper-v1");
    expect(heard.stdout).toMatch(/^3 {2}5xxxxx\.\.xxx2 .*298\/300 {2}0\.4800/m);
    expect(heard.stdout).toContain("and 17 more");
    expect(heard.stdout).not.toContain("\u001b");
    for (const width of [40, 60, 80])
      for (const line of boardLines(validator.leaderboard, width)) expect(line.length).toBeLessThanOrEqual(width);
    await run("leaderboard", "--json");
    expect(JSON.parse(heard.stdout)).toMatchObject({ from: "running", rows: { length: 20 } });
  });

  it("says where there is none of the kind", async () => {
    await expect(run("leaderboard", "--from", "running")).rejects.toThrow("No validator of yours runs");
    await expect(run("leaderboard", "--history", join(home, "none.db"))).rejects.toThrow("There are no standings at");
  });
});
