import { createDeferred, InvalidArgumentError } from "../core/index.ts";
import type { ConversationEvent } from "../schema.ts";
import type { Source } from "./source.ts";

/** One of the sources of a {@link mixed} one. */
export interface MixedPart {
  readonly source: Source;
  /** Its part of the conversations that begin, beside the others' numbers: 4 and 1 are four of five and one of five. */
  readonly share: number;
  /** True = none of its conversations is turned away: the others keep to their share of it. Default false. */
  readonly always?: boolean;
}
/** A source that also tells how many conversations of each part it let begin, and turned away. */
export interface MixedSource extends Source {
  counts(): readonly { readonly name: string; readonly begun: number; readonly turnedAway: number }[];
}

interface Part extends MixedPart {
  begun: number;
  turnedAway: number;
  /** Conversations begun over the share: the part that is behind is let begin. */
  level: number;
  beginsAtSeconds: number | null;
}
interface Slot {
  readonly part: Part;
  readonly iterator: AsyncIterator<ConversationEvent>;
  event: ConversationEvent | null;
  ended: boolean;
  taken: ReturnType<typeof createDeferred<void>>;
}

/** Conversations turned away whose later events are left out; older ones are forgotten, and the desk knows nothing of them either. */
const MAX_TURNED_AWAY = 100_000;

/**
 * Several sources as one: organic conversations and simulated ones, for example. Which conversations begin follows the shares,
 * as long as each part has some: one that brought none for `idleSeconds` holds up nobody, and gets no more than its share when it
 * comes back. Events are given out in the order of their clock where several are there, else as they come; all parts have to
 * be on the same clock.
 *
 * @throws {InvalidArgumentError} naming the share.
 * @example
 * const source = mixed([{ source: live.source, share: 4, always: true }, { source: rounds, share: 1 }]);
 * for await (const event of source.events(signal)) event.type; // "opened"
 */
export function mixed(
  parts: readonly MixedPart[],
  { idleSeconds = 60, name = "mixed" }: { readonly idleSeconds?: number; readonly name?: string } = {},
): MixedSource {
  const shares = parts.reduce((sum, { share }) => sum + share, 0);
  for (const { share } of parts) {
    if (share > 0 && Number.isFinite(share)) continue;
    throw new InvalidArgumentError({ argument: "share", problem: "must be above 0", value: share });
  }
  const all = parts.map((part): Part => ({ ...part, begun: 0, turnedAway: 0, level: 0, beginsAtSeconds: null }));
  /** The part that gives out again what it gave out before a restart. */
  let current: Source | null = null;

  const admits = (part: Part, atSeconds: number): boolean => {
    const busy = ({ beginsAtSeconds }: Part) => beginsAtSeconds !== null && atSeconds - beginsAtSeconds <= idleSeconds;
    const others = all.filter((other) => other !== part && busy(other));
    const least = Math.min(...others.map(({ level }) => level));
    if (others.length > 0 && !busy(part)) part.level = Math.max(part.level, least);
    part.beginsAtSeconds = atSeconds;
    if (others.length > 0 && part.level > least && part.always !== true) return false;
    part.level += shares / part.share;
    return true;
  };

  async function* merge(signal: AbortSignal): AsyncGenerator<ConversationEvent, void, undefined> {
    let news = createDeferred<void>();
    const failures: unknown[] = [];
    const slots = all.map((part): Slot => {
      const iterator = part.source.events(signal)[Symbol.asyncIterator]();
      return { part, iterator, event: null, ended: false, taken: createDeferred<void>() };
    });
    /** Fetches one event ahead of each part, so that one that has none now keeps nobody waiting. */
    const pump = async (slot: Slot) => {
      try {
        if (slot.event !== null) await slot.taken.promise;
        for (let next = await slot.iterator.next(); next.done !== true; next = await slot.iterator.next()) {
          slot.event = next.value;
          slot.taken = createDeferred<void>();
          news.resolve();
          await slot.taken.promise;
        }
      } catch (error) {
        failures.push(error);
      }
      slot.ended = true;
      news.resolve();
    };
    const onAbort = () => news.resolve();
    signal.addEventListener("abort", onAbort);
    const turnedAway = new Set<string>();
    try {
      // What was given out before a restart comes first, part by part: nothing new may be asked in between.
      for (const slot of slots.filter(({ part }) => part.source.replaying !== undefined)) {
        for (;;) {
          const next = await slot.iterator.next();
          if (next.done === true || slot.part.source.replaying !== true) {
            slot.ended = next.done === true;
            slot.event = next.done === true ? null : next.value;
            break;
          }
          current = slot.part.source;
          yield next.value;
        }
      }
      current = null;
      for (const slot of slots) if (!slot.ended) void pump(slot);
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (!signal.aborted) {
        // Also while another part always has something.
        if (failures.length > 0) throw failures[0];
        let first: (Slot & { event: ConversationEvent }) | null = null;
        for (const slot of slots) {
          const { event } = slot;
          if (event === null || (first !== null && first.event.atSeconds <= event.atSeconds)) continue;
          first = Object.assign(slot, { event });
        }
        if (first === null) {
          if (slots.every(({ ended }) => ended)) return;
          await news.promise;
          news = createDeferred<void>();
          continue;
        }
        const { event, part } = first;
        const { conversationId } = event;
        if (event.type === "opened") {
          if (admits(part, event.atSeconds)) {
            part.begun += 1;
            turnedAway.delete(conversationId);
          } else {
            part.turnedAway += 1;
            turnedAway.add(conversationId);
            if (turnedAway.size > MAX_TURNED_AWAY) turnedAway.delete(turnedAway.values().next().value ?? "");
          }
        }
        if (!turnedAway.has(conversationId)) yield event;
        Object.assign(first, { event: null });
        // Only now: to a source, what it is asked for next says that its last was taken.
        first.taken.resolve();
        // A part that is ready has its turn, so that the clock's order holds among those that always are.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      for (const { iterator, taken } of slots) {
        taken.resolve();
        void Promise.resolve(iterator.return?.()).catch(() => undefined);
      }
    }
  }
  const source: MixedSource = {
    name,
    events: merge,
    counts: () => all.map(({ source, begun, turnedAway }) => ({ name: source.name, begun, turnedAway })),
  };
  // Whether it ever gives out again is known by whether any of its parts does.
  if (all.some((part) => part.source.replaying !== undefined)) {
    Object.defineProperty(source, "replaying", { get: () => current !== null, enumerable: true });
  }
  return source;
}
