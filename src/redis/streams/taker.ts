import { type Clock, errorText, type Logger, withTimeout } from "../../core/index.ts";
import { EventRefusedError, type EventResult, type Live } from "../../sources/index.ts";
import type { Letter } from "./entries.ts";

/** What is told of an entry to whoever keeps it. */
export interface Settle {
  acknowledge(ids: readonly string[]): Promise<void>;
  bury(id: string, reason: string): Promise<void>;
  /** Notes that it is tried alone. @returns how often it was, this time included, by workers that are gone as well. */
  begin(id: string): Promise<number>;
  /** This time does not count. */
  forgive(id: string): Promise<void>;
  /** It is over: nothing of it need be known. */
  forget(id: string): Promise<void>;
}
/** Hands entries to a sink; see {@link createTaker}. */
export interface Taker {
  /** All that is new. */
  take(letters: readonly Letter[]): Promise<void>;
  /** What may have ended workers before: one after another. */
  takeSuspects(letters: readonly Letter[]): Promise<void>;
  /** Tries again what is due. */
  retry(): Promise<void>;
  has(id: string): boolean;
  readonly later: number;
  /** How long nothing should be read, and until the next one is due; 0 = now. */
  readonly pauseMs: number;
  readonly nextDueMs: number;
  /** The sink takes nothing at all. */
  readonly isDown: boolean;
  readonly counts: Readonly<Record<"accepted" | "duplicates" | "dead" | "failed", number>>;
}

interface Trying {
  readonly letter: Letter;
  /** It failed together with others: from now on it is tried alone. */
  alone: boolean;
  dueMs: number;
  /** How many events the sink had taken when this one failed last; null = it has not failed. */
  takenThen: number | null;
}

/** So many failures with no success between them: it is not the entries, it is the sink. */
const DOWN_AFTER = 8;
const BACKOFF = { firstMs: 200, mostMs: 10_000 };
const REASON_LENGTH = 300;
const backoffMs = (times: number) => Math.min(BACKOFF.firstMs * 2 ** Math.max(0, times - 1), BACKOFF.mostMs);
const firstLine = (error: unknown) => errorText(error).split("\n", 1)[0]?.slice(0, REASON_LENGTH) ?? "";
/** A sink that asks for patience: its events are none the worse. */
const patienceMs = (error: unknown): number | null =>
  error instanceof EventRefusedError && error.retryAfterSeconds !== null
    ? Math.min(error.retryAfterSeconds * 1_000, BACKOFF.mostMs)
    : null;

/**
 * Hands entries to a sink that knows events by their ids: together, and where that fails, each alone. What is taken, or known, is
 * acknowledged, and not before; what is refused for good goes to the dead letters, and so does what fails again and again while others
 * do not. A sink that takes nothing condemns nobody: its entries wait.
 */
export function createTaker(
  { maxAttempts, sinkTimeoutMs }: { readonly maxAttempts: number; readonly sinkTimeoutMs: number },
  { sink, settle, clock, logger }: { sink: Pick<Live, "accept">; settle: Settle; clock: Clock; logger: Logger },
): Taker {
  const counts = { accepted: 0, duplicates: 0, dead: 0, failed: 0 };
  const later = new Map<string, Trying>();
  let failing = 0;
  let pausedUntilMs = 0;
  const taken = () => counts.accepted + counts.duplicates;
  const pause = (ms: number) => {
    pausedUntilMs = Math.max(pausedUntilMs, clock.monotonicMs() + ms);
  };
  const ask = (source: string, letters: readonly Letter[]): Promise<EventResult[]> =>
    withTimeout(
      () =>
        sink.accept(
          source,
          letters.map(({ event }) => event),
        ),
      { timeoutMs: sinkTimeoutMs, what: "The sink" },
    );
  const postpone = (one: Trying, ms: number) => {
    one.dueMs = clock.monotonicMs() + ms;
    later.set(one.letter.id, one);
  };
  const bury = async ({ letter }: Trying, reason: string) => {
    await settle.bury(letter.id, reason);
    later.delete(letter.id);
    counts.dead += 1;
    logger.warn("An event went to the dead letters", { entry: letter.id, source: letter.source, reason });
  };
  const postponeAll = (some: readonly Trying[], waitMs: number) => {
    for (const one of some) postpone(one, waitMs);
    pause(waitMs);
  };

  /** What the sink said of events, each by its own. */
  const settleAll = async (some: readonly Trying[], results: readonly (EventResult | undefined)[]) => {
    const over: Trying[] = [];
    for (const [i, one] of some.entries()) {
      const result = results[i];
      const waitMs = result?.status === "refused" ? patienceMs(result.error) : null;
      // One without a result is asked about again.
      if (result === undefined || waitMs !== null) postpone(one, waitMs ?? backoffMs(1));
      else if (result.status === "refused") await bury(one, `${result.error.code}: ${result.error.shortMessage}`);
      else {
        over.push(one);
        counts[result.status === "accepted" ? "accepted" : "duplicates"] += 1;
      }
    }
    if (over.length === 0) return;
    failing = 0;
    await settle.acknowledge(over.map(({ letter }) => letter.id));
    for (const { letter } of over) later.delete(letter.id);
  };

  const tryAlone = async (one: Trying): Promise<void> => {
    const { id, source } = one.letter;
    const times = await settle.begin(id);
    if (times > maxAttempts)
      return bury(one, `WORKERS_ENDED: ${maxAttempts} workers that tried it alone were not heard of again`);
    const results = await ask(source, [one.letter]).catch(async (error: unknown) => {
      const waitMs = patienceMs(error);
      if (waitMs !== null) {
        await settle.forgive(id);
        postponeAll([one], waitMs);
        return null;
      }
      counts.failed += 1;
      failing += 1;
      if (failing >= DOWN_AFTER) pause(backoffMs(failing - DOWN_AFTER));
      const proven = one.takenThen === null || taken() > one.takenThen;
      one.takenThen = taken();
      if (proven && times >= maxAttempts) {
        await bury(one, `SINK_FAILED: ${firstLine(error)}`);
        return null;
      }
      logger.debug("An event failed", { entry: id, times, error: firstLine(error) });
      if (!proven) await settle.forgive(id);
      postpone(one, backoffMs(times));
      return null;
    });
    if (results === null) return;
    await settleAll([one], results);
    if (!later.has(id)) await settle.forget(id);
    else await settle.forgive(id);
  };
  const tryEachAlone = async (some: readonly Trying[]) => {
    for (const [i, one] of some.entries()) {
      one.alone = true;
      // The others keep their place; one of them is tried when the pause is over.
      if (failing >= DOWN_AFTER && i > 0) {
        for (const other of some.slice(i)) postpone(Object.assign(other, { alone: true }), 0);
        return;
      }
      await tryAlone(one);
    }
  };
  const tryTogether = async (some: readonly Trying[]) => {
    const bySource = new Map<string, Trying[]>();
    for (const one of some) {
      const list = bySource.get(one.letter.source);
      if (list === undefined) bySource.set(one.letter.source, [one]);
      else list.push(one);
    }
    const groups = [...bySource];
    const asked = await Promise.allSettled(
      groups.map(([source, list]) =>
        ask(
          source,
          list.map(({ letter }) => letter),
        ),
      ),
    );
    const failed: Trying[] = [];
    const good: { readonly one: Trying; readonly result: EventResult | undefined }[] = [];
    for (const [i, outcome] of asked.entries()) {
      const list = groups[i]?.[1] ?? [];
      if (outcome.status === "fulfilled") {
        for (const [j, one] of list.entries()) good.push({ one, result: outcome.value[j] });
        continue;
      }
      const waitMs = patienceMs(outcome.reason);
      if (waitMs !== null) postponeAll(list, waitMs);
      else {
        counts.failed += 1;
        logger.warn("A batch of events failed; each is tried alone", {
          events: list.length,
          error: firstLine(outcome.reason),
        });
        failed.push(...list);
      }
    }
    await settleAll(
      good.map(({ one }) => one),
      good.map(({ result }) => result),
    );
    await tryEachAlone(failed);
  };

  const trying = (letter: Letter): Trying => ({ letter, alone: false, dueMs: 0, takenThen: null });
  return {
    counts,
    take: (letters) => tryTogether(letters.map(trying)),
    takeSuspects: (letters) => tryEachAlone(letters.map(trying)),
    async retry() {
      const nowMs = clock.monotonicMs();
      const due = [...later.values()].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
      if (later.size === 0) failing = 0;
      if (failing >= DOWN_AFTER) return tryEachAlone(due.slice(0, 1));
      const together = due.filter(({ alone }) => !alone);
      if (together.length > 0) await tryTogether(together);
      await tryEachAlone(due.filter(({ alone }) => alone));
    },
    has: (id) => later.has(id),
    get later() {
      return later.size;
    },
    get pauseMs() {
      return Math.max(0, pausedUntilMs - clock.monotonicMs());
    },
    get nextDueMs() {
      let next = Number.POSITIVE_INFINITY;
      for (const { dueMs } of later.values()) next = Math.min(next, dueMs);
      return Math.max(0, next - clock.monotonicMs());
    },
    get isDown() {
      return failing >= DOWN_AFTER && later.size > 0;
    },
  };
}
