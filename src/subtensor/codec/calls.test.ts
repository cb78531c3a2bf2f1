import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ABSENT_RUNTIMES, RUNTIMES } from "../../../test/support/runtimes.ts";
import { smallMetadata } from "../../../test/support/small-metadata.ts";
import type { ChainCall } from "../../chain/index.ts";
import { fromHex, toHex } from "../../core/index.ts";
import { createCodec } from "./index.ts";

interface Golden {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly 293: string | null;
  readonly 424: string | null;
}
const { calls }: { calls: readonly Golden[] } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/metadata-calls.json", import.meta.url), "utf8"),
);
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const hash = `0x${"ab".repeat(32)}`;
const hex = (bytes: Uint8Array) => `0x${toHex(bytes)}`;

it.skip.each(ABSENT_RUNTIMES)("%s", () => undefined);

describe.each(RUNTIMES)("$name", ({ spec, metadata }) => {
  const codec = createCodec(metadata);

  it.each(calls)("$name is the bytes that other clients send, and they are read back", (golden) => {
    const bytes = golden[spec];
    if (bytes === null) {
      expect(codec.hasCall("SubtensorModule", golden.name)).toBe(false);
      expect(() => codec.encode("SubtensorModule", golden.name, golden.args)).toThrow(/does not have/);
      return;
    }
    expect(hex(codec.encode("SubtensorModule", golden.name, golden.args))).toBe(bytes);
    const read = codec.decodeCall(fromHex("bytes", bytes));
    expect(read).toMatchObject({ pallet: "SubtensorModule", name: golden.name });
    expect(hex(codec.encode(read.pallet, read.name, read.args))).toBe(bytes);
  });
});

describe("a call of the port", () => {
  const [old, now] = [createCodec(smallMetadata({ spec: 293 })), createCodec(smallMetadata({ spec: 424 }))];
  const weights = { netuid: 1, mechanism: 0, uids: [0, 1, 2], weights: [21845, 43690, 65535], versionKey: 0 } as const;
  const axon = { ip: "1.2.3.4", port: 8091, version: 10_002_000 };
  const commit = { netuid: 1, mechanism: 0, commit: "0x010203", revealRound: 1000, commitRevealVersion: 4 } as const;
  const stake = { type: "add_stake", netuid: 1, hotkey: ALICE, amountRao: 1000n } as const;
  const cases: readonly (readonly [ChainCall, before: string, after: string, bytes: string])[] = [
    [
      { type: "register", netuid: 1, hotkey: ALICE, maxBurnRao: null },
      "burned_register",
      "burned_register",
      "0x07070100d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
    ],
    [
      { type: "register", netuid: 1, hotkey: ALICE, maxBurnRao: 100n },
      "burned_register",
      "register_limit",
      "0x07860100d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d6400000000000000",
    ],
    [
      stake,
      "add_stake",
      "add_stake",
      "0x0702d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d0100e803000000000000",
    ],
    [
      { type: "serve_axon", netuid: 1, axon },
      "serve_axon",
      "serve_axon",
      "0x07040100509e9800040302010000000000000000000000009b1f04040000",
    ],
    [
      { type: "serve_axon", netuid: 1, axon: null },
      "serve_axon",
      "serve_axon",
      "0x070401000000000000000000000000000000000000000000010004040000",
    ],
    [
      { type: "set_weights", ...weights },
      "set_weights",
      "set_mechanism_weights",
      "0x07770100000c0000010002000c5555aaaaffff0000000000000000",
    ],
    [
      { type: "commit_weights", netuid: 1, mechanism: 0, hash },
      "commit_weights",
      "commit_mechanism_weights",
      `0x0773010000${hash.slice(2)}`,
    ],
    [
      { type: "reveal_weights", ...weights, salt: [7] },
      "reveal_weights",
      "reveal_mechanism_weights",
      "0x07740100000c0000010002000c5555aaaaffff0407000000000000000000",
    ],
    [
      { type: "commit_timelocked_weights", ...commit },
      "commit_crv3_weights",
      "commit_timelocked_mechanism_weights",
      "0x07760100000c010203e8030000000000000400",
    ],
  ];

  it.each(cases.map((each) => [each[0].type, ...each] as const))("%s (%#)", (_, call, before, after, bytes) => {
    expect(old.encodeCall(call).description.name).toBe(before);
    const { description, bytes: made } = now.encodeCall(call);
    expect([description.name, description.bytes, hex(made)]).toEqual([after, bytes, bytes]);
  });

  it("is told as the chain reads it", () => {
    expect(now.encodeCall({ type: "serve_axon", netuid: 1, axon: { ...axon, ip: "2001:db8::1" } }).description).toEqual(
      {
        pallet: "SubtensorModule",
        name: "serve_axon",
        args: {
          netuid: 1,
          version: 10_002_000,
          ip: 42540766411282592856903984951653826561n,
          port: 8091,
          ip_type: 6,
          protocol: 4,
          placeholder1: 0,
          placeholder2: 0,
        },
        bytes: expect.stringMatching(/^0x0704/),
        signedBy: "hotkey",
      },
    );
    expect(now.encodeCall(stake).description).toMatchObject({ args: { hotkey: ALICE }, signedBy: "coldkey" });
  });

  it("for another mechanism needs a runtime that has them", () => {
    const call: ChainCall = { type: "set_weights", ...weights, mechanism: 1 };
    expect(now.encodeCall(call).description.args).toMatchObject({ mecid: 1 });
    expect(() => old.encodeCall(call)).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeLacksError: The chain's runtime does not have what was asked of it.

      Kind: call
      Name: SubtensorModule.set_mechanism_weights

      Hint: This runtime knows mechanism 0 only.]
    `);
  });
});

describe("an argument", () => {
  const codec = createCodec(smallMetadata());
  const weights = { netuid: 1, dests: [0], weights: [1], version_key: 0 };

  it.each([
    ["out of range", { ...weights, dests: [0, 65536] }, "set_weights.dests[1] must fit into u16."],
    ["below zero", { ...weights, netuid: -1 }, "set_weights.netuid must fit into u16."],
    ["with a fraction", { ...weights, version_key: 0.5 }, "set_weights.version_key must be a whole number"],
    ["past 2^53 as a number", { ...weights, version_key: 2 ** 53 }, "set_weights.version_key must be a whole number"],
    ["left out", { netuid: 1, dests: [], weights: [] }, "set_weights.version_key must be a whole number"],
    ["that is no list", { ...weights, dests: 1 }, "set_weights.dests must be a list."],
    ["that this runtime does not take", { ...weights, mecid: 0 }, "set_weights.mecid is not known to this runtime."],
  ])("%s is refused by its name", (_, args, message) => {
    expect(() => codec.encode("SubtensorModule", "set_weights", args)).toThrow(message);
  });

  it("may be an address, hexadecimal or bytes, where it is an account", () => {
    const encode = (hotkey: unknown) => hex(codec.encode("SubtensorModule", "root_register", { hotkey }));
    const key = "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";
    expect(encode(BOB)).toBe(`0x073e${key}`);
    expect(encode(`0x${key}`)).toBe(`0x073e${key}`);
    expect(encode(fromHex("key", key))).toBe(`0x073e${key}`);
    expect(() => encode(`${BOB.slice(0, -1)}z`)).toThrow(/checksum/);
    expect(() => encode("0x01")).toThrow("root_register.hotkey must be 32 bytes long, not 1.");
  });

  it("of a call that nobody has is not looked at", () => {
    expect(() => codec.encode("SubtensorModule", "constructor", {})).toThrow(/does not have/);
    expect(() => codec.encode("Balances", "transfer", {})).toThrow(/does not have/);
  });
});
