import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { createAbortController, cryptoRandom, silentLogger, systemClock } from "../core/index.ts";
import { createKeyStore, createRoundLog, INGEST_SCHEMA } from "../sources/index.ts";
import { openStore } from "../store/index.ts";
import { landmarks, landmarksBySource } from "./flags.ts";
import { openEvents, truthOf } from "./ingest.ts";

it("tells the seed of a simulated round when it is over, and its hash before", async () => {
  const store = await openStore(":memory:", { schemas: [INGEST_SCHEMA] });
  const log = createRoundLog({ store, clock: systemClock });
  const [over] = [
    log.begin({ seed: "first", settings: "{}", count: 1 }),
    log.begin({ seed: "second", settings: "{}", count: 1 }),
  ];
  log.end(over, true);
  const keys = createKeyStore({ store, clock: systemClock, random: cryptoRandom });
  const { text } = keys.create({ name: "k", source: "k", scopes: ["history:read"] });
  const controller = createAbortController();
  const flags = { "events.port": 0, "events.host": "127.0.0.1", "events.rate": 100, "events.outcome_delay": 0 };
  const modules = { store, clock: systemClock, logger: silentLogger, signal: controller.signal };
  const events = await openEvents(flags, modules);
  const get = (headers: Record<string, string>) => fetch(`${events?.url}/v1/rounds`, { headers });
  expect((await get({})).status).toBe(401);
  const response = await get({ authorization: `Bearer ${text}` });
  const hash = (seed: string) => createHash("sha256").update(`simulator/${seed}`).digest("hex");
  expect(await response.json()).toMatchObject({
    rounds: [
      { round: 2, seed: null, commitment: hash("second"), endedAtMs: null },
      { round: 1, seed: "first", commitment: hash("first"), whole: true },
    ],
  });
  await events?.close();
  await store.close();
});

it("asks when and as long as it was told", () => {
  const flags = {
    landmarks: landmarks("2,6,90.5s"),
    horizonSeconds: 60,
    "landmarks.of": landmarksBySource("shop=3,60s"),
  };
  expect(truthOf(flags)).toEqual({
    landmarks: [{ messages: 2 }, { messages: 6 }, { seconds: 90.5 }],
    landmarksBySource: { shop: [{ messages: 3 }, { seconds: 60 }] },
    horizonSeconds: 60,
  });
  expect(landmarksBySource("b=4", landmarksBySource("a=2,6s"))).toEqual({
    a: [2, "6s"],
    b: [4],
  });
  for (const wrong of ["", "s", "0", "-1s", "4m", "4,", "1.5"]) expect(() => landmarks(wrong)).toThrow("must be");
  expect(() => landmarksBySource("=4")).toThrow("a source and landmarks");
  expect(truthOf({})).toMatchObject({ landmarks: [{ messages: 4 }, { messages: 8 }], horizonSeconds: 1_800 });
});
