/**
 * A validator as a process of its own, made of what `npm test` has built: events by HTTP, miners over loopback, a history in a file. It is
 * killed by test/long/kill.long.ts. Says on stdout, a JSON object a line, at which port it listens and what it has scored, after it is stored.
 */

import { createLogger, cryptoRandom, systemClock } from "../../dist/core/index.js";
import { connectLedger } from "../../dist/localnet/index.js";
import { createClient, serve } from "../../dist/protocol/index.js";
import { seedV1 } from "../../dist/scoring/index.js";
import {
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  INGEST_SCHEMA,
  openLive,
} from "../../dist/sources/index.js";
import { openStore } from "../../dist/store/index.js";
import { createSqliteHistory, createValidator, HISTORY_SCHEMA } from "../../dist/validator/index.js";
import { keypairFromUri } from "../../dist/wallet/index.js";

const { path, ledger, uri, landmarks, horizonSeconds, port } = JSON.parse(process.argv[2]);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const clock = systemClock;
const logger = createLogger({
  level: "warn",
  format: "json",
  write: (line) => process.stderr.write(`${line}\n`),
  nowMs: clock.nowMs,
});

const store = await openStore(path, { schemas: [HISTORY_SCHEMA, INGEST_SCHEMA] });
const live = openLive(
  { landmarks, horizonSeconds, latenessSeconds: 0.1, pollMs: 20 },
  { store: createEventStore({ store, clock, random: cryptoRandom }), clock, logger },
);
const keys = createKeyStore({ store, clock, random: cryptoRandom });
const server = await serve(createEventsApp(createEventsDoor({}, { live, keys, clock, logger })), { port });
const { signer } = keypairFromUri(uri);
const chain = connectLedger({ endpoint: ledger }, { clock });
const client = createClient({ timeoutMs: 2_000 }, { signer, clock });
const validator = createValidator(
  {
    ...{ netuid: 1, landmarks, horizonSeconds, sampleSize: 0, timeoutMs: 2_000, questionIntervalMs: 0 },
    ...{ maxQuestionsInFlight: 64, maxInFlightPerMiner: 64, epochLength: 1, chainPollMs: 200, versionKey: 0 },
    ...{ setWeights: false, maxMinerStakeRao: 4_096n * 1_000_000_000n, maxSettled: null },
  },
  {
    ...{ chain, signer, client, clock, logger, source: live.source, mode: seedV1(), random: cryptoRandom },
    history: createSqliteHistory(store),
    onSettled: ({ open, scores }) =>
      say({
        scored: open.number,
        totals: Object.fromEntries([...scores].map(([hotkey, { total }]) => [hotkey, total])),
      }),
  },
);
process.once("SIGTERM", async () => {
  await validator.stop();
  await server.close();
  client.close();
  await chain.close();
  await store.close();
});
await validator.start();
say({ port: server.port });
