import { expect, test } from "vitest";
import { createRandom, systemClock } from "../core/index.ts";
import type { ConversationEvent } from "../schema.ts";
import { type SimulatedOptions, type SimulatedSource, simulated } from "./simulated.ts";

const options: SimulatedOptions = { intervalSeconds: 20, speed: "max", count: 20 };
const modules = { clock: systemClock };

async function collect(source: SimulatedSource): Promise<ConversationEvent[]> {
  const events: ConversationEvent[] = [];
  for await (const event of source.events(new AbortController().signal)) events.push(event);
  return events;
}

test("plays the simulator's conversations, each to its end", async () => {
  const source = simulated(options, { ...modules, random: createRandom(1) });
  const events = await collect(source);
  const ids = [...source.simulator.transcripts(20)].map(({ id }) => id);
  expect(events.filter(({ type }) => type === "opened").map(({ conversationId }) => conversationId)).toEqual(ids);
  expect(events.filter(({ type }) => type === "closed").length).toBe(20);
  expect(source.name).toBe("simulated");
  expect(await collect(source)).toEqual(events);
});

test("the same seed gives the same events, and a revealed one too", async () => {
  const first = simulated(options, { ...modules, random: createRandom(1) });
  const again = simulated(options, { ...modules, random: createRandom(1) });
  const checked = simulated({ ...options, seed: first.simulator.seed }, modules);
  const events = await collect(first);
  expect(await collect(again)).toEqual(events);
  expect(await collect(checked)).toEqual(events);
});

test("defect 8: without a seed no two sources give the same events", async () => {
  const [a, b] = [simulated(options, modules), simulated(options, modules)];
  const story = (events: readonly ConversationEvent[]) =>
    JSON.stringify(events.map(({ atSeconds, type }) => [atSeconds, type]));
  expect(story(await collect(a))).not.toBe(story(await collect(b)));
});

test("goes on for ever without a count", async () => {
  let opened = 0;
  const { count: _, ...endless } = options;
  for await (const { type } of simulated(endless, modules).events(new AbortController().signal)) {
    if (type === "opened" && ++opened === 300) break;
  }
  expect(opened).toBe(300);
});
