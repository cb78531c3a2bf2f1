import {
  type Clock,
  createAbortController,
  cryptoRandom,
  errorText,
  type Logger,
  type Metrics,
  silentMetrics,
  sleep,
  toHex,
} from "../../core/index.ts";
import type { Live } from "../../sources/index.ts";
import { openRedis } from "../connection.ts";
import {
  assertConsumerOptions,
  CONSUMER_DEFAULTS,
  type IngestConsumerOptions,
  type IngestConsumerStatus,
  type StreamStatus,
} from "./consumer-options.ts";
import { type Entry, entriesClaimed, entriesRead, type Letter, letterOf } from "./entries.ts";
import { openLink } from "./link.ts";
import { followConsumer } from "./metrics.ts";
import { streamNames } from "./names.ts";
import { BURY, LEAVE, LOOK_AFTER } from "./scripts.ts";
import { createTaker, type Settle } from "./taker.ts";

/** Live things of a consumer. */
export interface IngestConsumerModules {
  /** Knows events by source and id, so that one that is handed to it twice counts once: a `Live`, or a table with both as its key. */
  readonly sink: Pick<Live, "accept">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}
/** A worker of a group; see {@link createIngestConsumer}. */
export interface IngestConsumer {
  /** Takes events until the signal is aborted, and then ends with what it has in hand. Once. */
  run(signal: AbortSignal): Promise<void>;
  status(): IngestConsumerStatus;
  close(): void;
}

const LOOK_MS = 1_000;
const TROUBLE_MS = 200;
const CONNECTING_MS = 20;
/** A consumer that was silent for so long and owes nothing is taken off the list. */
const GONE_MS = 3_600_000;
const FROM_THE_START = "0-0";

/**
 * A worker that takes events from a stream and hands them to a sink. An entry is acknowledged when the sink has settled, and not before, so
 * each reaches it at least once; by its id the sink makes that once. What a worker that is gone has left is taken over; what cannot be read,
 * is refused for good, or fails again and again while others do not goes to the dead letters with the reason, and holds up nobody.
 * What every group has acknowledged is taken out of the stream.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError} when it does not answer within 5 s; {RedisUnfitError} when it would lose events;
 * {InvalidArgumentError}.
 * @example
 * const consumer = await createIngestConsumer({ url: "redis://127.0.0.1:6379" }, { sink: live, clock, logger });
 * await consumer.run(AbortSignal.timeout(60_000));
 * consumer.status().stream?.unread; // 0
 */
export async function createIngestConsumer(
  options: IngestConsumerOptions,
  { sink, clock, logger, metrics = silentMetrics }: IngestConsumerModules,
): Promise<IngestConsumer> {
  const all = { ...CONSUMER_DEFAULTS, ...options };
  assertConsumerOptions(all);
  const { url, load, timeoutMs, group, batch, claimIdleMs } = all;
  const consumer = all.consumer ?? toHex(cryptoRandom.bytes(8));
  const names = streamNames(all.stream);
  const link = await openLink({ url, timeoutMs, load }, { logger });
  // Reading keeps its connection waiting; acknowledging must not wait with it.
  const quiet = { ...logger, warn: logger.debug };
  const nothing = () => undefined;
  let canRead = false;
  const onReady = () => {
    canRead = true;
  };
  const onLost = () => {
    canRead = false;
  };
  const reader = await openRedis(
    { url, timeoutMs: timeoutMs + all.blockMs, flag: "events.redis", load },
    { onReady, onLost, logger: quiet },
  );
  reader.connect();

  const three = ["3", names.events, names.dead, names.attempts];
  const settle: Settle = {
    acknowledge: async (ids) => void (await link.call("XACK", names.events, group, ...ids)),
    bury: async (id, why) => void (await link.call("EVAL", BURY, ...three, group, id, why, String(all.maxDeadLetters))),
    begin: async (id) => Number(await link.call("HINCRBY", names.attempts, `${group} ${id}`, "1")),
    forgive: async (id) => void (await link.call("HINCRBY", names.attempts, `${group} ${id}`, "-1")),
    forget: async (id) => void (await link.call("HDEL", names.attempts, `${group} ${id}`)),
  };
  const taker = createTaker(all, { sink, settle, clock, logger });
  let unreadable = 0;
  let claimed = 0;
  let stream: StreamStatus | null = null;
  const status = (): IngestConsumerStatus => ({
    ready: link.ready,
    ...taker.counts,
    dead: taker.counts.dead + unreadable,
    claimed,
    later: taker.later,
    stream,
  });
  const unfollow = followConsumer(metrics, status);

  const makeGroup = async () => {
    // From the first entry that is there: what came before anybody took it waited for this.
    await link.call("XGROUP", "CREATE", names.events, group, "0", "MKSTREAM").catch((error: unknown) => {
      if (!String(error).includes("BUSYGROUP")) throw error;
    });
  };
  const lettersOf = async (entries: readonly Entry[]): Promise<Letter[]> => {
    const letters: Letter[] = [];
    for (const entry of entries) {
      if (taker.has(entry.id)) continue;
      const letter = letterOf(entry);
      if ("event" in letter) {
        letters.push(letter);
        continue;
      }
      await settle.bury(entry.id, letter.reason);
      unreadable += 1;
      logger.warn("An entry went to the dead letters", { entry: entry.id, reason: letter.reason });
    }
    return letters;
  };

  /** Where our own entries are read on that were given to us and not settled; null = all of them were looked at. */
  let own: string | null = FROM_THE_START;
  let cursor = FROM_THE_START;
  let claimAtMs = 0;
  const read = async (from: string, blockMs: number): Promise<Entry[]> => {
    const block = blockMs > 0 ? ["BLOCK", String(Math.ceil(blockMs))] : [];
    const who = ["GROUP", group, consumer, "COUNT", String(batch)];
    return entriesRead(await reader.call("XREADGROUP", ...who, ...block, "STREAMS", names.events, from));
  };
  /** What was given to a worker before, to this one or to one that is gone. */
  const takeOld = async (entries: readonly Entry[]) => {
    const old = entries.filter(({ id }) => !taker.has(id));
    const [first, last] = [old[0]?.id, old.at(-1)?.id];
    if (first === undefined || last === undefined) return;
    const most = String(old.length + taker.later);
    const pending = await link.call("XPENDING", names.events, group, first, last, most, consumer);
    const deliveries = new Map(
      (Array.isArray(pending) ? pending : []).map((one) => [String(one[0]), Number(one[3])] as const),
    );
    const letters = await lettersOf(old);
    // Given out for the third time: it may have been what ended the others.
    const isSuspect = ({ id }: Letter) => (deliveries.get(id) ?? 1) > 2;
    await taker.take(letters.filter((letter) => !isSuspect(letter)));
    await taker.takeSuspects(letters.filter(isSuspect));
  };
  const takeOwn = async (from: string) => {
    const entries = await read(from, 0);
    await takeOld(entries);
    own = entries.at(-1)?.id ?? null;
  };
  const claim = async () => {
    const count = ["COUNT", String(batch)];
    const reply = await link.call("XAUTOCLAIM", names.events, group, consumer, String(claimIdleMs), cursor, ...count);
    const { next, entries } = entriesClaimed(reply);
    cursor = next;
    if (next === FROM_THE_START) claimAtMs = clock.monotonicMs() + claimIdleMs / 2;
    const foreign = entries.filter(({ id }) => !taker.has(id)).length;
    if (foreign === 0) return;
    claimed += foreign;
    logger.info("Events of a worker that is gone are taken over", { events: foreign });
    await takeOld(entries);
  };
  const step = async (signal: AbortSignal) => {
    if (!link.ready || !canRead) {
      own = FROM_THE_START;
      return sleep(CONNECTING_MS, { signal });
    }
    if (taker.pauseMs > 0) return sleep(Math.min(TROUBLE_MS, taker.pauseMs), { signal });
    await taker.retry();
    if (taker.isDown || taker.later >= all.maxLater) return sleep(Math.min(TROUBLE_MS, taker.nextDueMs), { signal });
    if (own !== null) return takeOwn(own);
    if (clock.monotonicMs() >= claimAtMs) await claim();
    const entries = await read(">", Math.max(1, Math.min(all.blockMs, taker.nextDueMs)));
    if (entries.length > 0) await taker.take(await lettersOf(entries));
  };

  let told = "";
  const survive = async (error: unknown, signal: AbortSignal) => {
    const problem = errorText(error);
    if (problem.includes("NOGROUP")) await makeGroup().catch(nothing);
    else link.doubt();
    if (canRead && problem.includes("timed out")) reader.renew();
    if (problem !== told && !problem.includes("NOGROUP"))
      logger.warn("The stream of events cannot be read", { error: problem });
    told = problem;
    // What was given to us meanwhile and did not arrive is asked for again.
    own = FROM_THE_START;
    await sleep(TROUBLE_MS, { signal }).catch(nothing);
  };
  const look = async () => {
    const reply = await link.call("EVAL", LOOK_AFTER, "2", names.events, names.dead, group, String(GONE_MS));
    const [entries = 0, unread = 0, pending = 0, oldest = "", deadLetters = 0] = Array.isArray(reply) ? reply : [];
    const sinceMs = Number.parseInt(String(oldest), 10);
    const oldestSeconds = Number.isNaN(sinceMs) ? 0 : Math.max(0, (clock.nowMs() - sinceMs) / 1_000);
    const [all, given] = [Number(entries), Number(pending)];
    stream = { entries: all, unread: Number(unread), pending: given, oldestSeconds, deadLetters: Number(deadLetters) };
  };
  const lookAfter = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      if (link.ready) await look().catch((error: unknown) => logger.debug("No look", { error: errorText(error) }));
      await sleep(LOOK_MS, { signal }).catch(nothing);
    }
  };

  return {
    status,
    async run(signal) {
      const looking = createAbortController();
      const looked = lookAfter(looking.signal);
      await makeGroup().catch((error: unknown) => survive(error, signal));
      logger.info("Events are taken from a stream", { address: link.address, stream: all.stream, group, consumer });
      while (!signal.aborted) {
        try {
          await step(signal);
          told = "";
        } catch (error) {
          if (!signal.aborted) await survive(error, signal);
        }
      }
      looking.abort(new Error("Events are taken no more."));
      await looked;
      if (!link.ready) return;
      await look().catch(nothing);
      await link.call("EVAL", LEAVE, "1", names.events, group, consumer).catch(nothing);
    },
    close() {
      unfollow();
      reader.close();
      link.close();
    },
  };
}
