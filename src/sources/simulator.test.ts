import { describe, expect, test } from "vitest";
import { createRandom } from "../core/index.ts";
import { landmarkRows } from "../features/index.ts";
import { featuresSchema, type Landmark, type Transcript } from "../schema.ts";
import { createSimulator } from "./simulator.ts";

const simulator = createSimulator({}, { random: createRandom(1) });
const transcripts = [...simulator.transcripts(1_500)];
const HORIZON = 1800;
const quantile = (values: readonly number[], p: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(p * (values.length - 1))] ?? Number.NaN;
const rowsAt = (all: readonly Transcript[], landmarks: readonly Landmark[]) =>
  all.flatMap((transcript) => landmarkRows(transcript, { landmarks, horizonSeconds: HORIZON }));

test("conversations are mostly of 6 to 40 messages and last a few minutes", () => {
  const lengths = transcripts.map(({ messages }) => messages.length);
  expect(lengths.filter((length) => length >= 6 && length <= 40).length / lengths.length).toBeGreaterThan(0.7);
  const durations = transcripts.map(({ messages }) => messages.at(-1)?.atSeconds ?? 0);
  expect(quantile(durations, 0.5)).toBeGreaterThan(90);
  expect(quantile(durations, 0.9)).toBeLessThan(600);
});

test("time to conversion spreads over 60 to 400 seconds", () => {
  const times = transcripts.flatMap(({ outcome }) => (outcome.atSeconds === null ? [] : [outcome.atSeconds]));
  expect(times.filter((time) => time >= 60 && time <= 400).length / times.length).toBeGreaterThan(0.8);
  expect(quantile(times, 0.9) / quantile(times, 0.1)).toBeGreaterThan(2.5);
});

test("about half of the questions asked come true", () => {
  for (const landmark of [{ messages: 4 }, { messages: 8 }]) {
    const rows = rowsAt(transcripts, [landmark]);
    const rate = rows.filter(({ truth }) => truth.converted === 1).length / rows.length;
    expect(rate).toBeGreaterThan(0.42);
    expect(rate).toBeLessThan(0.58);
  }
});

test("most conversations begin in business hours and on weekdays, within four weeks", () => {
  const starts = transcripts.map(({ startedAt }) => new Date(startedAt ?? ""));
  const share = (of: (date: Date) => boolean) => starts.filter(of).length / starts.length;
  expect(share((date) => date.getUTCHours() >= 9 && date.getUTCHours() <= 17)).toBeGreaterThan(0.7);
  expect(share((date) => date.getUTCDay() % 6 === 0)).toBeLessThan(0.25);
  expect(share((date) => date >= new Date("2025-01-06") && date < new Date("2025-02-03"))).toBe(1);
});

test("more appeal converts more, and settings are refused by name", () => {
  const rate = (appeal: number) => {
    const all = [...createSimulator({ appeal }, { random: createRandom(1) }).transcripts(400)];
    return all.filter(({ outcome }) => outcome.converted).length;
  };
  expect(rate(1)).toBeGreaterThan(rate(0));
  expect(rate(0)).toBeGreaterThan(rate(-1));
  const short = createSimulator({ maxMessages: 5 }, { random: createRandom(1) });
  for (const { messages } of short.transcripts(100)) expect(messages.length).toBeLessThanOrEqual(6);
});

test.each([
  ["appeal", Number.NaN],
  ["maxMessages", 0],
  ["horizonSeconds", 0],
  ["rollouts", 1.5],
  ["firstDay", "someday"],
])("refuses %s = %s", (argument, value) => {
  expect(() => createSimulator({ [argument]: value })).toThrow(expect.objectContaining({ argument }));
});

describe("the seed", () => {
  test("tells everything: the same seed gives the same conversations and forecasts", () => {
    const again = createSimulator({}, { random: createRandom(1) });
    expect([...again.transcripts(50)]).toEqual(transcripts.slice(0, 50));
    for (const { id } of transcripts.slice(0, 50)) {
      expect(again.bestProbability(id, { messages: 4 })).toBe(simulator.bestProbability(id, { messages: 4 }));
    }
  });

  test("makes conversation i the same whatever was made before", () => {
    const other = createSimulator({}, { random: createRandom(1) });
    expect(other.transcript(40)).toEqual(transcripts[40]);
    expect(other.transcript(7)).toEqual(transcripts[7]);
    expect([...other.transcripts(2, 10)]).toEqual(transcripts.slice(10, 12));
    expect(() => other.transcript(-1)).toThrow(expect.objectContaining({ argument: "index" }));
  });

  test("once revealed, lets anybody make the same conversations again", () => {
    const revealed = createSimulator({}, { seed: simulator.seed });
    expect(revealed.transcript(3)).toEqual(transcripts[3]);
    expect(simulator.seed).toMatch(/^[0-9a-f]{32}$/);
  });

  test("defect 8: without a seed two simulators differ in ids, words, times and outcomes", () => {
    const [a, b] = [createSimulator(), createSimulator()].map((fresh) => [...fresh.transcripts(40)]);
    const parts: ((all: readonly Transcript[] | undefined) => unknown)[] = [
      (all) => all?.map(({ id }) => id),
      (all) => all?.map(({ messages }) => messages.map(({ text }) => text)),
      (all) => all?.map(({ messages }) => messages.map(({ atSeconds }) => atSeconds)),
      (all) => all?.map(({ outcome }) => outcome),
    ];
    for (const part of parts) expect(part(a)).not.toEqual(part(b));
  });
});

test("defect 41: features of simulated conversations agree with each other and with the table", () => {
  const rows = rowsAt(transcripts.slice(0, 300), [{ messages: 4 }, { messages: 8 }]);
  for (const { features } of rows) {
    expect(featuresSchema.parse(features)).toEqual(features);
    expect(features.response_gap_max).toBe(features.max_response_time_seconds);
    const { hour_of_day: hour, is_business_hours: open } = features;
    expect(open).toBe(hour !== null && hour >= 9 && hour <= 17 ? 1 : 0);
  }
});

test("defect 47: simulated conversations carry their outcomes, of both classes", () => {
  const rows = rowsAt(transcripts.slice(0, 50), [{ messages: 4 }]);
  expect(new Set(rows.map(({ truth }) => truth.converted))).toEqual(new Set([0, 1]));
  for (const { truth, fromSeconds } of rows) {
    if (truth.converted === 1) expect(truth.timeSeconds).toBeGreaterThan(fromSeconds ?? Number.NaN);
  }
});

describe("bestProbability", () => {
  test("is there for every question that an honest validator asks, and for no other", () => {
    for (const landmark of [{ messages: 4 }, { messages: 8 }, { seconds: 45 }, { seconds: 200 }]) {
      const asked = new Set(rowsAt(transcripts.slice(0, 400), [landmark]).map(({ conversationId }) => conversationId));
      for (const { id } of transcripts.slice(0, 400)) {
        const p = simulator.bestProbability(id, landmark);
        if (asked.has(id)) expect(p).toBeDefined();
        else expect(p).toBeUndefined();
        if (p !== undefined) expect(p >= 0 && p <= 1).toBe(true);
      }
    }
  });

  test("is undefined for conversations of other simulators and other sources", () => {
    const other = createSimulator({}, { random: createRandom(2) });
    const prefix = simulator.transcript(0).id.slice(0, -1);
    for (const id of [other.transcript(0).id, "star-00006", "", prefix, `${prefix}1e3`, `${prefix}-1`]) {
      expect(simulator.bestProbability(id, { messages: 4 })).toBeUndefined();
    }
  });

  test.each([[{ messages: 4 }], [{ messages: 8 }], [{ seconds: 60 }]])(
    "is calibrated at %o: of questions given p, the share p comes true",
    (landmark) => {
      const rows = rowsAt(transcripts, [landmark]).map(({ conversationId, truth }) => ({
        p: simulator.bestProbability(conversationId, landmark) ?? Number.NaN,
        converted: truth.converted,
      }));
      for (const low of [0, 0.25, 0.5, 0.75]) {
        const bucket = rows.filter(({ p }) => p >= low && p < low + 0.25);
        const bias = bucket.reduce((sum, { p, converted }) => sum + converted - p, 0) / bucket.length;
        expect(bucket.length).toBeGreaterThan(50);
        expect(Math.abs(bias)).toBeLessThan(0.09);
      }
    },
  );
});
