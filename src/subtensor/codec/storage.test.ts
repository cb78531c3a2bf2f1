import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../../../test/support/runtimes.ts";
import { fromHex } from "../../core/index.ts";
import { createCodec } from "./index.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const PALLET = "SubtensorModule";
const PREFIX = "0x658faa385070e074c85bf6b568cf0555";
const ALICE_ON_1 = `${PREFIX}aab1b4e78e1ea8305462ee53b3686dc80100de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d`;

describe.each(RUNTIMES)("$name", ({ spec, metadata }) => {
  const codec = createCodec(metadata);

  it("makes keys as the chain does", () => {
    expect(codec.storageKey(PALLET, "Uids", 1, ALICE)).toBe(ALICE_ON_1);
    expect(codec.storageKey(PALLET, "RevealPeriodEpochs", 7)).toBe(
      `${PREFIX}8f232bcbac768c1d6201850c60f161edbc57c078260bbd3c0700`,
    );
    expect(codec.storageKey("System", "Events")).toBe(
      "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7",
    );
  });

  it.each([
    ["Tempo", "7641384bb339f3758acddfd7053d3317"],
    ["Weights", "a1e7036061f484bc3048a64b64e35ec4"],
    ["Axons", "b4e0c7b1d5f74994fcd58c28ab601fec"],
    ["StakeThreshold", "782d99ebaa64a1ba18b3e8cda1047327"],
    ["WeightCommits", "9f14c8e879f1adfb03db481d61f6798c"],
  ])("begins the keys of %s with 0x...%s", (item, hash) => {
    expect(codec.storageKey(PALLET, item)).toBe(`${PREFIX}${hash}`);
  });

  it("with fewer arguments makes the beginning that all of these have", () => {
    expect(ALICE_ON_1.startsWith(codec.storageKey(PALLET, "Uids", 1))).toBe(true);
    expect(() => codec.storageKey(PALLET, "Uids", 1, ALICE, 2)).toThrow("SubtensorModule.Uids takes 2 keys, not 3.");
  });

  it("reads keys back", () => {
    expect(codec.decodeStorageKey(PALLET, "Uids", ALICE_ON_1)).toEqual([1, ALICE]);
    expect(() => codec.decodeStorageKey(PALLET, "Axons", ALICE_ON_1)).toThrow(/another item/);
    expect(() => codec.decodeStorageKey(PALLET, "Uids", ALICE_ON_1.slice(0, -2))).toThrow(/cannot be read/);
  });

  it("reads values, the default where nothing is stored, and null where there is none", () => {
    expect(codec.decodeStorage(PALLET, "Uids", Uint8Array.of(3, 0))).toBe(3);
    expect(codec.decodeStorage(PALLET, "Uids", null)).toBeNull();
    expect(codec.decodeStorage(PALLET, "Kappa", null)).toBe(32767);
    expect(codec.decodeStorage(PALLET, "Burn", fromHex("value", "0x00e1f50500000000"))).toBe(100_000_000n);
    expect(codec.decodeStorage(PALLET, "Weights", Uint8Array.of(8, 1, 0, 2, 0, 3, 0, 255, 255))).toEqual([
      [1, 2],
      [3, 65535],
    ]);
    expect(codec.decodeStorage("System", "Account", null)).toMatchObject({ nonce: 0, data: { free: 0n } });
    expect(codec.decodeStorage("Drand", "BeaconConfig", null)).toMatchObject({
      period: 3,
      genesis_time: 1692803367,
      public_key: expect.stringMatching(/^0x83cf0f28/),
    });
  });

  it("knows what it has", () => {
    expect(codec.hasStorage(PALLET, "LastEpochBlock")).toBe(spec === 424);
    expect(codec.hasStorage("Nobody", "Nothing")).toBe(false);
    expect(() => codec.storageKey(PALLET, "Nothing")).toThrow(/does not have/);
    expect(() => codec.decodeStorage("Nobody", "Nothing", null)).toThrow(/does not have/);
  });

  it("has constants and versions", () => {
    expect([codec.specVersion, codec.transactionVersion]).toEqual([spec, 1]);
    expect(codec.constant("System", "SS58Prefix")).toBe(42);
    expect(() => codec.constant("System", "Nothing")).toThrow(/does not have/);
    // The recorded 293 was a chain of fast blocks.
    expect([1000, 12_000]).toContain(codec.blockTimeMs);
  });
});
