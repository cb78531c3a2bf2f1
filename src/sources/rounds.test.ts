import { afterEach, describe, expect, it } from "vitest";
import { createManualClock, createRandom } from "../core/index.ts";
import type { ConversationEvent } from "../schema.ts";
import { openStore, type Store } from "../store/index.ts";
import { INGEST_SCHEMA } from "./ingest/index.ts";
import { commitmentOf, createRoundLog, simulatedRounds } from "./rounds.ts";
import { createSimulator } from "./simulator.ts";

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
async function setUp() {
  const store = await openStore(":memory:", { schemas: [INGEST_SCHEMA] });
  stores.push(store);
  const clock = createManualClock(1_795_687_200_000);
  return { store, clock, log: createRoundLog({ store, clock }) };
}
const signal = () => new AbortController().signal;

describe("simulated rounds", () => {
  it("show a hash first, and the seed when all of a round is over: then anybody can make it again", async () => {
    const { clock, log } = await setUp();
    const options = { perRound: 3, rounds: 2, intervalSeconds: 60, speed: "max" } as const;
    const source = simulatedRounds(options, { clock, log, random: createRandom(7) });
    const seen: ConversationEvent[] = [];
    let shownBefore = 0;
    for await (const event of source.events(signal())) {
      const prefix = event.conversationId.slice(4, 20);
      const round = log.list().find(({ commitment }) => commitment.startsWith(prefix));
      if (round?.seed === null) shownBefore += 1;
      seen.push(event);
    }
    expect(shownBefore).toBe(seen.length);
    const rounds = log.list();
    expect(rounds.map(({ round, whole, count }) => [round, whole, count])).toEqual([
      [2, true, 3],
      [1, true, 3],
    ]);
    expect(rounds[0]?.seed).not.toBe(rounds[1]?.seed);
    for (const { seed, commitment, settings } of rounds) {
      expect(commitmentOf(seed ?? "")).toBe(commitment);
      const again = createSimulator(JSON.parse(settings), { seed: seed ?? "" });
      const said = seen.filter(({ conversationId }) => conversationId === again.transcript(1).id);
      expect(said.flatMap((event) => (event.type === "message" ? [event.message] : []))).toEqual(
        again.transcript(1).messages,
      );
    }
  });

  it("tell the seed of a round that broke off, and say that it did", async () => {
    const { clock, log } = await setUp();
    const options = { perRound: 3, intervalSeconds: 60, speed: "max" } as const;
    for await (const _ of simulatedRounds(options, { clock, log }).events(signal())) break;
    expect(log.list()).toMatchObject([{ seed: null, whole: false, endedAtMs: null }]);
    for await (const _ of simulatedRounds(options, { clock, log }).events(signal())) break;
    expect(log.list()).toMatchObject([{ seed: null }, { seed: expect.stringMatching(/^[0-9a-f]{32}$/), whole: false }]);
  });

  it("are on the clock of live conversations at speed 1", async () => {
    const { clock, log } = await setUp();
    const sleep = async (ms: number) => clock.advance(ms);
    const options = { perRound: 1, rounds: 1, intervalSeconds: 60 };
    const times: number[] = [];
    for await (const event of simulatedRounds(options, { clock, log, sleep }).events(signal())) {
      times.push(event.atSeconds * 1_000 - clock.nowMs());
    }
    expect(times.length).toBeGreaterThan(3);
    for (const behind of times) expect(Math.abs(behind)).toBeLessThan(1);
  });

  it("refuse a pace that is none", async () => {
    const { clock, log } = await setUp();
    expect(() => simulatedRounds({ intervalSeconds: 0 }, { clock, log })).toThrow("intervalSeconds must be above 0.");
    expect(log.list()).toEqual([]);
  });
});
