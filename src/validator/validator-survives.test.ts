import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Asking,
  answered,
  chain,
  conversation,
  conversations,
  ledger,
  lines,
  make,
  message,
  opened,
  played,
  prepare,
  stopAll,
  survived,
  until,
} from "../../test/support/validator.ts";
import type { Chain } from "../chain/index.ts";
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
    const validator = await played(conversations(4), undefined, {}, { mode: throwing });
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

  it("being unknown to the subnet: it says so once, and sets no weights", async () => {
    const stranger = keypairFromUri("//validator test//stranger").signer;
    const validator = make(conversations(1), undefined, { setWeights: true }, { signer: stranger });
    await validator.start();
    await validator.finished;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(validator.status()).toMatchObject({ uid: null, validatorPermit: false, weightsSet: 0, settled: 1 });
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});
