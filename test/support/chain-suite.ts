/**
 * What every implementation of the Chain port must do: one suite, run against the ledger in this process, the ledger behind HTTP, and a
 * Subtensor node. Whoever writes a chain runs it too.
 */
import { afterEach, describe, expect, it } from "vitest";
import {
  type Chain,
  type ChainCall,
  ChainRefusedError,
  commitHash,
  type Hyperparameters,
  lookaheadEpochIndex,
  type Neuron,
  neuronOf,
  nextEpochBlock,
  RAO_PER_TAO,
  setWeights,
  weightsCall,
} from "../../src/chain/index.ts";
import { toHex } from "../../src/core/index.ts";
import type { Signer } from "../../src/wallet/index.ts";

/** A chain to be tried, and what the suite cannot do by itself. */
export interface ChainBench {
  readonly chain: Chain;
  readonly netuid: number;
  /** Owns at least 10,000 TAO. */
  readonly coldkey: Signer;
  /** A key that no earlier test has used. */
  key(name: string): Signer;
  /** Lets so many blocks pass, or a few more. */
  blocks(count: number): Promise<void>;
  close(): Promise<void>;
}
/** What a test needs of the subnet. */
export type BenchSettings = Partial<Pick<Hyperparameters, "commitReveal" | "weightsRateLimit" | "tempo">>;

/** Of the subnets that the suite makes itself; of a node's it takes what there is. */
export const SUITE_SETTINGS: Required<BenchSettings> = { commitReveal: false, weightsRateLimit: 3, tempo: 6 };

const U16 = 65_535;
const call = {
  register: (netuid: number, hotkey: Signer, maxBurnRao: bigint | null = null): ChainCall => ({
    type: "register",
    netuid,
    hotkey: hotkey.address,
    maxBurnRao,
  }),
  stake: (netuid: number, hotkey: Signer, amountRao: bigint): ChainCall => ({
    type: "add_stake",
    netuid,
    hotkey: hotkey.address,
    amountRao,
  }),
  weights: (netuid: number, row: Readonly<Record<number, number>>, mechanism = 0): ChainCall => ({
    type: "set_weights",
    netuid,
    mechanism,
    uids: Object.keys(row).map(Number),
    weights: Object.values(row),
    versionKey: 0,
  }),
};

/**
 * @param open a bench with these settings; null = this chain cannot be had with them, and the test is skipped.
 * @example
 * testChainPort("in process", openLedgerBench);
 */
export function testChainPort(
  name: string,
  open: (settings: Required<BenchSettings>) => Promise<ChainBench | null>,
  { timeoutMs = 20_000 }: { timeoutMs?: number } = {},
): void {
  describe(`the Chain port ${name}`, { timeout: timeoutMs }, () => {
    let bench: ChainBench | null = null;
    afterEach(async () => {
      await bench?.close();
      bench = null;
    });
    const begin = async (skip: () => never, settings: BenchSettings = {}): Promise<ChainBench> => {
      bench = await open({ ...SUITE_SETTINGS, ...settings });
      return bench ?? skip();
    };
    const refusal = async (work: Promise<unknown>): Promise<string> => {
      try {
        await work;
        return "accepted";
      } catch (error) {
        if (error instanceof ChainRefusedError) return error.refusal;
        throw error;
      }
    };
    const neuron = async ({ chain, netuid }: ChainBench, key: Signer): Promise<Neuron> => {
      const found = neuronOf(await chain.metagraph({ netuid }), key.address);
      if (found === undefined) throw new Error(`${key.address} is not registered`);
      return found;
    };
    /** Lets blocks pass until the epoch after this one has run. */
    const nextEpoch = async ({ chain, netuid, blocks }: ChainBench) => {
      const before = await chain.epochState({ netuid });
      await blocks(nextEpochBlock(before) - before.block);
      const after = await chain.epochState({ netuid });
      expect(after.epochIndex).toBeGreaterThan(before.epochIndex);
    };
    /** A validator with a permit and two miners, past their rate limit. */
    const peopled = async (bench: ChainBench) => {
      const { chain, netuid, coldkey } = bench;
      const [validator, good, bad] = ["validator", "good", "bad"].map((who) => bench.key(who)) as [
        Signer,
        Signer,
        Signer,
      ];
      for (const key of [validator, good, bad]) await chain.submit(call.register(netuid, key), coldkey);
      await chain.submit(call.stake(netuid, validator, 1_000n * RAO_PER_TAO), coldkey);
      await nextEpoch(bench);
      const { weightsRateLimit } = await chain.hyperparameters({ netuid });
      await bench.blocks(weightsRateLimit);
      const uids = await Promise.all([validator, good, bad].map((key) => chain.uid({ netuid, hotkey: key.address })));
      return { validator, good, bad, uids: uids as [number, number, number] };
    };

    it("says what it is: genesis, beacon, head, subnets", async ({ skip }) => {
      const { chain, netuid, blocks } = await begin(skip);
      const info = await chain.info();
      expect(info.genesisHash).toMatch(/^0x[0-9a-f]{64}$/);
      expect(info.beacon.publicKey.length).toBe(96);
      expect([info.blockTimeMs > 0, info.specVersion > 0, info.beacon.periodSeconds > 0]).toEqual([true, true, true]);
      const before = await chain.head();
      await blocks(2);
      const after = await chain.head();
      expect(after.block).toBeGreaterThanOrEqual(before.block + 2);
      expect(after.timestampMs).toBeGreaterThan(before.timestampMs);
      expect(after.hash).not.toBe(before.hash);
      const hyperparameters = await chain.hyperparameters({ netuid });
      const [summary] = (await chain.subnets()).filter((subnet) => subnet.netuid === netuid);
      expect(summary).toMatchObject({ tempo: hyperparameters.tempo, maxAllowedUids: hyperparameters.maxAllowedUids });
      expect(hyperparameters.kappa).toBeCloseTo(0.5, 3);
      expect(hyperparameters.mechanisms).toBeGreaterThanOrEqual(1);
    });

    it("refuses reads of a subnet that is not there", async ({ skip }) => {
      const { chain } = await begin(skip);
      for (const read of [chain.metagraph, chain.hyperparameters, chain.epochState, chain.weights] as const)
        expect(await refusal(read({ netuid: 4_000 }))).toBe("SubnetNotExists");
    });

    it("describes a call without sending it", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid } = bench;
      const hotkey = bench.key("described");
      const description = await chain.describe(call.register(netuid, hotkey, 5n));
      expect([description.pallet, description.signedBy]).toEqual(["SubtensorModule", "coldkey"]);
      expect(description.name).toMatch(/^(burned_register|register_limit)$/);
      expect((await chain.describe(call.weights(netuid, { 0: 1 }))).signedBy).toBe("hotkey");
      expect(await chain.uid({ netuid, hotkey: hotkey.address })).toBeNull();
    });

    it("registers for the price of the moment, once, and no dearer than allowed", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid, coldkey } = bench;
      const hotkey = bench.key("registered");
      expect(await chain.uid({ netuid, hotkey: hotkey.address })).toBeNull();
      expect(await refusal(chain.submit(call.register(netuid, hotkey, 1n), coldkey))).toBe(
        "RegistrationPriceLimitExceeded",
      );
      const { burnRao } = await chain.hyperparameters({ netuid });
      const before = await chain.balance({ coldkey: coldkey.address });
      const receipt = await chain.submit(call.register(netuid, hotkey), coldkey);
      expect(receipt.hash).toMatch(/^0x[0-9a-f]{64}$/);
      const paid = before - (await chain.balance({ coldkey: coldkey.address })) - receipt.feeRao;
      // The price falls every block, and a block may have passed.
      expect(paid > 0n && paid <= burnRao).toBe(true);
      expect((await chain.hyperparameters({ netuid })).burnRao).toBeGreaterThan(paid);
      const uid = await chain.uid({ netuid, hotkey: hotkey.address });
      expect(await neuron(bench, hotkey)).toMatchObject({ uid, coldkey: coldkey.address, axon: null, incentive: 0 });
      expect(await refusal(chain.submit(call.register(netuid, hotkey), coldkey))).toBe(
        "HotKeyAlreadyRegisteredInSubNet",
      );
      expect(await refusal(chain.submit(call.register(4_000, hotkey), coldkey))).toBe("SubnetNotExists");
    });

    it("announces an axon and takes it back", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid, coldkey } = bench;
      const hotkey = bench.key("serving");
      const axon = { ip: "203.0.113.9", port: 8_091, version: 10_002_000 };
      const serve = { type: "serve_axon", netuid, axon } as const;
      expect(await refusal(chain.submit(serve, hotkey))).toMatch(/^HotKeyNotRegisteredIn(Network|SubNet)$/);
      await chain.submit(call.register(netuid, hotkey), coldkey);
      await bench.blocks(1);
      await chain.submit(serve, hotkey);
      const announced = await neuron(bench, hotkey);
      expect(announced.axon).toEqual(axon);
      expect(announced.axonUpdatedAtBlock).toBeGreaterThan(0);
      const { servingRateLimit } = await chain.hyperparameters({ netuid });
      await bench.blocks(servingRateLimit);
      const refused = (ip: string, port = 8_091) =>
        refusal(chain.submit({ ...serve, axon: { ip, port, version: 1 } }, hotkey));
      expect(await refused("255.255.255.255")).toBe("InvalidIpAddress");
      expect(await refused("203.0.113.9", 0)).toBe("InvalidPort");
      await chain.submit({ ...serve, axon: { ip: "2001:db8::1", port: 8_092, version: 1 } }, hotkey);
      expect((await neuron(bench, hotkey)).axon).toMatchObject({ ip: "2001:db8::1", port: 8_092 });
      await bench.blocks(servingRateLimit);
      await chain.submit({ ...serve, axon: null }, hotkey);
      expect((await neuron(bench, hotkey)).axon).toBeNull();
    });

    it("stakes, gives a permit at the epoch and not before, and takes no more than there is", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid, coldkey } = bench;
      const hotkey = bench.key("staker");
      await chain.submit(call.register(netuid, hotkey), coldkey);
      const before = await chain.balance({ coldkey: coldkey.address });
      await chain.submit(call.stake(netuid, hotkey, 100n * RAO_PER_TAO), coldkey);
      expect(before - (await chain.balance({ coldkey: coldkey.address }))).toBeGreaterThanOrEqual(99n * RAO_PER_TAO);
      const staked = await neuron(bench, hotkey);
      expect(staked.stakeRao > 0n).toBe(true);
      expect(staked.validatorPermit).toBe(false);
      const all = await chain.balance({ coldkey: coldkey.address });
      expect(await refusal(chain.submit(call.stake(netuid, hotkey, all * 2n), coldkey))).toBe(
        "NotEnoughBalanceToStake",
      );
      await nextEpoch(bench);
      expect((await neuron(bench, hotkey)).validatorPermit).toBe(true);
    });

    it("turns weights into incentive at the epoch, and other weights into other incentive", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid } = bench;
      if ((await chain.hyperparameters({ netuid })).commitReveal) skip();
      const { validator, good, bad, uids } = await peopled(bench);
      const [me, first, second] = uids;
      await chain.submit(call.weights(netuid, { [first]: 60_000, [second]: 20_000 }), validator);
      const row = (await chain.weights({ netuid })).find(({ uid }) => uid === me);
      expect(row).toEqual({ uid: me, uids: [first, second], weights: [U16, 21_845] });
      expect((await neuron(bench, validator)).lastUpdateBlock).toBeGreaterThan(0);
      await nextEpoch(bench);
      const shares = async () => [(await neuron(bench, good)).incentive, (await neuron(bench, bad)).incentive] as const;
      const [before, after] = await shares();
      expect(before / after).toBeCloseTo(3, 2);
      const judge = await neuron(bench, validator);
      expect([judge.dividends > 0, judge.validatorTrust > 0, judge.active]).toEqual([true, true, true]);
      expect((await neuron(bench, good)).emissionRao > (await neuron(bench, bad)).emissionRao).toBe(true);
      const { weightsRateLimit } = await chain.hyperparameters({ netuid });
      await bench.blocks(weightsRateLimit);
      await chain.submit(call.weights(netuid, { [first]: 1, [second]: 3 }), validator);
      await nextEpoch(bench);
      const [later, latter] = await shares();
      expect(latter).toBeGreaterThan(later);
    });

    it("refuses weights by the chain's names, in its order", async ({ skip }) => {
      const bench = await begin(skip, { weightsRateLimit: 50 });
      const { chain, netuid, coldkey } = bench;
      if ((await chain.hyperparameters({ netuid })).commitReveal) skip();
      const { validator, uids } = await peopled(bench);
      const [, first, second] = uids;
      const late = bench.key("late");
      await chain.submit(call.register(netuid, late), coldkey);
      const { neurons } = await chain.metagraph({ netuid });
      const tooMany = Object.fromEntries(Array.from({ length: neurons.length + 1 }, (_, uid) => [uid, 1]));
      const refused = (row: ChainCall, signer = validator) => refusal(chain.submit(row, signer));
      const fine = { [first]: 3, [second]: 1 };
      expect({
        lengths: await refused({ ...call.weights(netuid, fine), uids: [first] } as ChainCall),
        mechanism: await refused(call.weights(netuid, fine, 15)),
        many: await refused(call.weights(netuid, tooMany)),
        stranger: await refused(call.weights(netuid, fine), bench.key("stranger")),
        poor: await refused(call.weights(netuid, fine), late),
        twice: await refused({ ...call.weights(netuid, fine), uids: [first, first] } as ChainCall),
        unknown: await refused(call.weights(netuid, { [first]: 1, 4000: 1 })),
        early: await refused({
          type: "commit_weights",
          netuid,
          mechanism: 0,
          hash: `0x${"00".repeat(32)}`,
        }),
        fine: await refused(call.weights(netuid, fine)),
        soon: await refused(call.weights(netuid, fine)),
      }).toEqual({
        lengths: "WeightVecNotEqualSize",
        mechanism: "MechanismDoesNotExist",
        many: "UidsLengthExceedUidsInSubNet",
        stranger: "HotKeyNotRegisteredInSubNet",
        poor: "NotEnoughStakeToSetWeights",
        twice: "DuplicateUids",
        unknown: "UidVecContainInvalidOne",
        early: "CommitRevealDisabled",
        fine: "accepted",
        soon: "SettingWeightsTooFast",
      });
    });

    it("keeps timelocked weights from everybody until their epoch, and then opens them by itself", async ({ skip }) => {
      const bench = await begin(skip, { commitReveal: true });
      const { chain, netuid } = bench;
      if (!(await chain.hyperparameters({ netuid })).commitReveal) skip();
      const { validator, good, uids } = await peopled(bench);
      const [me, first, second] = uids;
      expect(await refusal(chain.submit(call.weights(netuid, { [first]: 1 }), validator))).toBe("CommitRevealEnabled");
      const row = { netuid, uids: [first, second], weights: [U16, 0], versionKey: 0 };
      const { how, revealRound } = await setWeights(chain, { ...row, signer: validator });
      expect(how).toBe("timelocked");
      const hotkey = validator.address;
      const [pending] = await chain.pendingCommits({ netuid, hotkey });
      expect(pending).toMatchObject({ kind: "timelocked", revealRound });
      const rowOf = async () => (await chain.weights({ netuid })).find(({ uid }) => uid === me);
      expect(await rowOf()).toBeUndefined();
      const soon = await weightsCall(chain, row, { publicKey: validator.publicKey });
      expect(await refusal(chain.submit(soon, validator))).toBe("CommittingWeightsTooFast");
      const { commitRevealPeriodEpochs } = await chain.hyperparameters({ netuid });
      for (let i = 0; i < commitRevealPeriodEpochs; i++) await nextEpoch(bench);
      await bench.blocks(4);
      expect(await rowOf()).toMatchObject({ uids: [first, second], weights: [U16, 0] });
      expect(await chain.pendingCommits({ netuid, hotkey })).toEqual([]);
      await nextEpoch(bench);
      expect((await neuron(bench, good)).incentive).toBeGreaterThan(0.9);
    });

    it("refuses timelocked commits of another version, or whose round is out", async ({ skip }) => {
      const bench = await begin(skip, { commitReveal: true });
      const { chain, netuid } = bench;
      if (!(await chain.hyperparameters({ netuid })).commitReveal) skip();
      const { validator, uids } = await peopled(bench);
      const row = { netuid, uids: [uids[1]], weights: [U16], versionKey: 0 };
      const commit = await weightsCall(chain, row, { publicKey: validator.publicKey });
      if (commit.type !== "commit_timelocked_weights") throw new Error("The subnet takes weights in the clear.");
      const refused = (changes: object, signer = validator) => refusal(chain.submit({ ...commit, ...changes }, signer));
      expect(await refused({ mechanism: 15 })).toBe("MechanismDoesNotExist");
      expect(await refused({ commitRevealVersion: 3 })).toBe("IncorrectCommitRevealVersion");
      expect(await refused({}, bench.key("stranger"))).toBe("HotKeyNotRegisteredInSubNet");
      expect(await refused({ revealRound: 1 })).toBe("InvalidRevealRound");
      expect(await refused({})).toBe("accepted");
    });

    it("opens hash commits in the epoch that is meant for it, by what was committed", async ({ skip }) => {
      const bench = await begin(skip, { commitReveal: true });
      const { chain, netuid } = bench;
      if (!(await chain.hyperparameters({ netuid })).commitReveal) skip();
      const { validator, uids } = await peopled(bench);
      const [me, first, second] = uids;
      const row = { uids: [first, second], salt: [7, 8, 9], versionKey: 0 };
      const { publicKey, address: hotkey } = validator;
      const hash = `0x${toHex(commitHash({ ...row, publicKey, netuid, mechanismId: 0, values: [9, 3] }))}`;
      const reveal = { type: "reveal_weights", netuid, mechanism: 0, ...row, weights: [9, 3] } as const;
      expect(await refusal(chain.submit(reveal, validator))).toBe("NoWeightsCommitFound");
      await chain.submit({ type: "commit_weights", netuid, mechanism: 0, hash }, validator);
      const { epochIndex } = await chain.epochState({ netuid });
      expect(await chain.pendingCommits({ netuid, hotkey })).toMatchObject([
        { kind: "hash", hash, epochIndex, revealRound: null },
      ]);
      expect(await refusal(chain.submit(reveal, validator))).toBe("RevealTooEarly");
      expect(await refusal(chain.submit({ ...reveal, salt: [7, 8] }, validator))).toBe(
        "InvalidRevealCommitHashNotMatch",
      );
      const { commitRevealPeriodEpochs } = await chain.hyperparameters({ netuid });
      for (let i = 0; i < commitRevealPeriodEpochs; i++) await nextEpoch(bench);
      await chain.submit(reveal, validator);
      const stored = (await chain.weights({ netuid })).find(({ uid }) => uid === me);
      expect(stored).toEqual({ uid: me, uids: [first, second], weights: [U16, 21_845] });
      expect(await chain.pendingCommits({ netuid, hotkey })).toEqual([]);
    });

    it("runs its epochs when its own state says so", async ({ skip }) => {
      const bench = await begin(skip);
      const { chain, netuid } = bench;
      for (let i = 0; i < 3; i++) {
        const before = await chain.epochState({ netuid });
        const due = nextEpochBlock(before);
        await bench.blocks(due - before.block);
        const after = await chain.epochState({ netuid });
        expect(after.lastEpochBlock).toBe(due);
        expect(after.epochIndex).toBe(before.epochIndex + 1);
        expect(lookaheadEpochIndex({ ...before, block: due - 1 })).toBe(after.epochIndex);
      }
    });

    it("gives up when its caller does", async ({ skip }) => {
      const { chain, netuid } = await begin(skip);
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(chain.metagraph({ netuid }, { signal })).rejects.toThrow("enough");
    });
  });
}
