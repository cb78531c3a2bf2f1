import { denormalizeLookup, getDynamicBuilder, getLookupFn, type LookupEntry } from "@polkadot-api/metadata-builders";
import { decAnyMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTypes } from "../../../test/support/metadata-types.ts";
import { RUNTIMES, RUNTIMES_WITH_APIS } from "../../../test/support/runtimes.ts";
import { smallMetadata } from "../../../test/support/small-metadata.ts";
import { concatBytes, fromHex, toHex } from "../../core/index.ts";
import { encodeAddress } from "../../wallet/index.ts";
import { readAll, readCompact, skipCompact } from "./cursor.ts";
import { createCodec } from "./index.ts";
import { openRuntime } from "./metadata.ts";
import { compact, primitive, type Writer, writeCompact } from "./primitives.ts";
import { createScales } from "./scale.ts";

const u16 = fc.integer({ min: 0, max: 65535 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => encodeAddress(key));
const bytes = fc.uint8Array({ maxLength: 80 });
/** Arguments of some calls; between them they have every shape that our calls have. */
const ARGUMENTS = {
  set_weights: fc.record({ netuid: u16, dests: fc.array(u16), weights: fc.array(u16), version_key: u64 }),
  batch_set_weights: fc.record({
    netuids: fc.array(u16),
    weights: fc.array(fc.array(fc.tuple(u16, u16))),
    version_keys: fc.array(u64),
  }),
  set_children: fc.record({ hotkey: address, netuid: u16, children: fc.array(fc.tuple(u64, address)) }),
  swap_hotkey: fc.record({ hotkey: address, new_hotkey: address, netuid: fc.option(u16, { nil: undefined }) }),
  set_identity: fc.record({
    name: bytes,
    url: bytes,
    github_repo: bytes,
    image: bytes,
    discord: bytes,
    description: bytes,
    additional: bytes,
  }),
};

describe.each(RUNTIMES)("what is written by $name", ({ metadata }) => {
  const codec = createCodec(metadata);
  const library = getDynamicBuilder(getLookupFn(unifyMetadata(decAnyMetadata(metadata))));

  it.each(Object.entries(ARGUMENTS))("%s is what the library writes, and what it reads", (name, args) => {
    const theirs = library.buildCall("SubtensorModule", name);
    fc.assert(
      fc.property<[Readonly<Record<string, unknown>>]>(args, (values) => {
        const ours = codec.encode("SubtensorModule", name, values);
        const expected = concatBytes(Uint8Array.from(theirs.location), theirs.codec.enc(values));
        expect(toHex(ours)).toBe(toHex(expected));
        const read = codec.decodeCall(ours);
        expect(toHex(codec.encode(read.pallet, read.name, read.args))).toBe(toHex(ours));
      }),
      { numRuns: 20 },
    );
  });
});

describe("a compact integer", () => {
  it("is written and read at every width", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.nat(128), (value, shift) => {
        const small = value >> BigInt(shift);
        const writer: Writer = [];
        writeCompact(writer, small);
        const written = Uint8Array.from(writer);
        expect(BigInt(readAll("it", written, readCompact))).toBe(small);
        readAll("it", written, skipCompact);
      }),
    );
    for (const value of [63n, 64n, 16383n, 16384n, 2n ** 30n - 1n, 2n ** 30n]) {
      const writer: Writer = [];
      writeCompact(writer, value);
      expect(BigInt(readAll("it", Uint8Array.from(writer), readCompact))).toBe(value);
    }
  });

  it("wider than its type is refused", () => {
    expect(() => readAll("it", Uint8Array.of(2, 0, 4, 0), compact(16).read)).toThrow(/65536 where u16 is wanted/);
    expect(() => readAll("it", new Uint8Array(20).fill(255), compact(128).read)).toThrow(
      /a compact integer of 67 bytes/,
    );
  });
});

describe("an integer", () => {
  it.each([8, 16, 32, 64, 128])("of %i bits is written and read, with a sign too", (bits) => {
    const limit = 2n ** BigInt(bits - 1);
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit - 1n }), (value) => {
        const writer: Writer = [];
        primitive(`i${bits}`).write(writer, value, "it");
        primitive(`u${bits}`).write(writer, value + limit, "it");
        const [signed, unsigned] = readAll("it", Uint8Array.from(writer), (cursor) => [
          primitive(`i${bits}`).read(cursor),
          primitive(`u${bits}`).read(cursor),
        ]);
        expect([String(signed), String(unsigned)]).toEqual([String(value), String(value + limit)]);
      }),
    );
  });
});

describe.each(RUNTIMES_WITH_APIS)("garbage by $name", ({ metadata }) => {
  const codec = createCodec(metadata);
  const { metadata: read } = openRuntime(metadata);
  const methods = read.apis.flatMap(({ name, methods: all }) => all.map((method) => [name, method.name] as const));
  const items = read.pallets.flatMap(({ name, storage }) =>
    (storage?.items ?? []).map((item) => [name, item.name] as const),
  );
  /** Runs of one byte are what makes lengths large; a few real beginnings get further in. */
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.nat(300)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
    fc.uint8Array({ maxLength: 100 }).map((rest) => concatBytes(Uint8Array.of(1), rest)),
    fc.uint8Array({ maxLength: 20 }).map((rest) => concatBytes(Uint8Array.of(1, 0xfe, 255, 255, 255), rest)),
  );

  it("is a value or CHAIN_DECODE, whatever it is taken for, and takes no time", () => {
    const decoders = [
      ...methods.map(
        ([api, method]) =>
          (data: Uint8Array) =>
            codec.decodeRuntimeResult(api, method, data),
      ),
      ...items.map(
        ([pallet, item]) =>
          (data: Uint8Array) =>
            codec.decodeStorage(pallet, item, data),
      ),
      (data: Uint8Array) => codec.decodeCall(data),
      (data: Uint8Array) => codec.decodeCall(concatBytes(Uint8Array.of(7), data)),
      (data: Uint8Array) => codec.decodeEvents(data),
      (data: Uint8Array) => codec.metagraph({ method: "get_metagraph", bytes: data }),
      (data: Uint8Array) => codec.decodeStorageKey("SubtensorModule", "Uids", `0x${toHex(data)}`),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...decoders), garbage, (decode, data) => {
        try {
          decode(data);
        } catch (error) {
          expect(error).toMatchObject({ code: "CHAIN_DECODE" });
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe("a length that there are no bytes for", () => {
  const codec = createCodec(smallMetadata());
  const lengths = ["0xfeffffff", "0x03ffffffff", "0x13ffffffffffffffff", "0xfefffe7f"];

  it.each(lengths)("%s costs no memory", (length) => {
    const data = fromHex("length", length);
    for (const item of ["LastUpdate", "ValidatorPermit", "Weights"])
      expect(() => codec.decodeStorage("SubtensorModule", item, data)).toThrow(/cannot be read/);
  });
});

describe("a value inside itself", () => {
  const types = createTypes({ Call: "enum Nothing=0, Batch=1(Vec<Call>)" });
  const id = types.idOf("Call");
  const { read, skip, write } = createScales(denormalizeLookup(types.lookup), String).ofType(id);
  /** A batch of one, that many times. */
  const nested = (depth: number) => Uint8Array.from([...new Array(depth).fill([1, 4]).flat(), 0]);

  it("is read and written", () => {
    const value = { type: "Batch", value: [{ type: "Batch", value: [{ type: "Nothing" }] }] };
    expect(readAll("it", nested(2), read)).toEqual(value);
    readAll("it", nested(2), skip);
    const writer: Writer = [];
    write(writer, value, "it");
    expect(Uint8Array.from(writer)).toEqual(nested(2));
    expect(readAll("it", nested(31), read)).toMatchObject({ type: "Batch" });
  });

  it.each([33, 100_000])("%i times is refused", (depth) => {
    for (const step of [read, skip])
      expect(() => readAll("it", nested(depth), step)).toThrow(/more than 32 deep in itself/);
  });
});

describe("parts of no size", () => {
  /** As much of an entry as is looked at. */
  const entry = (of: object) => of as LookupEntry;
  const unit = entry({ id: 0, type: "tuple", value: [] });
  const bool = entry({ id: 1, type: "primitive", value: "bool" });
  /** 2 ** 60 values in no bytes. */
  let doubled = unit;
  for (let id = 10; id < 70; id++) doubled = entry({ id, type: "tuple", value: [doubled, doubled] });
  const wide = entry({ id: 3, type: "tuple", value: [bool, ...new Array<LookupEntry>(2_000).fill(unit)] });
  const bombs: readonly (readonly [string, LookupEntry, Uint8Array])[] = [
    ["an array", entry({ id: 2, type: "array", len: 4_294_967_295, value: unit }), new Uint8Array()],
    ["tuples of tuples", doubled, new Uint8Array()],
    [
      "many wide ones",
      entry({ id: 4, type: "sequence", value: wide }),
      concatBytes(fromHex("length", "0xb22c0100"), new Uint8Array(19_244)),
    ],
  ];

  it.each(bombs)("are not read without end: %s", (_, type, data) => {
    const { read, skip } = createScales(() => type, String).ofType(0);
    for (const step of [read, skip])
      expect(() => readAll("it", data, step)).toThrow(/more values than so few bytes hold/);
  });
});
