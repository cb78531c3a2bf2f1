import { describe, expect, it } from "vitest";
import type { ConversationEvent } from "../schema.ts";
import { mixed } from "./mixed.ts";
import type { Source } from "./source.ts";

/** A conversation every so many seconds, each of an opening and a close. */
function every(seconds: number, name: string, { from = 0, count = 1_000 } = {}): Source {
  return {
    name,
    async *events(signal) {
      for (let i = 0; i < count && !signal.aborted; i++) {
        const base = { conversationId: `${name}-${i}`, atSeconds: from + i * seconds };
        yield { ...base, type: "opened", source: name, startedAt: null };
        yield { ...base, atSeconds: base.atSeconds + seconds / 2, type: "closed" };
      }
    },
  };
}
async function take(source: Source, count: number): Promise<ConversationEvent[]> {
  const events: ConversationEvent[] = [];
  const controller = new AbortController();
  for await (const event of source.events(controller.signal)) {
    events.push(event);
    if (events.length === count) controller.abort();
  }
  return events;
}

describe("a mixed source", () => {
  it("lets conversations begin by the shares, and leaves out all of those that it turns away", async () => {
    const source = mixed([
      { source: every(1, "a"), share: 4 },
      { source: every(1, "b"), share: 1 },
    ]);
    const events = await take(source, 1_000);
    const of = (name: string) => events.filter((e) => e.type === "opened" && e.conversationId.startsWith(name)).length;
    expect(of("a") / (of("a") + of("b"))).toBeCloseTo(0.8, 1);
    const opened = new Set(events.flatMap((e) => (e.type === "opened" ? [e.conversationId] : [])));
    expect(events.filter(({ conversationId }) => !opened.has(conversationId))).toEqual([]);
    const [, b] = source.counts();
    expect(b?.turnedAway).toBeGreaterThan(100);
  });

  it("gives events in the order of the clock", async () => {
    const events = await take(
      mixed([
        { source: every(3, "a"), share: 1 },
        { source: every(2, "b"), share: 1 },
      ]),
      200,
    );
    const times = events.map(({ atSeconds }) => atSeconds);
    expect(times).toEqual([...times].sort((x, y) => x - y));
  });

  it("turns none away of a part that always begins", async () => {
    const source = mixed([
      { source: every(1, "organic"), share: 1, always: true },
      { source: every(10, "simulated"), share: 3 },
    ]);
    await take(source, 400);
    expect(source.counts()[0]?.turnedAway).toBe(0);
    expect(source.counts()[1]?.turnedAway).toBe(0);
  });

  it("waits for nobody who is silent, and gives one that comes back no more than its share", async () => {
    const late = every(1, "late", { from: 300 });
    const source = mixed(
      [
        { source: every(1, "a"), share: 1 },
        { source: late, share: 1 },
      ],
      { idleSeconds: 30 },
    );
    const events = await take(source, 1_400);
    const opened = events.filter(({ type }) => type === "opened");
    const before = opened.filter(({ atSeconds }) => atSeconds < 300);
    expect(before).toHaveLength(300);
    const after = opened.filter(({ atSeconds }) => atSeconds >= 310);
    const share = after.filter(({ conversationId }) => conversationId.startsWith("late")).length / after.length;
    expect(share).toBeCloseTo(0.5, 1);
  });

  it("lets a part that gives out again what was given out do so before anything new", async () => {
    let replaying = false;
    const resumed: Source = {
      name: "resumed",
      get replaying() {
        return replaying;
      },
      async *events() {
        replaying = true;
        for (let i = 0; i < 3; i++) yield { conversationId: `old-${i}`, atSeconds: i, type: "closed" };
        replaying = false;
        yield { conversationId: "new", atSeconds: 10, type: "closed" };
      },
    };
    const source = mixed([
      { source: every(1, "a", { count: 3 }), share: 1 },
      { source: resumed, share: 1 },
    ]);
    const seen: (readonly [string, boolean | undefined])[] = [];
    for await (const { conversationId } of source.events(new AbortController().signal)) {
      seen.push([conversationId, source.replaying]);
    }
    expect(seen.slice(0, 4)).toEqual([
      ["old-0", true],
      ["old-1", true],
      ["old-2", true],
      ["a-0", false],
    ]);
    expect(seen).toContainEqual(["new", false]);
    expect(mixed([{ source: every(1, "a"), share: 1 }]).replaying).toBeUndefined();
  });

  it("ends with its last part, and passes on what breaks", async () => {
    const few = mixed([
      { source: every(1, "a", { count: 2 }), share: 1 },
      { source: every(1, "b", { count: 1 }), share: 1 },
    ]);
    expect((await take(few, 100)).filter(({ type }) => type === "closed").length).toBeGreaterThanOrEqual(2);
    const broken: Source = {
      name: "broken",
      async *events() {
        yield { conversationId: "x", atSeconds: 0, type: "closed" };
        throw new Error("it broke");
      },
    };
    await expect(take(mixed([{ source: broken, share: 1 }]), 100)).rejects.toThrow("it broke");
    const beside = mixed([
      { source: broken, share: 1 },
      { source: every(1, "a", { count: 1_000 }), share: 1 },
    ]);
    await expect(take(beside, 500)).rejects.toThrow("it broke");
  });

  it("ends at once when it is told to, though its parts wait", async () => {
    const silent: Source = {
      name: "silent",
      events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }),
    };
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    for await (const _ of mixed([{ source: silent, share: 1 }]).events(controller.signal)) throw new Error("an event");
    expect(controller.signal.aborted).toBe(true);
  });

  it("refuses a share that is none", () => {
    expect(() => mixed([{ source: every(1, "a"), share: 0 }])).toThrow("share must be above 0.");
  });
});
