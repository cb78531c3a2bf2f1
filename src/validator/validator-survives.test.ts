import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Asking,
  answered,
  chain,
  cold,
  conversation,
  conversations,
  ledger,
  lines,
  make,
  message,
  miners,
  opened,
  played,
  prepare,
  stopAll,
  survived,
  until,
} from "../../test/support/validator.ts";
import { type Chain, type Metagraph, RAO_PER_TAO } from "../chain/index.ts";
import { createDeferred } from "../core/index.ts";
import type { ConversationEvent } from "../schema.ts";
import { seedV1 } from "../scoring/index.ts";
import type { Source } from "../sources/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createMemoryHistory } from "./index.ts";

beforeEach(prepare);
afterEach(stopAll);

describe("a validator survives", () => {
  it("an event that cannot be taken, and says so", async () => {
    const nonsense = { ...message(1, 11), message: null } as unknown as ConversationEvent;
    const events = [...conversation(0), opened(1, 10), nonsense, ...conversation(2)];
    const validator = await played(events);
    expect(validator.status()).toMatchObject({ settled: 2, failures: 1 });
    expect(survived()).toMatchObject([{ level: "error", what: "event of conversation c1" }]);
  });

  it("a scoring that throws: that question is lost, the next ones are not", async () => {
    const mode = seedV1();
    let calls = 0;
    const throwing: typeof mode = {
      ...mode,
      score(question, truth) {
        calls += 1;
        if (calls === 2) throw new Error("a constant is missing");
        return mode.score(question, truth);
      },
    };
    const history = createMemoryHistory();
    const validator = await played(conversations(4), undefined, {}, { mode: throwing, history });
    const records = await Promise.all((await history.latest(4)).map((number) => history.question(number)));
    expect(records.map((record) => record?.settled?.reason)).toContain("void: scoring failed: a constant is missing");
    expect(records.map((record) => record?.settled !== null)).toEqual([true, true, true, true]);
    expect(validator.status()).toMatchObject({ settled: 3, failures: 1 });
    expect(survived()).toMatchObject([{ what: "scoring", error: "a constant is missing" }]);
  });

  it("a listener that throws", async () => {
    const onSettled = () => {
      throw new Error("the screen is gone");
    };
    expect((await played(conversations(2), undefined, {}, { onSettled })).status()).toMatchObject({ settled: 2 });
  });

  it("a store that fails: nothing is sent that was not recorded", async () => {
    let sent = 0;
    const ask: Asking = async () => {
      sent += 1;
      return answered;
    };
    const memory = createMemoryHistory();
    const history: typeof memory = {
      ...memory,
      recordQuestion: (question) =>
        question.open.number === 1 ? Promise.reject(new Error("the disk is full")) : memory.recordQuestion(question),
    };
    const validator = await played(conversations(3), ask, {}, { history });
    expect([sent, validator.status().failures]).toEqual([4, 1]);
    expect(validator.status().miners.map(({ asked }) => asked)).toEqual([2, 2]);
  });

  it("a chain that goes down while it runs: it counts, asks whom it knows, and sees the chain again", async () => {
    let down = false;
    const flaky: Chain = {
      ...chain,
      metagraph: (...args) => (down ? Promise.reject(new Error("the chain is down")) : chain.metagraph(...args)),
    };
    let release: () => void = () => undefined;
    const later = new Promise<void>((resolve) => {
      release = resolve;
    });
    const source: Source = {
      name: "waiting",
      async *events() {
        await later;
        yield* conversation(0);
      },
    };
    const validator = make(source, undefined, {}, { chain: flaky });
    await validator.start();
    down = true;
    await until(() => validator.status().failures >= 2);
    release();
    await validator.finished;
    expect(validator.status()).toMatchObject({ settled: 1, servingMiners: 2 });
    const { block } = validator.status();
    down = false;
    ledger.produceBlock();
    await until(() => (validator.status().block ?? 0) > (block ?? 0));
    expect(lines.filter(({ level }) => level === "error")[0]).toMatchObject({ what: "chain" });
  });

  it("being unknown to the subnet, then without a permit: it asks nobody, says each once, and begins when the permit comes", async () => {
    const stranger = keypairFromUri("//validator test//stranger").signer;
    let sent = 0;
    const ask: Asking = async () => {
      sent += 1;
      return answered;
    };
    const validator = make(conversations(1), ask, { setWeights: true }, { signer: stranger });
    await validator.start();
    const warnings = () => lines.filter(({ level }) => level === "warn").map((line) => line.message);
    await until(() => warnings().length === 2);
    ledger.submit({ type: "register", netuid: 1, hotkey: stranger.address, maxBurnRao: null }, cold.address);
    await until(() => validator.status().uid !== null);
    expect(validator.status()).toMatchObject({ validatorPermit: false, questions: 0, weightsSet: 0 });
    const amountRao = 20n * RAO_PER_TAO;
    ledger.submit({ type: "add_stake", netuid: 1, hotkey: stranger.address, amountRao }, cold.address);
    for (let i = 0; i < 2; i++) ledger.produceBlock();
    await validator.finished;
    expect(validator.status()).toMatchObject({ validatorPermit: true, questions: 1, unasked: 0, settled: 1 });
    expect(sent).toBe(2);
    expect(warnings()).toEqual([
      "This hotkey is not registered on the subnet: miners will refuse it and no weights can be set",
      "This hotkey has no validator permit yet: permits go to the largest stakes once an epoch; waiting",
    ]);
  });

  it("a miner that holds its answers back: it uses up its own places, and the others are asked everything at once", async () => {
    const held = createDeferred<void>();
    const sent = new Map<string, number>();
    const holder = miners[1]?.address;
    const ask: Asking = async ({ hotkey }) => {
      sent.set(hotkey, (sent.get(hotkey) ?? 0) + 1);
      if (hotkey === holder) await held.promise;
      return answered;
    };
    const validator = make(conversations(20), ask, { maxQuestionsInFlight: 2, maxInFlightPerMiner: 4 });
    await validator.start();
    await until(() => validator.status().questions === 20);
    expect([...sent.values()]).toEqual([20, 4]);
    held.resolve();
    await validator.finished;
    expect(validator.status().miners.map(({ asked, answered: count }) => [asked, count])).toEqual([
      [20, 20],
      [20, 4],
    ]);
  });

  it("losing its permit: what it may not ask is neither asked nor scored", async () => {
    const gate = createDeferred<void>();
    const source: Source = {
      name: "gated",
      async *events() {
        yield* conversation(0);
        await gate.promise;
        yield* conversation(1);
      },
    };
    const validator = make(
      source,
      undefined,
      {},
      { chain: { ...chain, metagraph: async (query) => masked(await chain.metagraph(query)) } },
    );
    let revoked = false;
    const masked = (metagraph: Metagraph): Metagraph => ({
      ...metagraph,
      neurons: metagraph.neurons.map((neuron) => ({ ...neuron, validatorPermit: neuron.validatorPermit && !revoked })),
    });
    await validator.start();
    await until(() => validator.status().settled === 1);
    revoked = true;
    await until(() => !validator.status().validatorPermit);
    gate.resolve();
    await validator.finished;
    expect(validator.status()).toMatchObject({ questions: 1, unasked: 1, settled: 1, void: 0, failures: 0 });
  });
});
