import { existsSync } from "node:fs";
import { cryptoRandom, systemClock, UserError } from "../core/index.ts";
import { serve } from "../protocol/index.ts";
import { createEventProducer, openDeadLetters } from "../redis/index.ts";
import { createEventsApp, createEventsDoor, createKeyStore, INGEST_SCHEMA } from "../sources/index.ts";
import { openStore } from "../store/index.ts";
import type { Flags } from "./flags.ts";
import { historyPathOf } from "./history-file.ts";
import { aborted, loggerOf, print, printAside, printJson, untilNodeSignal } from "./terminal.ts";

const STATUS_MS = 10_000;

function streamOf(flags: Flags): { url: string; stream: string; maxEntries: number } {
  const url = flags["events.redis"];
  if (typeof url !== "string") {
    throw new UserError("It is not said where the stream is.", { hint: "Give --events.redis redis://HOST:PORT." });
  }
  return { url, stream: String(flags["events.stream"]), maxEntries: Number(flags["events.max_entries"]) };
}

/** `conversion-subnet ingest door` */
export async function runIngestDoor(flags: Flags): Promise<void> {
  const where = streamOf(flags);
  const logger = loggerOf(flags);
  const clock = systemClock;
  const path = historyPathOf(flags);
  if (!existsSync(path)) {
    throw new UserError(`There are no keys at ${path}.`, {
      hint: "`keys create` makes one; name the file with --history, a copy of the validator's keys on another machine.",
    });
  }
  await untilNodeSignal(async (signal) => {
    const store = await openStore(path, { schemas: [INGEST_SCHEMA], access: "share" });
    try {
      const keys = createKeyStore({ store, clock, random: cryptoRandom });
      const producer = await createEventProducer(where, { clock, logger });
      try {
        const perSecond = Number(flags["events.rate"]);
        const door = createEventsDoor(
          { perSecond, burst: 2 * perSecond },
          { live: producer, keys, ready: () => producer.ready, clock, logger },
        );
        const listen = { host: String(flags["events.host"]), port: Number(flags["events.port"]), signal };
        const server = await serve(createEventsApp(door), listen);
        const active = keys.list().filter(({ revokedAtMs }) => revokedAtMs === null).length;
        logger.info("Live conversations are taken", { url: server.url, keys: active, stream: where.stream });
        if (active === 0) logger.warn("Nobody may send any yet: `keys create` makes a key", {});
        const report = () => logger.info("Status", { ready: producer.ready, ...producer.status() });
        const timer = setInterval(report, STATUS_MS);
        await aborted(signal);
        clearInterval(timer);
        await server.close();
        report();
      } finally {
        await producer.close();
      }
    } finally {
      await store.close();
    }
  });
}

const LISTED_AT_ONCE = 1_000;
const timeOf = (ms: number) => new Date(ms).toISOString();

/** `conversion-subnet ingest dead-letters`: names and reasons, and nothing of what people wrote. */
export async function runDeadLetters(flags: Flags): Promise<void> {
  const letters = await openDeadLetters(streamOf(flags), { logger: loggerOf(flags, "warn") });
  const { reason: wanted, requeue, json } = flags;
  interface Listed {
    readonly id: string;
    readonly at: string;
    readonly entry: string;
    readonly group: string;
    readonly reason: string;
    requeued: boolean;
  }
  const listed: Listed[] = [];
  let isFull = false;
  try {
    let page = await letters.list({ count: LISTED_AT_ONCE });
    for (; page.length > 0; page = await letters.list({ count: LISTED_AT_ONCE, after: page.at(-1)?.id ?? "+" })) {
      for (const { id, atMs, entry, group, reason } of page) {
        if (typeof wanted === "string" && !reason.startsWith(`${wanted}:`)) continue;
        listed.push({ id, at: timeOf(atMs), entry, group, reason, requeued: false });
      }
    }
    // When all are listed: what fails again comes to the end of the list.
    for (const one of requeue === true ? listed : []) {
      one.requeued = await letters.requeue(one.id);
      if (one.requeued) continue;
      isFull = true;
      break;
    }
  } finally {
    letters.close();
  }
  if (json === true) return printJson({ deadLetters: listed });
  for (const { id, at, reason, requeued } of listed) print(`${id}  ${at}  ${reason}${requeued ? "  (put back)" : ""}`);
  if (listed.length === 0) printAside("There are no dead letters.");
  if (isFull) printAside("The stream is full: the others stay here until there is place.");
}
