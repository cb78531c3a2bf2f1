import { decAnyMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../../../test/support/runtimes.ts";
import { smallMetadata } from "../../../test/support/small-metadata.ts";
import { concatBytes } from "../../core/index.ts";
import { createCodec } from "./index.ts";
import { openRuntime } from "./metadata.ts";

/** None is null here and undefined there; JSON knows neither. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, inner) => inner ?? undefined));
const SMALL = smallMetadata();
const HASH = `0x${"00".repeat(32)}`;
/** A compact length of two or four bytes. */
const lengthOf = (bytes: Uint8Array) =>
  bytes.length < 16384
    ? Uint8Array.of(((bytes.length & 63) << 2) | 1, bytes.length >> 6)
    : new Uint8Array(new Uint32Array([bytes.length * 4 + 2]).buffer);

describe.each(RUNTIMES)("$name", ({ metadata, spec }) => {
  it("is what the library's own decoder makes of it", () => {
    expect(plain(openRuntime(metadata).metadata)).toEqual(plain(unifyMetadata(decAnyMetadata(metadata))));
  });

  it("may come as bytes of bytes, and as an option of those", () => {
    const opaque = concatBytes(lengthOf(metadata), metadata);
    expect(createCodec(opaque).specVersion).toBe(spec);
    expect(createCodec(concatBytes(Uint8Array.of(1), opaque)).specVersion).toBe(spec);
  });
});

describe("what is no metadata", () => {
  const decodeError = expect.objectContaining({ code: "CHAIN_DECODE", what: "metadata" });

  it.each([
    ["nothing", new Uint8Array()],
    ["None", Uint8Array.of(0)],
    ["a text", new TextEncoder().encode("metadata is not available")],
    ["version 13", Uint8Array.of(0x6d, 0x65, 0x74, 0x61, 13, 0)],
    ["version 17", Uint8Array.of(0x6d, 0x65, 0x74, 0x61, 17, 0)],
    ["metadata with a byte too many", concatBytes(SMALL, Uint8Array.of(0))],
    [
      "a type of 33 million fields",
      concatBytes(SMALL.slice(0, 5), Uint8Array.of(0x02, 0x09, 0x3d, 0x7e), SMALL.slice(7)),
    ],
  ])("is refused: %s", (_, bytes) => {
    expect(() => createCodec(bytes)).toThrow(decodeError);
  });

  it("is told in words", () => {
    expect(() => createCodec(SMALL.slice(0, 5000))).toThrowErrorMatchingInlineSnapshot(`
      [ChainDecodeError: The chain's bytes cannot be read.

      What:    metadata
      Problem: a length of 12, and too few bytes for it at byte 4990 of 5000

      Hint: If the runtime was upgraded, its metadata must be read again; else the endpoint answers wrongly: try another.]
    `);
  });

  it("is refused at every length that it may be cut to", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SMALL.length - 1 }), (length) => {
        expect(() => createCodec(SMALL.slice(0, length))).toThrow(decodeError);
      }),
      { numRuns: 60 },
    );
  });

  it("with any byte changed gives a codec or one of our errors, and at once", () => {
    const ours = new Set(["CHAIN_DECODE", "RUNTIME_LACKS", "UNKNOWN_EXTENSION", "INVALID_ARGUMENT"]);
    fc.assert(
      fc.property(fc.integer({ min: 5, max: SMALL.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = SMALL.slice();
        bytes[at] ^= by;
        try {
          const codec = createCodec(bytes);
          codec.encodeCall({ type: "serve_axon", netuid: 1, axon: null });
          codec.storageKey("SubtensorModule", "Tempo", 1);
          codec.decodeEvents(null);
          codec.reads.hyperparameters({ netuid: 1 });
          codec.reads.subnets();
          codec.metagraph({ method: "get_metagraph", bytes: Uint8Array.of(0) });
          codec.moduleError({ index: 7, error: "0x0f000000" });
          const mortality = { period: 128, blockNumber: 7, blockHash: HASH };
          const versions = { specVersion: 424, transactionVersion: 1 };
          const call = new Uint8Array(2);
          codec.signingPayload({ call, mortality, nonce: 1, genesisHash: HASH, ...versions }).assemble({
            signature: new Uint8Array(64),
            publicKey: new Uint8Array(32),
            scheme: "sr25519",
          });
        } catch (error) {
          expect(ours).toContain(error instanceof Error && "code" in error ? error.code : error);
        }
      }),
      { numRuns: 150 },
    );
  });
});
