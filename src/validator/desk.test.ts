import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, systemClock } from "../core/index.ts";
import { landmarkRows } from "../features/index.ts";
import type { ConversationEvent, Message, Transcript } from "../schema.ts";
import { createSimulator, replay } from "../sources/index.ts";
import { createDesk, type DeskAction, type DeskOptions } from "./desk.ts";

const options: DeskOptions = { landmarks: [{ messages: 2 }, { messages: 4 }, { seconds: 45 }], horizonSeconds: 120 };
const never = new AbortController().signal;
const later: ConversationEvent = { type: "closed", conversationId: "nobody", atSeconds: 1e12 };

async function actionsOf(
  transcripts: readonly Transcript[],
  changes: Partial<DeskOptions> = {},
): Promise<DeskAction[]> {
  const desk = createDesk({ ...options, ...changes }, { random: createRandom(1) });
  const { horizonSeconds: keepOpenSeconds } = { ...options, ...changes };
  const pace = { intervalSeconds: 30, seed: 1, speed: "max", keepOpenSeconds } as const;
  const source = replay(transcripts, pace, { clock: systemClock });
  const actions: DeskAction[] = [];
  for await (const event of source.events(never)) actions.push(...desk.accept(event));
  actions.push(...desk.accept(later));
  expect([desk.openQuestions, desk.openConversations]).toEqual([0, 0]);
  return actions;
}

const transcript = fc
  .record({
    gaps: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 0, maxLength: 12 }),
    offset: fc.integer({ min: 0, max: 20 }),
    clocked: fc.boolean(),
    convertedAt: fc.option(fc.integer({ min: 0, max: 300 }), { nil: null }),
    unknownMoment: fc.boolean(),
    after: fc.integer({ min: 0, max: 12 }),
  })
  .map(({ gaps, offset, clocked, convertedAt, unknownMoment, after }): Omit<Transcript, "id"> => {
    let now = offset;
    const messages = gaps.map((gap, i): Message => {
      now += gap;
      return { role: i % 3 === 0 ? "user" : "agent", text: "word ".repeat(i), atSeconds: clocked ? now : null };
    });
    const unknown = unknownMoment || !clocked;
    const outcome =
      convertedAt === null
        ? { converted: false, atSeconds: null, afterMessages: null }
        : {
            converted: true,
            atSeconds: unknown ? null : convertedAt,
            afterMessages: unknown ? Math.min(after, messages.length) : null,
          };
    return { source: "s", startedAt: null, messages, outcome };
  });

describe("the desk", () => {
  it("asks message by message exactly the questions, features and truths that landmarkRows finds in the finished conversations", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(transcript, { maxLength: 6 }), async (list) => {
        const transcripts = list.map((one, i): Transcript => ({ ...one, id: `c${i}` }));
        const actions = await actionsOf(transcripts);
        const key = (id: string, landmark: object) => `${id} ${JSON.stringify(landmark)}`;
        const asked = new Map(
          actions.flatMap((a) =>
            a.type === "ask" ? [[key(a.open.conversationId, a.open.landmark), a.open.question.features]] : [],
          ),
        );
        const truths = new Map(
          actions.flatMap((a) =>
            a.type === "settle" && a.truth !== null ? [[key(a.open.conversationId, a.open.landmark), a.truth]] : [],
          ),
        );
        const rows = transcripts.flatMap((one) => landmarkRows(one, options));
        expect(new Map(rows.map((row) => [key(row.conversationId, row.landmark), row.truth]))).toEqual(truths);
        // Beyond these it only asks what a conversion of the same moment then voids.
        const voided = actions.filter((action) => action.type === "settle" && action.truth === null);
        expect(asked.size).toBe(rows.length + voided.length);
        for (const row of rows) expect(asked.get(key(row.conversationId, row.landmark))).toEqual(row.features);
      }),
      { numRuns: 300 },
    );
  });

  it("at an elapsed-time landmark asks as often about the one as about the other", async () => {
    const seconds = 60;
    const transcripts = [...createSimulator({}, { random: createRandom(1) }).transcripts(1_000)];
    const byId = new Map(transcripts.map((one) => [one.id, one]));
    const asked = { landmarks: [{ seconds }], horizonSeconds: 1_800 };
    const actions = await actionsOf(transcripts, asked);
    const settled = actions.flatMap((action) => (action.type === "settle" ? [action] : []));
    expect(settled.length).toBe(transcripts.flatMap((one) => landmarkRows(one, asked)).length);
    // The last word has been said: what is left is silence, and perhaps a conversion.
    const silent = settled.filter(
      ({ open }) => (byId.get(open.conversationId)?.messages.at(-1)?.atSeconds ?? 0) <= seconds,
    );
    const converted = silent.filter(({ truth }) => truth?.converted === 1).length;
    expect(converted).toBeGreaterThan(0);
    expect(converted / silent.length).toBeLessThan(0.1);
    // Nobody is left out but those who have converted by then.
    const over = transcripts.filter(({ outcome }) => outcome.atSeconds !== null && outcome.atSeconds <= seconds);
    expect(settled.length + over.length).toBe(transcripts.length);
  });

  it("never settles before the truth's moment, and every question once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(transcript, { maxLength: 6 }), async (list) => {
        const actions = await actionsOf(list.map((one, i): Transcript => ({ ...one, id: `c${i}` })));
        const open = new Set<number>();
        let clock = Number.NEGATIVE_INFINITY;
        for (const action of actions) {
          if (action.type === "ask") open.add(action.open.number);
          else if (action.type === "settle") {
            expect(open.delete(action.open.number)).toBe(true);
            expect(action.settledAtSeconds).toBeGreaterThanOrEqual(Math.max(clock, action.open.askedAtSeconds));
            clock = action.settledAtSeconds;
          }
        }
        expect(open.size).toBe(0);
      }),
    );
  });

  const message = (atSeconds: number, clock: number | null = atSeconds): ConversationEvent => ({
    type: "message",
    conversationId: "a",
    atSeconds,
    message: { role: "user", text: "x", atSeconds: clock },
  });
  const opened: ConversationEvent = { type: "opened", conversationId: "a", source: "s", startedAt: null, atSeconds: 0 };
  const feed = (desk: ReturnType<typeof createDesk>, ...events: ConversationEvent[]) =>
    events.flatMap((event) => desk.accept(event));

  it("voids a question whose conversation is lost, or whose conversion is reported to lie before it", () => {
    const settled = (...end: ConversationEvent[]) => {
      const desk = createDesk({ ...options, landmarks: [{ messages: 2 }] }, { random: createRandom(1) });
      return feed(desk, opened, message(0), message(10), ...end).flatMap((a) =>
        a.type === "settle" ? [[a.truth, a.reason]] : [],
      );
    };
    expect(settled({ type: "lost", conversationId: "a", atSeconds: 20, reason: "source gone" })).toEqual([
      [null, "void: source gone"],
    ]);
    expect(settled({ type: "converted", conversationId: "a", atSeconds: 20, timeSeconds: 5 })).toEqual([
      [null, "void: converted at or before the landmark"],
    ]);
    const twice: ConversationEvent = { type: "converted", conversationId: "a", atSeconds: 20, timeSeconds: 20 };
    expect(settled(twice, twice)).toEqual([[{ converted: 1, timeSeconds: 20 }, "converted"]]);
  });

  it("gives blinded ids that are new for each question and tell nothing of the conversation", () => {
    const desk = createDesk({ ...options, landmarks: [{ messages: 1 }, { messages: 2 }] }, { random: createRandom(1) });
    const ids = feed(desk, opened, message(0), message(10)).flatMap((a) =>
      a.type === "ask" ? [a.open.question.sessionId] : [],
    );
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^q-[0-9a-f]{32}$/);
  });

  it("follows no conversation past the horizon, and voids what has neither outcome nor clock by then", () => {
    const desk = createDesk({ ...options, landmarks: [{ messages: 1 }] }, { random: createRandom(1) });
    feed(desk, opened, message(0, null), { ...opened, conversationId: "silent" });
    expect([desk.openConversations, desk.openQuestions]).toEqual([2, 1]);
    const later = feed(desk, { ...opened, conversationId: "c", atSeconds: 121 });
    expect(later.map((a) => a.type === "settle" && [a.truth, a.reason])).toEqual([
      [null, "void: no outcome and no clock by the horizon"],
    ]);
    expect([desk.openConversations, desk.openQuestions]).toEqual([1, 0]);
  });

  it("turns conversations away beyond its bound, and ignores what belongs to none", () => {
    const desk = createDesk({ ...options, maxConversations: 1 }, { random: createRandom(1) });
    feed(desk, opened, opened, { ...opened, conversationId: "b" });
    expect([desk.openConversations, desk.turnedAway]).toEqual([1, 1]);
    expect(feed(desk, { type: "closed", conversationId: "b", atSeconds: 1 })).toEqual([]);
  });
});
