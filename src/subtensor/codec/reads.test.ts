import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RUNTIMES, RUNTIMES_WITH_APIS } from "../../../test/support/runtimes.ts";
import { fromHex, utf8 } from "../../core/index.ts";
import { type Answers, type ChainRead, createCodec, runRead, type SubtensorCodec } from "./index.ts";
import { openRuntime } from "./metadata.ts";
import type { Writer } from "./primitives.ts";
import { methodOf } from "./runtime-calls.ts";

const recorded: { readonly calls: Readonly<Record<string, { readonly result: string }>> } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/metadata-answers.json", import.meta.url), "utf8"),
);
const API = "SubnetInfoRuntimeApi";
const PALLET = "SubtensorModule";
const answerOf = (method: string) => fromHex("result", recorded.calls[`${API}_${method}`].result);
const u64 = (value: number) => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
const hex = (text: string) => `0x${Buffer.from(utf8(text)).toString("hex")}`;

/** A chain of some answers and some storage; what is not told is not stored. */
function chainOf(
  codec: SubtensorCodec,
  calls: Readonly<Record<string, Uint8Array>>,
  storage: Readonly<Record<string, Uint8Array>>,
) {
  const stored = new Map(
    Object.entries(storage)
      .filter(([item]) => codec.hasStorage(PALLET, item))
      .map(([item, bytes]) => [codec.storageKey(PALLET, item, ...(item === "StakeThreshold" ? [] : [2])), bytes]),
  );
  return (asked: Pick<ChainRead<unknown>, "calls" | "keys">): Promise<Answers> =>
    Promise.resolve({
      calls: asked.calls.map(({ method }) => calls[method] ?? Uint8Array.of(0)),
      values: asked.keys.map((key) => stored.get(key) ?? null),
    });
}

/** What only storage tells, and, where there is no runtime API, all of it. */
const STORED = {
  NetworksAdded: Uint8Array.of(1),
  StakeThreshold: u64(1000),
  Burn: u64(7),
  MechanismCountCurrent: Uint8Array.of(2),
  MaxAllowedUids: Uint8Array.of(64, 0),
  Tempo: Uint8Array.of(10, 0),
};
const ONLY_STORED = { stakeThresholdRao: 1000n, burnRao: 7n, maxAllowedUids: 64, tempo: 10 };
/** The recorded subnet. */
const RECORDED = {
  weightsRateLimit: 0,
  servingRateLimit: 0,
  minAllowedWeights: 1,
  maxWeightLimit: 1,
  maxValidators: 64,
  immunityPeriod: 4096,
  activityCutoff: 5000,
  registrationAllowed: true,
  commitReveal: true,
  commitRevealPeriodEpochs: 1,
  kappa: 32767 / 65535,
  bondsMovingAverage: 0.9,
};

describe.each(RUNTIMES)("hyperparameters by $name", ({ spec, metadata }) => {
  const codec = createCodec(metadata);

  it("come from storage where no runtime API tells them", async () => {
    const ask = chainOf(codec, {}, { ...STORED, Yuma3On: Uint8Array.of(1), WeightsSetRateLimit: u64(33) });
    const read = codec.reads.hyperparameters({ netuid: 2 });
    // A runtime with the API answers None, as for a subnet that it does not know.
    const found = await runRead(read, ask);
    expect(found).toMatchObject({
      ...ONLY_STORED,
      weightsRateLimit: 33,
      yumaVersion: 3,
      kappa: 32767 / 65535,
      commitRevealVersion: spec === 293 ? 3 : 4,
      mechanisms: spec === 293 ? 1 : 2,
    });
    expect(read.keys).toHaveLength(spec === 293 ? 19 : 21);
  });

  it("of a subnet that is not there are null", async () => {
    expect(await runRead(codec.reads.hyperparameters({ netuid: 2 }), chainOf(codec, {}, {}))).toBeNull();
  });
});

describe.each(RUNTIMES_WITH_APIS.filter(({ spec }) => spec === 293))("hyperparameters by $name", ({ metadata }) => {
  it("are the recorded ones, and storage completes them", async () => {
    const codec = createCodec(metadata);
    const calls = { [`${API}_get_subnet_hyperparams_v2`]: answerOf("get_subnet_hyperparams_v2") };
    const found = await runRead(codec.reads.hyperparameters({ netuid: 2 }), chainOf(codec, calls, STORED));
    expect(found).toEqual({
      ...RECORDED,
      ...ONLY_STORED,
      weightsVersionKey: 0,
      commitRevealVersion: 3,
      mechanisms: 1,
      yumaVersion: 2,
    });
  });
});

describe.each(RUNTIMES_WITH_APIS.filter(({ spec }) => spec === 424))("hyperparameters by $name", ({ metadata }) => {
  it("are a list of names with values, of which new ones are passed over", async () => {
    const codec = createCodec(metadata);
    const runtime = openRuntime(metadata);
    const writer: Writer = [];
    const entries = [
      ["tempo", "U16", 99],
      ["something_new", "U64F64", 1n],
      ["kappa", "U16", 65535],
      ["commit_reveal_weights_enabled", "Bool", false],
      ["bonds_moving_avg", "U64", 500_000],
      ["min_burn", "TaoBalance", 1],
      ["yuma_version", "U16", 3],
    ].map(([name, type, value]) => ({ name: hex(String(name)), value: { type, value } }));
    runtime.scale(methodOf(runtime, API, "get_subnet_hyperparams_v3").output).write(writer, entries, "entries");
    const calls = { [`${API}_get_subnet_hyperparams_v3`]: Uint8Array.from(writer) };
    const found = await runRead(codec.reads.hyperparameters({ netuid: 2 }), chainOf(codec, calls, STORED));
    expect(found).toMatchObject({
      ...ONLY_STORED,
      tempo: 99,
      kappa: 1,
      commitReveal: false,
      bondsMovingAverage: 0.5,
      yumaVersion: 3,
      mechanisms: 2,
      commitRevealVersion: 4,
      immunityPeriod: 4096,
    });
  });
});

describe.each(RUNTIMES_WITH_APIS.filter(({ spec }) => spec === 293))("the list of subnets by $name", ({ metadata }) => {
  it("is made of two runtime APIs, and of storage in a second round", async () => {
    const codec = createCodec(metadata);
    const runtime = openRuntime(metadata);
    const info = (netuid: number) => ({
      ...Object.fromEntries(
        [
          "rho kappa difficulty immunity_period max_allowed_validators min_allowed_weights max_weights_limit",
          "scaling_law_power blocks_since_last_step tempo network_modality emission_value",
        ].flatMap((names) => names.split(" ").map((name) => [name, 0])),
      ),
      netuid,
      subnetwork_n: 6,
      max_allowed_uids: 256,
      network_connect: [],
      burn: 100_000_000n,
      owner: new Uint8Array(32),
      identity: null,
    });
    const writer: Writer = [];
    const rows = [info(2), null, info(0)];
    runtime.scale(methodOf(runtime, API, "get_subnets_info_v2").output).write(writer, rows, "rows");
    const calls = {
      [`${API}_get_all_dynamic_info`]: answerOf("get_all_dynamic_info"),
      [`${API}_get_subnets_info_v2`]: Uint8Array.from(writer),
    };
    const storage = { NetworkRegistrationAllowed: Uint8Array.of(0) };
    expect(await runRead(codec.reads.subnets(), chainOf(codec, calls, storage))).toEqual([
      expect.objectContaining({ netuid: 0, name: "root", neurons: 6 }),
      {
        netuid: 2,
        name: "omron",
        owner: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        neurons: 6,
        maxAllowedUids: 256,
        tempo: 10,
        burnRao: 100_000_000n,
        registrationAllowed: false,
      },
    ]);
  });
});
