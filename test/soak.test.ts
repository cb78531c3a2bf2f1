import { getEventListeners } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createLogger, createRandom, systemClock } from "../src/core/index.ts";
import type { AskResult } from "../src/protocol/index.ts";
import type { Question } from "../src/schema.ts";
import { createSimulator, replay, type Source } from "../src/sources/index.ts";
import { openStore } from "../src/store/index.ts";
import { createSqliteHistory, createValidatorDrift, HISTORY_SCHEMA } from "../src/validator/index.ts";
import { type Asking, ledger, make, miners, prepare, stopAll } from "./support/validator.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** `SOAK_QUESTIONS=200000 npx vitest run test/soak.test.ts`; CI asks 20,000. It takes a minute of a core, so it runs when it is asked for. */
const QUESTIONS = Number(process.env.SOAK_QUESTIONS ?? 0);
/** A folder in memory where there is one: how long a disk takes to sync has no part in this. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
/** Of the heap. What a miner's figures remember (5,000 answers) is full when a third of 20,000 questions lies behind. */
const SAMPLES = 36;
const QUESTIONS_PER_BLOCK = 50;

/** Miners in this process: one forecasts, one does and fails at times. What they say over HTTP is other tests' matter. */
function asking(): { readonly ask: Asking; readonly broken: () => number } {
  let asked = 0;
  let broken = 0;
  const answer = ({ features }: Question, tilt: number): AskResult => {
    const confidence = Math.min(0.95, 0.05 + tilt + (features.user_messages_count ?? 0) / 20);
    const conversionHappened = confidence > 0.5 ? 1 : 0;
    const timeToConversionSeconds = conversionHappened === 1 ? 90 : -1;
    const said = { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds: 90 } as const;
    return { ok: true, answer: said, latencySeconds: 0.01 };
  };
  const ask: Asking = async ({ hotkey }, question) => {
    asked += 1;
    if (hotkey === miners[0]?.address) return answer(question, 0.1);
    if (asked % 101 === 0) {
      broken += 1;
      throw new Error("a client that breaks");
    }
    if (asked % 11 !== 0) return answer(question, (asked % 5) / 10);
    return { ok: false, reason: "timeout", status: null, latencySeconds: 1, message: "late" };
  };
  return { ask, broken: () => broken };
}

/** What the process holds open, but for the runner's files. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (name !== "FSReqCallback") counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Simulated conversations, one after another for ever; remembers the signal that it is stopped by. */
function conversations(): Source & { readonly listeners: () => number } {
  const inner = replay(
    createSimulator({}, { seed: "soak" }).transcripts(),
    { intervalSeconds: 20, seed: "soak", speed: "max", keepOpenSeconds: 0 },
    { clock: systemClock },
  );
  let heard: AbortSignal | null = null;
  return {
    name: inner.name,
    events(signal) {
      heard = signal;
      return inner.events(signal);
    },
    listeners: () => (heard === null ? 0 : getEventListeners(heard, "abort").length),
  };
}

it.skipIf(QUESTIONS === 0)(
  `holds no more after ${QUESTIONS.toLocaleString("en")} questions than after a third of them`,
  async () => {
    await prepare();
    const before = handles();
    const folder = mkdtempSync(join(FOLDER, "soak-"));
    const store = await openStore(join(folder, "history.db"), { schemas: [HISTORY_SCHEMA] });
    const source = conversations();
    const { ask, broken } = asking();
    const drift = createValidatorDrift();
    const samples: { settled: number; heap: number; listeners: number; timers: number; inFlight: number }[] = [];
    let errors = 0;
    const write = (line: string) => {
      errors += line.includes('"level":"error"') ? 1 : 0;
    };
    let settled = 0;
    const started = process.cpuUsage();
    const validator = make(
      source,
      ask,
      {
        landmarks: [{ messages: 4 }, { messages: 8 }],
        maxSettled: QUESTIONS,
        chainPollMs: 50,
        epochLength: 20,
        setWeights: true,
      },
      {
        history: createSqliteHistory(store),
        random: createRandom("soak"),
        logger: createLogger({ level: "info", format: "json", write, nowMs: () => 0 }),
        drift,
        onSettled: () => {
          settled += 1;
          if (settled % QUESTIONS_PER_BLOCK === 0) ledger.produceBlock();
          if (settled % Math.ceil(QUESTIONS / SAMPLES) !== 0) return;
          collect();
          const sample = {
            settled,
            heap: process.memoryUsage().heapUsed,
            listeners: source.listeners(),
            timers: handles().Timeout ?? 0,
            inFlight: validator.status().inFlight,
          };
          samples.push(sample);
          if (process.env.SOAK_QUESTIONS !== undefined) console.log("soak", sample);
        },
      },
    );
    await validator.start();
    expect(validator.status().running).toBe(true);
    await validator.finished;
    const { user, system } = process.cpuUsage(started);
    const status = validator.status();
    const info = await createSqliteHistory(store).info();
    await stopAll();
    await store.close();
    rmSync(folder, { recursive: true });
    const after = handles();

    const least = (part: typeof samples) => Math.min(...part.map(({ heap }) => heap));
    const third = Math.floor(samples.length / 3);
    const early = least(samples.slice(third, third + 6));
    const late = least(samples.slice(-6));
    const most = (name: "listeners" | "timers") => Math.max(...samples.map((sample) => sample[name]));
    const { questions, void: voided, weightsSet, failures } = status;
    console.log("soak", {
      ...{ questions, settled, voided, weightsSet, failures, broken: broken() },
      ...{ earlyMB: early / 1e6, lateMB: late / 1e6, ratio: late / early },
      ...{ listeners: most("listeners"), timers: most("timers"), cpuSeconds: (user + system) / 1e6 },
    });
    expect(late / early).toBeLessThan(1.08);
    // The source's own and the judge's; a timer each for the chain, the pace, and questions that have their places.
    expect(most("listeners")).toBeLessThanOrEqual(4);
    expect(most("timers")).toBeLessThan(30);
    expect(source.listeners()).toBe(0);
    expect(after.Timeout ?? 0).toBeLessThanOrEqual((before.Timeout ?? 0) + 1);
    expect({ ...after, Timeout: 0 }).toEqual({ ...before, Timeout: 0 });
    // What it says of itself is what it did, and what the history says.
    expect(status).toMatchObject({ running: false, settled: QUESTIONS, failures: 0, turnedAway: 0, unasked: 0 });
    expect(status).toMatchObject({ questions: info.questions, settled: info.settled, void: info.void });
    expect(info.open).toBe(info.questions - info.settled - info.void);
    expect(errors).toBe(broken());
    expect(weightsSet).toBeGreaterThan(0);
  },
  3_600_000,
);
