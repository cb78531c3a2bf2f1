import { type Clock, createAbortController, cryptoRandom, type Logger, type Metrics } from "../core/index.ts";
import { serve } from "../protocol/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, type Landmark, type Landmarks } from "../schema.ts";
import {
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  createRoundLog,
  type Live,
  mixed,
  openLive,
  type ReadRoute,
  type RoundLog,
  type Source,
  simulatedRounds,
} from "../sources/index.ts";
import type { Store } from "../store/index.ts";
import type { Flags } from "./flags.ts";

/** Live conversations of a validator, and what takes them: a server, a stream, or both. */
export interface Events {
  readonly source: Source;
  /** Null = they come from a stream only. */
  readonly url: string | null;
  /** False while the stream cannot be read. */
  readonly ready: boolean;
  close(): Promise<void>;
}

/** 4 messages, or "60s". */
const landmarkOf = (given: number | string): Landmark =>
  typeof given === "number" ? { messages: given } : { seconds: Number.parseFloat(given) };

/** When is asked, and until when a conversion counts: the same for the desk and for whoever holds conversations for it. */
export function truthOf(flags: Flags): Landmarks & { readonly horizonSeconds: number } {
  const given = flags["landmarks.of"];
  const bySource = Object.entries(typeof given === "object" && given !== null ? given : {});
  return {
    landmarks: Array.isArray(flags.landmarks) ? flags.landmarks.map(landmarkOf) : DEFAULT_LANDMARKS,
    landmarksBySource: Object.fromEntries(bySource.map(([source, list]) => [source, list.map(landmarkOf)])),
    horizonSeconds: Number(flags.horizonSeconds ?? DEFAULT_HORIZON_SECONDS),
  };
}

/** Seeds of simulated rounds that are over, and hashes of those that run: with them anybody can check every outcome. */
const roundsRoute = (log: RoundLog): ReadRoute => ({
  path: /^\/v1\/rounds$/,
  scope: "history:read",
  read: async () => ({ found: { rounds: log.list() } }),
});

/** Takes events from a stream until it is closed; what is in hand then is finished. */
async function takeFromStream(
  flags: Flags,
  url: string,
  group: string,
  modules: {
    readonly sink: Live;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics?: Metrics | undefined;
  },
): Promise<{ readonly ready: boolean; close(): Promise<void> }> {
  const { createIngestConsumer } = await import("../redis/index.ts");
  const stream = String(flags["events.stream"]);
  // One process takes for a hotkey: by the same name it is given at once what it had when it was killed.
  const consumer = await createIngestConsumer({ url, stream, group, consumer: "validator" }, modules);
  const controller = createAbortController();
  const running = consumer.run(controller.signal);
  return {
    get ready() {
      return consumer.status().ready;
    },
    async close() {
      controller.abort(new Error("The validator stops."));
      await running;
      consumer.close();
    },
  };
}

/**
 * Live conversations, as `validator run --events.port` and `--events.redis` take them; null without either flag.
 *
 * @param group who takes the events of a stream: each group is given all of them.
 * @param reads what may be read at the door.
 * @param store with the ingest schema: the validator's own, so that a backup of it holds events and answers as of one moment.
 */
export async function openEvents(
  flags: Flags,
  {
    store,
    clock,
    logger,
    metrics,
    signal,
    group = "validator",
    reads = [],
  }: {
    store: Store;
    clock: Clock;
    logger: Logger;
    metrics?: Metrics;
    signal: AbortSignal;
    group?: string;
    reads?: readonly ReadRoute[];
  },
): Promise<Events | null> {
  const port = flags["events.port"];
  const redis = flags["events.redis"];
  if (typeof port !== "number" && typeof redis !== "string") return null;
  const modules = { store, clock, logger, random: cryptoRandom };
  const log = createRoundLog({ store, clock });
  const live = openLive(
    { ...truthOf(flags), outcomeDelaySeconds: Number(flags["events.outcome_delay"]) },
    { store: createEventStore(modules), clock, logger, metrics },
  );
  const openDoor = async (at: number) => {
    const keys = createKeyStore(modules);
    const perSecond = Number(flags["events.rate"]);
    const door = createEventsDoor(
      { perSecond, burst: 2 * perSecond },
      { live, keys, reads: [...reads, roundsRoute(log)], clock, logger },
    );
    const server = await serve(createEventsApp(door), { host: String(flags["events.host"]), port: at, signal });
    const active = keys.list().filter(({ revokedAtMs }) => revokedAtMs === null).length;
    logger.info("Live conversations are taken", { url: server.url, keys: active });
    if (active === 0) logger.warn("Nobody may send any yet: `keys create` makes a key", {});
    return server;
  };
  const server = typeof port === "number" ? await openDoor(port) : null;
  const stream =
    typeof redis === "string"
      ? await takeFromStream(flags, redis, group, { sink: live, clock, logger, metrics }).catch(async (error) => {
          await server?.close();
          throw error;
        })
      : null;
  const synthetic = flags["events.synthetic"];
  const withRounds = (share: number): Source =>
    mixed([
      { source: live.source, share: 1 - share, always: true },
      { source: simulatedRounds({ intervalSeconds: Number(flags.interval) }, { clock, log }), share },
    ]);
  return {
    source: typeof synthetic === "number" ? withRounds(synthetic) : live.source,
    url: server?.url ?? null,
    get ready() {
      return stream?.ready ?? true;
    },
    async close() {
      await server?.close();
      await stream?.close();
    },
  };
}
