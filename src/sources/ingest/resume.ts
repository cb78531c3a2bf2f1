import type { ConversationEvent } from "../../schema.ts";
import type { EventStore } from "./event-store.ts";
import { compareEvents, type IngestEvent } from "./events.ts";
import { advance, type CutOptions, conversationEvents, createHeld, type Held, hold } from "./held.ts";

/** What was under way when the store was opened. */
export interface Restored {
  readonly held: Map<string, Held>;
  readonly lastCut: number;
  /** How long nobody was here, when that is longer than allowed; else null. */
  readonly awaySeconds: number | null;
  /** What was given out before, cut by cut, once. */
  events(): Generator<ConversationEvent, void, undefined>;
}

interface OldCut {
  readonly cut: number;
  readonly events: IngestEvent[];
  readonly opens: boolean;
  readonly held: Pick<Held, "state" | "firstMs">;
}

/** Rebuilds conversations from the store: what was given out moves them on, the rest is held again. */
export function restore(
  store: EventStore,
  options: CutOptions & { readonly nowMs: number; readonly maxAwaySeconds: number },
): Restored {
  const { aliveAtMs } = store;
  const gapSeconds = aliveAtMs === null ? 0 : (options.nowMs - aliveAtMs) / 1_000;
  const away = gapSeconds > options.maxAwaySeconds;
  if (away) store.markAway();
  const held = new Map<string, Held>();
  let cuts: OldCut[] = [];
  let lastCut = 0;
  for (const { state, events } of store.resume()) {
    const one = createHeld({ ...state, stage: "asking", boundaryMs: null });
    const old = new Map<number, IngestEvent[]>();
    for (const { event, cut } of events) {
      if (cut === null) continue;
      old.set(cut, [...(old.get(cut) ?? []), event]);
    }
    for (const [cut, given] of [...old].sort(([a], [b]) => a - b)) {
      given.sort(compareEvents);
      const opens = one.state.boundaryMs === null;
      advance(one, given, given.at(-1)?.atMs ?? 0, options);
      one.received += given.filter(({ type }) => type === "message").length;
      cuts.push({ cut, events: given, opens, held: { state: one.state, firstMs: one.firstMs } });
      lastCut = Math.max(lastCut, cut);
    }
    const stage = one.state.stage === "done" ? "done" : state.stage;
    one.state = { ...one.state, stage, boundaryMs: state.boundaryMs };
    for (const { event, cut } of events) if (cut === null) hold(one, event);
    held.set(state.id, one);
  }
  cuts.sort((a, b) => a.cut - b.cut);
  return {
    held,
    lastCut,
    awaySeconds: away ? gapSeconds : null,
    *events() {
      const once = cuts;
      cuts = [];
      for (const { events, opens, held: then } of once) yield* conversationEvents(then, events, opens);
    },
  };
}
