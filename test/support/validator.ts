import { addStake, type Chain, RAO_PER_TAO, register, serveAxon } from "../../src/chain/index.ts";
import { createLogger, createRandom, systemClock } from "../../src/core/index.ts";
import { createLedger, type Ledger, ledgerChain } from "../../src/localnet/index.ts";
import type { AskResult, Client } from "../../src/protocol/index.ts";
import type { Answer, ConversationEvent } from "../../src/schema.ts";
import { seedV1 } from "../../src/scoring/index.ts";
import type { Source } from "../../src/sources/index.ts";
import {
  createMemoryHistory,
  createValidator,
  type Validator,
  type ValidatorModules,
  type ValidatorOptions,
} from "../../src/validator/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";

export const cold = keypairFromUri("//validator test//cold").signer;
export const signer = keypairFromUri("//validator test//self").signer;
export const miners = ["a", "b"].map((name) => keypairFromUri(`//validator test//${name}`).signer);
const yes: Answer = { conversionHappened: 1, timeToConversionSeconds: 30, confidence: 0.9, timeIfConvertedSeconds: 30 };
export const answered: AskResult = { ok: true, answer: yes, latencySeconds: 0.1 };

const id = (number: number) => `c${number}`;
export const opened = (number: number, atSeconds: number): ConversationEvent => ({
  type: "opened",
  conversationId: id(number),
  source: "test",
  startedAt: null,
  atSeconds,
});
export const message = (number: number, atSeconds: number): ConversationEvent => ({
  type: "message",
  conversationId: id(number),
  atSeconds,
  message: { role: "user", text: "hello", atSeconds: 0 },
});
export const ended = (number: number, atSeconds: number, converted: boolean): ConversationEvent =>
  converted
    ? { type: "converted", conversationId: id(number), atSeconds, timeSeconds: atSeconds }
    : { type: "closed", conversationId: id(number), atSeconds };
/** One question each: opened, one message, and the end; even numbers convert. */
export const conversation = (number: number, converted = number % 2 === 0): ConversationEvent[] => [
  opened(number, 10 * number),
  message(number, 10 * number + 1),
  ended(number, 10 * number + 5, converted),
];
export const conversations = (count: number) => Array.from({ length: count }, (_, i) => conversation(i)).flat();

/** Events of a list; counts how many were pulled. */
export function listed(events: readonly ConversationEvent[], pulled = { count: 0 }): Source {
  return {
    name: "listed",
    async *events(signal) {
      for (const event of events) {
        if (signal.aborted) return;
        pulled.count += 1;
        yield event;
      }
    },
  };
}

export let ledger: Ledger;
export let chain: Chain;
let validators: Validator[];
export let lines: { message: string; level: string; what?: string }[];

/** A subnet of one validator with a permit and two serving miners; for `beforeEach`. */
export async function prepare(): Promise<void> {
  ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
  chain = ledgerChain(ledger);
  for (const { address } of [signer, ...miners]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: signer.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (const [i, miner] of miners.entries())
    await serveAxon(chain, { netuid: 1, axon: { ip: "10.0.0.1", port: 8_091 + i, version: 1 }, signer: miner });
  for (let i = 0; i < 2; i++) ledger.produceBlock();
  validators = [];
  lines = [];
}
/** Stops every validator that was made; for `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const validator of validators) await validator.stop();
}

export type Asking = Client["ask"];
const clientOf = (ask: Asking): Client => ({ ask, close: () => undefined });

/** A validator on that subnet, which hears its miners through `ask`. */
export function make(
  events: readonly ConversationEvent[] | Source,
  ask: Asking = async () => answered,
  options: Partial<ValidatorOptions> = {},
  modules: Partial<ValidatorModules> = {},
): Validator {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const validator = createValidator(
    {
      netuid: 1,
      landmarks: [{ messages: 1 }],
      horizonSeconds: 1_800,
      sampleSize: 0,
      timeoutMs: 1_000,
      maxQuestionsInFlight: 8,
      maxInFlightPerMiner: 64,
      questionIntervalMs: 0,
      epochLength: 1,
      chainPollMs: 5,
      versionKey: 0,
      setWeights: false,
      maxMinerStakeRao: 4_096n * RAO_PER_TAO,
      maxSettled: null,
      ...options,
    },
    {
      chain,
      signer,
      client: clientOf(ask),
      source: "events" in events ? events : listed(events),
      mode: seedV1(),
      history: createMemoryHistory(),
      clock: systemClock,
      random: createRandom(1),
      logger: createLogger({ level: "debug", format: "json", write, nowMs: () => 0 }),
      ...modules,
    },
  );
  validators.push(validator);
  return validator;
}
/** {@link make}, played to its end. */
export async function played(...args: Parameters<typeof make>): Promise<Validator> {
  const validator = make(...args);
  await validator.start();
  await validator.finished;
  return validator;
}
export const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};
export const survived = () => lines.filter(({ message: sentence }) => sentence === "Survived a failure");
