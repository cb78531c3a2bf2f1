import { describe, expect, it } from "vitest";
import { commitHash, encodeWeightPayload, encryptTimelocked, RAO_PER_TAO, type WeightPayload } from "../chain/index.ts";
import { toHex } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createLedger, type Ledger, type SubnetSettings } from "./index.ts";
import type { RevealEvent } from "./timelocked.ts";

const cold = keypairFromUri("//commits//cold").address;
const [judge, rival, miner, other] = ["judge", "rival", "miner", "other"].map((name) =>
  keypairFromUri(`//commits//${name}`),
) as [Key, Key, Key, Key];
type Key = ReturnType<typeof keypairFromUri>;

/** Two validators and two miners, one epoch old. */
function begin(changes: Partial<SubnetSettings> = {}): { ledger: Ledger; events: RevealEvent[] } {
  const events: RevealEvent[] = [];
  const settings = { tempo: 10, weightsRateLimit: 0, commitReveal: true, ...changes };
  const ledger = createLedger({ seed: 1, subnets: { 1: settings } }, { onReveal: (event) => events.push(event) });
  for (const { address } of [judge, rival, miner, other])
    ledger.submit({ type: "register", netuid: 1, hotkey: address, maxBurnRao: null }, cold);
  for (const { address } of [judge, rival])
    ledger.submit({ type: "add_stake", netuid: 1, hotkey: address, amountRao: 10n * RAO_PER_TAO }, cold);
  ledger.advance(10);
  return { ledger, events };
}
const refusal = (work: () => unknown) => {
  try {
    work();
    return "accepted";
  } catch (error) {
    return (error as { refusal?: string }).refusal ?? String(error);
  }
};
const locked = (ledger: Ledger, round: number, payload: Partial<WeightPayload> = {}) => {
  const row = { hotkey: judge.signer.publicKey, uids: [2], values: [9], versionKey: 0n, ...payload };
  const { beacon } = ledger.info();
  return {
    type: "commit_timelocked_weights",
    netuid: 1,
    mechanism: 0,
    commit: `0x${toHex(encryptTimelocked({ plaintext: encodeWeightPayload(row), round, beacon }))}`,
    revealRound: round,
    commitRevealVersion: 4,
  } as const;
};

describe("timelocked weights", () => {
  it("are opened in the epoch after, in the block in which their round is out, and in no other", () => {
    const { ledger, events } = begin();
    // Round n is out in block n - 1; the epoch after begins in block 20.
    ledger.submit(locked(ledger, 24), judge.address);
    ledger.submit(locked(ledger, 15, { hotkey: rival.signer.publicKey }), rival.address);
    ledger.advance(9);
    expect(events).toEqual([]);
    ledger.advance(1);
    expect(events).toEqual([{ netuid: 1, block: 20, hotkey: rival.address, problem: null }]);
    ledger.advance(2);
    expect(ledger.weights(1)).toEqual([{ uid: 1, uids: [2], weights: [65_535] }]);
    ledger.advance(1);
    expect(ledger.weights(1).map(({ uid }) => uid)).toEqual([0, 1]);
    expect(events[1]).toEqual({ netuid: 1, block: 23, hotkey: judge.address, problem: null });
    expect(ledger.metagraph(1).neurons[0]?.lastUpdateBlock).toBe(10);
  });

  it("are thrown away when the round comes too late, the lock is damaged or another's, or the row would be refused", () => {
    const { ledger, events } = begin();
    ledger.submit(locked(ledger, 500), judge.address);
    ledger.submit({ ...locked(ledger, 21), commit: "0x1234" }, judge.address);
    ledger.submit({ ...locked(ledger, 22), revealRound: 21 }, judge.address);
    ledger.submit(locked(ledger, 21, { hotkey: rival.signer.publicKey }), judge.address);
    ledger.submit(locked(ledger, 21, { uids: [2, 2], values: [1, 1] }), judge.address);
    ledger.submit(locked(ledger, 21, { hotkey: miner.signer.publicKey }), miner.address);
    ledger.advance(20);
    expect(events.map(({ block, problem }) => `${block} ${problem}`.split("\n")[0])).toMatchInlineSnapshot(`
      [
        "20 The timelocked weights are damaged: U wants 96 bytes where 2 are left.",
        "20 The pulse does not open the timelocked weights.",
        "20 The hotkey under the lock is another.",
        "20 A uid occurs twice.",
        "20 The hotkey has too little stake to set weights.",
        "30 its round did not come in its epoch",
      ]
    `);
    expect([ledger.weights(1), ledger.pendingCommits({ netuid: 1, hotkey: judge.address })]).toEqual([[], []]);
  });

  it("in the form from before version 4 are opened too", () => {
    const { ledger } = begin();
    ledger.submit(locked(ledger, 21, { hotkey: null }), judge.address);
    ledger.advance(10);
    expect(ledger.weights(1)).toHaveLength(1);
  });

  it("are refused in the chain's order: too long, disabled, version, registered, too fast, too many, round", () => {
    const { ledger } = begin({ weightsRateLimit: 5 });
    const fine = locked(ledger, 24);
    const stranger = keypairFromUri("//commits//stranger").address;
    const bad = { ...fine, commitRevealVersion: 3, revealRound: 1 };
    expect(refusal(() => ledger.submit({ ...bad, commit: `0x${"00".repeat(5_001)}` }, stranger))).toBe("CommitTooLong");
    expect(refusal(() => ledger.submit(bad, stranger))).toBe("IncorrectCommitRevealVersion");
    const old = { ...fine, revealRound: 1 };
    expect(refusal(() => ledger.submit(old, stranger))).toBe("HotKeyNotRegisteredInSubNet");
    expect(refusal(() => ledger.submit(fine, judge.address))).toBe("accepted");
    ledger.advance(4);
    expect(refusal(() => ledger.submit(old, judge.address))).toBe("CommittingWeightsTooFast");
    ledger.advance(1);
    expect(refusal(() => ledger.submit(old, judge.address))).toBe("InvalidRevealRound");
    ledger.configure(1, { weightsRateLimit: 0 });
    for (let i = 0; i < 9; i++) ledger.submit({ ...fine, revealRound: 30 + i }, judge.address);
    expect(ledger.pendingCommits({ netuid: 1, hotkey: judge.address })).toHaveLength(10);
    expect(refusal(() => ledger.submit(old, judge.address))).toBe("TooManyUnrevealedCommits");
    expect(refusal(() => ledger.submit(fine, rival.address))).toBe("accepted");
    ledger.configure(1, { commitReveal: false });
    expect(refusal(() => ledger.submit(bad, stranger))).toBe("CommitRevealDisabled");
  });

  it("say nothing about who came after they were committed: their column is masked until they are opened", () => {
    const { ledger } = begin({ maxAllowedUids: 4, immunityPeriod: 0 });
    ledger.submit(locked(ledger, 21, { uids: [2, 3], values: [1, 1] }), judge.address);
    ledger.advance(10);
    const incentives = () => ledger.metagraph(1).neurons.map(({ incentive }) => Math.round(incentive * 100) / 100);
    ledger.advance(10);
    expect(incentives()).toEqual([0, 0, 0.5, 0.5]);
    ledger.submit(locked(ledger, 45), judge.address);
    const newcomer = keypairFromUri("//commits//newcomer").address;
    ledger.submit({ type: "register", netuid: 1, hotkey: newcomer, maxBurnRao: null }, cold);
    const uid = ledger.uid(1, newcomer) ?? -1;
    ledger.advance(10);
    expect(incentives()[uid]).toBe(0);
  });
});

describe("hash commits", () => {
  const hashed = (weights: number[], salt: number[]) => {
    const row = { netuid: 1, uids: [2, 3], salt, versionKey: 0 };
    const { publicKey } = judge.signer;
    const hash = `0x${toHex(commitHash({ ...row, publicKey, values: weights }))}`;
    return {
      commit: { type: "commit_weights", netuid: 1, mechanism: 0, hash },
      reveal: { type: "reveal_weights", mechanism: 0, ...row, weights },
    } as const;
  };

  it("are opened in one epoch only, and take those from before with them", () => {
    const { ledger } = begin();
    const [first, second, third] = [hashed([1, 2], [1]), hashed([2, 1], [2]), hashed([5, 5], [3])];
    for (const { commit } of [first, second]) ledger.submit(commit, judge.address);
    ledger.advance(10);
    ledger.submit(third.commit, judge.address);
    const try_ = (reveal: (typeof first)["reveal"]) => refusal(() => ledger.submit(reveal, judge.address));
    expect(try_(third.reveal)).toBe("RevealTooEarly");
    expect(try_({ ...first.reveal, weights: [1] })).toBe("InputLengthsUnequal");
    expect(try_(second.reveal)).toBe("accepted");
    expect(ledger.weights(1)).toEqual([{ uid: 0, uids: [2, 3], weights: [65_535, 32_767] }]);
    expect(try_(first.reveal)).toBe("InvalidRevealCommitHashNotMatch");
    ledger.advance(20);
    expect(try_(third.reveal)).toBe("ExpiredWeightCommit");
    expect(ledger.pendingCommits({ netuid: 1, hotkey: judge.address })).toEqual([]);
  });

  it("stay when the revealed row is refused, and do not count against the ten once their epoch is over", () => {
    const { ledger } = begin({ weightsVersionKey: 3 });
    const { commit, reveal } = hashed([1, 2], [1]);
    for (let i = 0; i < 10; i++) ledger.submit(commit, judge.address);
    expect(refusal(() => ledger.submit(commit, judge.address))).toBe("TooManyUnrevealedCommits");
    ledger.advance(10);
    expect(refusal(() => ledger.submit(reveal, judge.address))).toBe("IncorrectWeightVersionKey");
    expect(ledger.pendingCommits({ netuid: 1, hotkey: judge.address })).toHaveLength(10);
    ledger.advance(10);
    expect(refusal(() => ledger.submit(commit, judge.address))).toBe("accepted");
    expect(ledger.pendingCommits({ netuid: 1, hotkey: judge.address })).toHaveLength(1);
  });
});
