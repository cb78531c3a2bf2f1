/** What a careful node does around a write, on the ledger, with connections that are lost at the worst moments. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  addStake,
  type Chain,
  type ChainCall,
  ChainRefusedError,
  ChainUnreachableError,
  commitWeights,
  preflight,
  RAO_PER_TAO,
  register,
  revealWeights,
  serveAxon,
  setWeights,
} from "../src/chain/index.ts";
import { createLedger, type Ledger, type LedgerOptions, ledgerChain } from "../src/localnet/index.ts";
import { keypairFromUri } from "../src/wallet/index.ts";

const key = (name: string) => keypairFromUri(`//writes//${name}`).signer;
const cold = key("cold");
const [validator, miner, stranger] = ["validator", "miner", "stranger"].map(key) as [
  ReturnType<typeof key>,
  ReturnType<typeof key>,
  ReturnType<typeof key>,
];
const FAST = { backoffMs: 1, timeoutMs: 5_000 };
const axon = { ip: "203.0.113.9", port: 8_091, version: 1 };
const lost = () => new ChainUnreachableError({ endpoint: "test", problem: "the connection was lost" });

let ledger: Ledger;
let chain: Chain;
async function begin(settings: NonNullable<LedgerOptions["subnets"]>[number] = {}) {
  ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 4, weightsRateLimit: 3, ...settings } } });
  chain = ledgerChain(ledger);
  for (const { address } of [validator, miner]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: validator.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
}
const blocks = (count: number) => {
  for (let i = 0; i < count; i++) ledger.produceBlock();
};
/** The chain whose connection is lost `times` times: before the call gets there, or after it did its work. */
function losing(times: number, when: "before" | "after"): { chain: Chain; sent: ChainCall[] } {
  const sent: ChainCall[] = [];
  const submit: Chain["submit"] = async (call, ...rest) => {
    const lose = sent.push(call) <= times;
    if (lose && when === "before") throw lost();
    const receipt = await chain.submit(call, ...rest);
    if (lose) throw lost();
    return receipt;
  };
  return { chain: { ...chain, submit }, sent };
}
beforeEach(() => begin());

describe("a connection lost", () => {
  it("before the call got there: it is sent again, and has worked once", async () => {
    const { chain: bad, sent } = losing(2, "before");
    const { uid, receipt } = await register(bad, { netuid: 1, hotkey: stranger.address, signer: cold }, FAST);
    expect([uid, sent.length, receipt?.block]).toEqual([2, 3, ledger.block]);
  });

  it("after it worked: the chain is looked at, and nothing is sent twice", async () => {
    const { chain: bad, sent } = losing(1, "after");
    const before = ledger.balance(cold.address);
    const { burnRao } = ledger.hyperparameters(1);
    expect(await register(bad, { netuid: 1, hotkey: stranger.address, signer: cold }, FAST)).toEqual({
      uid: 2,
      receipt: null,
    });
    expect([sent.length, before - ledger.balance(cold.address)]).toEqual([1, burnRao]);
    expect(await serveAxon(losing(1, "after").chain, { netuid: 1, axon, signer: miner }, FAST)).toEqual({
      changed: true,
      receipt: null,
    });
  });

  it("while staking: it is said, for a second try could stake twice", async () => {
    const { chain: bad, sent } = losing(1, "before");
    const stake = { netuid: 1, hotkey: miner.address, amountRao: 1n, signer: cold };
    await expect(addStake(bad, stake)).rejects.toBeInstanceOf(ChainUnreachableError);
    expect(sent).toHaveLength(1);
  });

  it("for good: the deadline ends it, with the loss as the cause", async () => {
    const { chain: bad } = losing(Number.POSITIVE_INFINITY, "before");
    const done = register(bad, { netuid: 1, hotkey: stranger.address, signer: cold }, { backoffMs: 5, timeoutMs: 60 });
    await expect(done).rejects.toMatchObject({ code: "TIMED_OUT", cause: expect.any(ChainUnreachableError) });
  });

  it("and a caller that goes away: its own reason", async () => {
    const { chain: bad } = losing(Number.POSITIVE_INFINITY, "before");
    const controller = new AbortController();
    const done = serveAxon(bad, { netuid: 1, axon, signer: miner }, { backoffMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(done).rejects.toThrow("enough");
  });
});

describe("one key", () => {
  it("has one write in flight, in order; another's does not wait, and a failure blocks nobody", async () => {
    let [inFlight, most] = [0, 0];
    const submit: Chain["submit"] = async (call, signer, options) => {
      if (signer.address === cold.address) most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (signer.address === cold.address) inFlight -= 1;
      return chain.submit(call, signer, options);
    };
    const slow = { ...chain, submit };
    const names = ["a", "b", "a", "c"].map((name) => key(name).address);
    const all = await Promise.allSettled(names.map((hotkey) => register(slow, { netuid: 1, hotkey, signer: cold })));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(most).toBe(1);
  });
});

describe("a preflight", () => {
  const row = { uids: [0, 1], weights: [1, 65_535], versionKey: 0 };
  const set = (changes: object = {}): ChainCall => ({
    type: "set_weights",
    netuid: 1,
    mechanism: 0,
    ...row,
    ...changes,
  });
  it.each<[string, ChainCall, ReturnType<typeof key>, string | null]>([
    ["a good row", set(), validator, null],
    ["no permit", set(), miner, "NotEnoughStakeToSetWeights"],
    ["a stranger's row", set(), stranger, "HotKeyNotRegisteredInSubNet"],
    ["a uid twice", set({ uids: [1, 1] }), validator, "DuplicateUids"],
    ["a uid of nobody", set({ uids: [1, 9] }), validator, "UidVecContainInvalidOne"],
    ["too many uids", set({ uids: [0, 1, 2], weights: [1, 1, 1] }), validator, "UidsLengthExceedUidsInSubNet"],
    ["weights missing", set({ weights: [1] }), validator, "WeightVecNotEqualSize"],
    ["a mechanism of nobody", set({ mechanism: 1 }), validator, "MechanismDoesNotExist"],
    [
      "a commit in the clear",
      { type: "commit_weights", netuid: 1, mechanism: 0, hash: `0x${"ab".repeat(32)}` },
      validator,
      "CommitRevealDisabled",
    ],
    ["an axon", { type: "serve_axon", netuid: 1, axon }, miner, null],
    [
      "an axon at the end of the world",
      { type: "serve_axon", netuid: 1, axon: { ...axon, ip: "255.255.255.255" } },
      miner,
      "InvalidIpAddress",
    ],
    ["a stranger's axon", { type: "serve_axon", netuid: 1, axon }, stranger, "HotKeyNotRegisteredInNetwork"],
    [
      "a second registration",
      { type: "register", netuid: 1, hotkey: miner.address, maxBurnRao: null },
      cold,
      "HotKeyAlreadyRegisteredInSubNet",
    ],
    [
      "a price too high",
      { type: "register", netuid: 1, hotkey: stranger.address, maxBurnRao: 1n },
      cold,
      "RegistrationPriceLimitExceeded",
    ],
    [
      "more than there is",
      { type: "add_stake", netuid: 1, hotkey: miner.address, amountRao: 10n ** 18n },
      cold,
      "NotEnoughBalanceToStake",
    ],
    ["nothing", { type: "add_stake", netuid: 1, hotkey: miner.address, amountRao: 0n }, cold, "AmountTooLow"],
  ])("of %s says what the chain says", async (_, call, signer, refusal) => {
    blocks(4);
    const { problems, call: description } = await preflight(chain, call, { address: signer.address });
    expect(problems[0]?.refusal ?? null).toBe(refusal);
    expect(description.pallet).toBe("SubtensorModule");
    const sent = chain.submit(call, signer);
    if (refusal === null) await sent;
    else await expect(sent).rejects.toMatchObject({ refusal });
  });

  it("says when it could work: the rate limit's last block, the next epoch for a permit", async () => {
    blocks(4);
    await setWeights(chain, { netuid: 1, ...row, signer: validator });
    const at = ledger.block;
    const { problems } = await preflight(chain, set(), { address: validator.address });
    expect(problems).toEqual([
      { refusal: "SettingWeightsTooFast", values: { "Blocks left": 3 }, possibleAtBlock: at + 3 },
    ]);
    blocks(3);
    expect((await preflight(chain, set(), { address: validator.address })).problems).toEqual([]);
  });

  it("stops the write before anything is sent", async () => {
    const { chain: watched, sent } = losing(0, "before");
    const early = setWeights(watched, { netuid: 1, ...row, signer: validator });
    await expect(early).rejects.toMatchObject({
      refusal: "NeuronNoValidatorPermit",
      values: { "Possible at block": 4 },
    });
    await expect(early).rejects.toBeInstanceOf(ChainRefusedError);
    expect(sent).toEqual([]);
  });

  it("refuses 127.0.0.1 on a chain that is no development chain, with advice", async () => {
    const real: Chain = { ...chain, info: async (options) => ({ ...(await chain.info(options)), development: false }) };
    const call: ChainCall = { type: "serve_axon", netuid: 1, axon: { ...axon, ip: "127.0.0.1" } };
    const [problem] = (await preflight(real, call, { address: miner.address })).problems;
    expect(problem).toMatchObject({ refusal: "InvalidIpAddress", hint: expect.stringContaining("--axon.external_ip") });
    expect((await preflight(chain, call, { address: miner.address })).problems).toEqual([]);
  });
});

describe("an axon", () => {
  it("that the chain shows already is not sent again", async () => {
    const { chain: watched, sent } = losing(0, "before");
    expect((await serveAxon(watched, { netuid: 1, axon, signer: miner })).changed).toBe(true);
    expect(await serveAxon(watched, { netuid: 1, axon, signer: miner })).toEqual({ changed: false, receipt: null });
    expect((await serveAxon(watched, { netuid: 1, axon: null, signer: miner })).changed).toBe(true);
    expect(sent).toHaveLength(2);
  });
});

describe("weights by hash", () => {
  const row = { netuid: 1, uids: [1], weights: [65_535], versionKey: 0 };
  beforeEach(() => begin({ commitReveal: true }));

  it("are committed, refused before their epoch with the block of it, revealed in it, and only once", async () => {
    blocks(4);
    const commit = await commitWeights(losing(1, "after").chain, { ...row, signer: validator }, FAST);
    expect([commit.receipt, commit.salt.length, commit.hash.length]).toEqual([null, 8, 66]);
    const reveal = (changes: object = {}) => revealWeights(chain, { ...commit, ...changes, signer: validator });
    const early = await reveal().catch((error: unknown) => error);
    expect(early).toMatchObject({ refusal: "RevealTooEarly" });
    const opens = Number((early as ChainRefusedError).values["Possible at block"]);
    blocks(opens - ledger.block);
    await expect(reveal({ salt: [1] })).rejects.toMatchObject({ refusal: "InvalidRevealCommitHashNotMatch" });
    expect(await revealWeights(losing(1, "after").chain, { ...commit, signer: validator }, FAST)).toBeNull();
    expect((await chain.weights({ netuid: 1 })).find(({ uid }) => uid === 0)?.uids).toEqual([1]);
    await expect(reveal()).rejects.toMatchObject({ refusal: "NoWeightsCommitFound" });
  });

  it("are lost when their epoch is over", async () => {
    blocks(4);
    const commit = await commitWeights(chain, { ...row, signer: validator });
    blocks(12);
    await expect(revealWeights(chain, { ...commit, signer: validator })).rejects.toMatchObject({
      refusal: "NoWeightsCommitFound",
    });
    const { hash: _hash, receipt: _receipt, ...reveal } = commit;
    await expect(chain.submit({ type: "reveal_weights", ...reveal }, validator)).rejects.toMatchObject({
      refusal: "ExpiredWeightCommit",
    });
  });
});

describe("weights of a subnet that commits and reveals", () => {
  const row = { netuid: 1, uids: [1], weights: [65_535], versionKey: 0 };
  beforeEach(() => begin({ commitReveal: true }));

  it("go under a time lock, are nobody's to see, and count an epoch later", async () => {
    blocks(4);
    const { how, revealRound } = await setWeights(chain, { ...row, signer: validator });
    expect([how, typeof revealRound]).toEqual(["timelocked", "number"]);
    const seen = async () => (await chain.weights({ netuid: 1 })).filter(({ uids }) => uids.length > 0);
    expect(await seen()).toEqual([]);
    expect(await chain.pendingCommits({ netuid: 1, hotkey: validator.address })).toMatchObject([
      { kind: "timelocked", revealRound },
    ]);
    blocks(12);
    expect(await seen()).toEqual([{ uid: 0, uids: [1], weights: [65_535] }]);
    expect((await chain.metagraph({ netuid: 1 })).neurons[1]?.incentive).toBe(1);
    expect(await chain.pendingCommits({ netuid: 1, hotkey: validator.address })).toEqual([]);
  });

  it("are committed once when the answer is lost", async () => {
    blocks(4);
    const { chain: bad, sent } = losing(1, "after");
    expect(await setWeights(bad, { ...row, signer: validator }, FAST)).toMatchObject({
      how: "timelocked",
      receipt: null,
    });
    expect([sent.length, (await chain.pendingCommits({ netuid: 1, hotkey: validator.address })).length]).toEqual([
      1, 1,
    ]);
  });
});
