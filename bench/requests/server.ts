/** A miner's server as `miner run` makes it, for load from elsewhere. Arguments: `unchecked` believes all signatures, `pool` checks on a thread. */
import { silentLogger, steadyHeap, systemClock, utf8 } from "../../src/core/index.ts";
import { createPredictor, fit, syntheticDataset } from "../../src/learning/index.ts";
import { createAnswerer, createPolicy } from "../../src/miner/index.ts";
import { createMinerApp, createVerifyPool, type Screen, serve } from "../../src/protocol/index.ts";
import { keypairFromUri, verifySignature } from "../../src/wallet/index.ts";
import { runProgram } from "./programs.ts";
import { asker, miner } from "./questions.ts";

steadyHeap();
const has = (word: string) => process.argv.includes(word);
const { model } = await fit(syntheticDataset({ rows: 2_048, seed: 1 }), { kind: "network", epochs: 1 });
const predict = createPredictor(model);
const policy = createPolicy({ allow: [asker.address] });
const screen: Screen = (hotkey) => policy.screen(hotkey);
const answerer = createAnswerer(
  { deadlineMs: 5_000 },
  { predictor: { name: "model", predict }, baseline: predict, logger: silentLogger },
);
const counts: Record<string, number> = {};
const pool = has("pool") ? createVerifyPool({ workers: 1 }) : null;
const app = createMinerApp(
  { self: miner.address, answerTimeoutMs: 6_000 },
  {
    answer: (question) => answerer.answer(question),
    authorize: (caller) => policy.decide(caller),
    screen,
    priorityOf: policy.priorityOf,
    checkSignature: has("unchecked") ? () => true : pool?.checkSignature,
    clock: systemClock,
    logger: silentLogger,
    onRequest: ({ outcome }) => {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
  },
);
// Floods come from loopback addresses, which are to be counted as any other.
const server = await serve(app, { port: 0, exemptLoopback: false });

const { scheme, publicKey, signer } = keypairFromUri("//Alice");
const message = utf8("x".repeat(227));
const claim = { scheme, publicKey, message, signature: await signer.sign(message) };

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function verifyMany(requests: number) {
  const start = cpuSeconds();
  for (let i = 0; i < requests; i++) if (!verifySignature(claim)) throw new Error("a good signature was refused");
  return { requests, seconds: cpuSeconds() - start };
}

await runProgram({ port: server.port }, (command) => {
  if (command.do === "signatures") return verifyMany(command.requests);
  return {
    cpuSeconds: cpuSeconds(),
    rssBytes: process.memoryUsage.rss(),
    ...answerer.counts(),
    ...counts,
    lastFailure: undefined,
  };
});
