/**
 * A worker of a stream of events as a process of its own, made of what `npm run build` has built: its sink is a SQLite file that other workers
 * write to as well. It is killed by test/cluster/ingest.cluster.ts. Says on stdout what became of its events, when it is told to stop.
 */

import { createLogger, systemClock } from "../../dist/core/index.js";
import { createIngestConsumer } from "../../dist/redis/index.js";
import { openStore } from "../../dist/store/index.js";

const { path, killer = null, waits = false, ...options } = JSON.parse(process.argv[2]);
const write = (line) => process.stderr.write(`${line}\n`);
const logger = createLogger({ level: "warn", format: "json", write, nowMs: Date.now });
const taken =
  "CREATE TABLE taken (source TEXT NOT NULL, id TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (source, id)) STRICT";
const schemas = [{ name: "taken", migrations: [{ version: 1, why: "events by source and id", sql: taken }] }];
const store = await openStore(path, { schemas, access: "share", busyTimeoutMs: 20_000 });
const sink = {
  accept: (source, events) =>
    store.submit((sql) =>
      events.map(({ id }) => {
        // What ends every worker that takes it.
        if (id === killer) process.kill(process.pid, "SIGKILL");
        const added = sql.run("INSERT OR IGNORE INTO taken VALUES (?, ?, 1)", source, id);
        return { status: added === 1 ? "accepted" : "duplicate" };
      }),
    ),
};
const consumer = await createIngestConsumer(options, { sink, clock: systemClock, logger });
const controller = new AbortController();
process.on("SIGTERM", () => controller.abort(new Error("SIGTERM")));
const told = new Promise((go) => process.on("SIGUSR2", go));
process.stdout.write(`${JSON.stringify({ running: true })}\n`);
// So that several begin together.
if (waits) await told;
await consumer.run(controller.signal);
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ ...consumer.status(), cpuMicros: user + system })}\n`);
consumer.close();
await store.close();
