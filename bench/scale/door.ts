/** A door for events in front of a stream: as `ingest door` makes it. Argument: where Redis is, and the folder of keys. */
import { join } from "node:path";
import { cryptoRandom, silentLogger, steadyHeap, systemClock } from "../../src/core/index.ts";
import { serve } from "../../src/protocol/index.ts";
import { createEventProducer } from "../../src/redis/index.ts";
import { createEventsApp, createEventsDoor, createKeyStore, INGEST_SCHEMA } from "../../src/sources/index.ts";
import { openStore } from "../../src/store/index.ts";
import { runProgram } from "../requests/programs.ts";
import { cpuSecondsOf } from "./cpu.ts";

steadyHeap();
const [url = "", folder = ""] = process.argv.slice(2);
const store = await openStore(join(folder, `door-${process.pid}.db`), { schemas: [INGEST_SCHEMA] });
const modules = { clock: systemClock, logger: silentLogger };
const keys = createKeyStore({ store, random: cryptoRandom, ...modules });
const { text } = keys.create({ name: "bench", source: "bench", scopes: ["events:write"] });
const live = await createEventProducer({ url, maxEntries: 10_000_000 }, modules);
const door = createEventsDoor({ perSecond: 1e6, burst: 1e6 }, { live, keys, ...modules });
const server = await serve(createEventsApp(door), { port: 0 });
await runProgram({ port: server.port, key: text }, () => ({ cpuSeconds: cpuSecondsOf([process.pid]) }));
