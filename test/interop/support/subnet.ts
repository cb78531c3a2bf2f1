import { systemClock } from "../../../src/core/index.ts";
import {
  createMinerApp,
  type MinerAppModules,
  type MinerAppOptions,
  type RunningServer,
  serve,
} from "../../../src/protocol/index.ts";
import { type Answer, FEATURES, fromVector, type Question } from "../../../src/schema.ts";
import { keypairFromUri } from "../../../src/wallet/index.ts";

export const alice = keypairFromUri("//Alice").signer;
export const bob = keypairFromUri("//Bob").signer;

export const answer: Answer = {
  conversionHappened: 1,
  timeToConversionSeconds: 142.5,
  confidence: 0.71,
  timeIfConvertedSeconds: 142.5,
};

/** A question whose numbers are small; two are unknown. */
export const questionOf = (sessionId: string, messages = 4): Question => ({
  sessionId,
  features: {
    ...fromVector(new Float64Array(FEATURES.length).fill(1)),
    total_messages: messages,
    hour_of_day: null,
    day_of_week: null,
  },
  landmark: { messages: 4 },
  horizonSeconds: 1_800,
});

/** A miner of ours on a free port of loopback. */
export async function ourMiner(
  options: Partial<MinerAppOptions> = {},
  modules: Partial<MinerAppModules> = {},
): Promise<RunningServer> {
  const app = createMinerApp(
    { self: bob.address, ...options },
    { answer: async () => answer, authorize: async () => ({ allowed: true }), clock: systemClock, ...modules },
  );
  return serve(app, { port: 0, closeTimeoutMs: 200 });
}
