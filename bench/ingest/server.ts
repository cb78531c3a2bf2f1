/**
 * A validator's door for events over a store on the disk, with a desk that follows. Argument: `each` commits every event by
 * itself, as one does who has no group commit.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAbortController, cryptoRandom, silentLogger, steadyHeap, systemClock } from "../../src/core/index.ts";
import { serve } from "../../src/protocol/index.ts";
import { DEFAULT_LANDMARKS } from "../../src/schema.ts";
import {
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  INGEST_SCHEMA,
  openLive,
} from "../../src/sources/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { createDesk } from "../../src/validator/index.ts";
import { runProgram } from "../requests/programs.ts";

// As `validator run` does.
steadyHeap();
const folder = mkdtempSync(join(tmpdir(), "bench-ingest-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const opened = await openStore(join(folder, "validator.db"), { schemas: [INGEST_SCHEMA] });
const each: Store = {
  ...opened,
  async submit(write) {
    return opened.transaction(write);
  },
};
const store = process.argv.includes("each") ? each : opened;
const modules = { store, clock: systemClock, random: cryptoRandom, logger: silentLogger };
const keys = createKeyStore(modules);
const { text } = keys.create({ name: "bench", source: "bench", scopes: ["events:write"] });
const live = openLive({ maxOpen: 1_000_000 }, { ...modules, store: createEventStore(modules) });
const door = createEventsDoor({ perSecond: 1e6, burst: 1e6 }, { live, keys, ...modules });
const server = await serve(createEventsApp(door), { port: 0 });

let questions = 0;
const desk = createDesk({ landmarks: DEFAULT_LANDMARKS, horizonSeconds: 1_800 }, { random: cryptoRandom });
void (async () => {
  for await (const event of live.source.events(createAbortController().signal)) {
    for (const action of desk.accept(event)) if (action.type === "ask") questions += 1;
  }
})();

await runProgram({ port: server.port, key: text }, () => {
  const { user, system } = process.cpuUsage();
  const { commits, writes, longestMs } = opened.counts;
  const { accepted, refused, late } = live.status();
  return { cpuSeconds: (user + system) / 1e6, commits, writes, longestMs, accepted, refused, late, questions };
});
