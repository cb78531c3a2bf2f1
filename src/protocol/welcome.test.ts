import { describe, expect, test } from "vitest";
import { utf8 } from "../core/index.ts";
import { type Answer, FEATURES, fromVector, type Question, questionToWire } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { axon } from "./axon/wire.ts";
import { btauth, createMinerApp, type MinerAppModules, type MinerAppOptions } from "./index.ts";

const miner = keypairFromUri("//Bob").signer;
const question: Question = {
  sessionId: "q-1",
  features: fromVector(new Float64Array(FEATURES.length).fill(1)),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
};
const answer: Answer = {
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: 0.2,
  timeIfConvertedSeconds: 80,
};
const PATH = "/ConversionSynapse";

describe.each([btauth, axon])("who is welcome, asked in $name", (wire) => {
  function start(options: Partial<MinerAppOptions>, modules: Partial<MinerAppModules>) {
    const app = createMinerApp(
      { self: miner.address, ...options },
      { answer: async () => answer, authorize: async () => ({ allowed: true }), ...modules },
    );
    return async (uri = "//Alice") => {
      const parts = { method: "POST", target: PATH, body: utf8(JSON.stringify(questionToWire(question))) };
      const { signer } = keypairFromUri(uri);
      const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
      const { headers, body } = await wire.request.write(parts, { signer, receiver: miner.address, clock });
      return app.request(PATH, { method: "POST", headers, body: Buffer.from(body) });
    };
  }

  test("a claimed hotkey that cannot be: 403 before its signature and its body cost anything", async () => {
    let checked = 0;
    const screened: string[] = [];
    const ask = start(
      {},
      {
        checkSignature: () => {
          checked += 1;
          return true;
        },
        screen: (hotkey) => {
          screened.push(hotkey);
          return { allowed: false, reason: "a stranger" };
        },
      },
    );
    const refused = await ask();
    expect([refused.status, checked, screened]).toEqual([403, 0, [keypairFromUri("//Alice").address]]);
    expect(await refused.text()).toContain("a stranger");
  });

  test("one that passed the screen still has to prove itself", async () => {
    const ask = start({}, { screen: () => ({ allowed: true }), checkSignature: () => false });
    expect((await ask()).status).toBe(401);
  });

  test("who asks too often: 429, and when to come again", async () => {
    const ask = start({}, { authorize: async () => ({ allowed: false, reason: "too often", retryAfterSeconds: 3 }) });
    const refused = await ask();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3"]);
  });

  test("the higher stake goes first through a full house", async () => {
    let release = () => undefined as unknown;
    const gate = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const order: string[] = [];
    const names = new Map(["//Alice", "//Bob", "//Charlie", "//Dave"].map((uri) => [keypairFromUri(uri).address, uri]));
    const stakes: Record<string, number> = { "//Bob": 1, "//Charlie": 50, "//Dave": 900 };
    const ask = start(
      { maxInFlight: 1, maxQueued: 2 },
      {
        priorityOf: ({ hotkey }) => stakes[names.get(hotkey) ?? ""] ?? 0,
        answer: async (_, { hotkey }) => {
          order.push(names.get(hotkey) ?? "");
          await gate;
          return answer;
        },
      },
    );
    const asked: Promise<Response>[] = [];
    for (const uri of ["//Alice", "//Bob", "//Charlie", "//Dave"]) {
      asked.push(ask(uri));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // The line holds two: the poorest gave way.
    const refused = await asked[1];
    expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([503, "1"]);
    release();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 503, 200, 200]);
    expect(order).toEqual(["//Alice", "//Dave", "//Charlie"]);
    expect((await ask()).status).toBe(200);
  });
});
