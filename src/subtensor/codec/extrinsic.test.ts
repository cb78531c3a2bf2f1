import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../../../test/support/runtimes.ts";
import { smallMetadata } from "../../../test/support/small-metadata.ts";
import { fromHex, toHex } from "../../core/index.ts";
import { decodeAddress, keypairFromUri, verifySignature } from "../../wallet/index.ts";
import { eraBytes } from "./extrinsic.ts";
import { createCodec, extrinsicHash } from "./index.ts";

/** A timelocked commit that is on finney, block 9,101,265. */
const CALL =
  "0x0776070000bd04add79c4f91c9b56920e48e41d7de2bb50289966534371c16faa5a023d0052165283424fbb6f6b4121516acb75f50f2181301bd76c3df06e40409b293b2e4e6d4c5d29dfaf57239e2d21ec7a65f1fdd00905d91dee6baebc895c9deb76849c8cf2000000000000000ce281554cf945eba34e9159487c3fe6854f039ebfb99c23e56075b6782187c402000000000000000c6650336df21d47c5cbd05e202b072c38c7d9c7ff7dad2ff9811ebddb41b3e7067000000000000004b0000000000000045f7265fea37fb03a04611dac062e06e03585ba9c05a17784e6a34efb1a7f787b4b9e5c5dd615c1746f01a2806db82524a93f616fe8981c62ab4ec28fe9839b75d0608593f6f72aceaaca10c00000000000000f6e30fc8e613b20200bf45fe08000000000000004145535f47434d5fef79ed01000000000400";
const SIGNATURE =
  "0xac4179f7f518755b5cd40d1e31d02c9967a0606c0ae3c077af91147938a4ed4b82e84ab8fc6d9d5a8cfd0260ecd014c7c330cf9c7901f95c1e50a1460103a688";
const PUBLIC_KEY = decodeAddress("5DtUJ9ytbeCMjovFieNwaxxqRP3DzT6iQPnZTyKmi3n6iXey");
const FINNEY = "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03";
const BLOCK_HASH = "0x98ff84421e7a905e4710c6292cc756f94e727b9d4734fb0f07aa28c604c8e76a";
const call = fromHex("call", CALL);
const options = {
  call,
  mortality: { period: 128, blockNumber: 0x8adfd1, blockHash: BLOCK_HASH },
  nonce: 0x86eb,
  genesisHash: FINNEY,
  specVersion: 467,
  transactionVersion: 1,
};

describe.each(RUNTIMES)("$name", ({ spec, metadata }) => {
  const codec = createCodec(metadata);

  it("makes the payload of a real extrinsic byte for byte, and its signature verifies", () => {
    const { payload, message } = codec.signingPayload(options);
    expect(payload.length).toBe(401);
    expect(toHex(message)).toBe("9a742a20aefeabaee06f170c938b3964f3cf2965806860985b3c95c88da600cb");
    const signature = fromHex("signature", SIGNATURE);
    expect(verifySignature({ scheme: "sr25519", publicKey: PUBLIC_KEY, message, signature })).toBe(true);
    if (spec === 293) return;
    expect(codec.decodeCall(call)).toMatchObject({
      name: "commit_timelocked_mechanism_weights",
      args: { netuid: 7, mecid: 0, reveal_round: 32340463n, commit_reveal_version: 4 },
    });
  });

  it("makes the real extrinsic of it", () => {
    const proof = { signature: fromHex("signature", SIGNATURE), publicKey: PUBLIC_KEY, scheme: "sr25519" } as const;
    const { bytes, hash } = codec.signingPayload(options).assemble(proof);
    // Length 427, signed version 4, MultiAddress::Id, the key, MultiSignature::Sr25519, signature, era, nonce, tip, mode, call.
    expect(toHex(bytes)).toBe(`ad068400${toHex(PUBLIC_KEY)}01${SIGNATURE.slice(2)}1605ae1b02000000${CALL.slice(2)}`);
    expect(hash).toBe(extrinsicHash(bytes));
  });
});

describe("an extrinsic", () => {
  const codec = createCodec(smallMetadata());

  it("is signed as it is up to 256 bytes, by either scheme", async () => {
    const short = codec.encodeCall({ type: "serve_axon", netuid: 1, axon: null }).bytes;
    const unsigned = codec.signingPayload({ ...options, call: short });
    expect(unsigned.message).toBe(unsigned.payload);
    expect(unsigned.payload.length).toBe(short.length + 2 + 4 + 1 + 1 + 4 + 4 + 32 + 32 + 1);
    for (const uri of ["//Alice", "//Bob"]) {
      const { signer } = keypairFromUri(uri);
      const signature = await signer.sign(unsigned.message);
      const { bytes } = unsigned.assemble({ ...signer, signature });
      expect(toHex(bytes)).toContain(toHex(signature));
    }
    const proof = { signature: new Uint8Array(64), publicKey: PUBLIC_KEY, scheme: "ed25519" } as const;
    expect(toHex(unsigned.assemble(proof).bytes)).toContain(`${toHex(PUBLIC_KEY)}00${"00".repeat(64)}`);
  });

  it("that never expires is signed with the genesis hash", () => {
    const { payload } = codec.signingPayload({ ...options, mortality: null, tipRao: 5n });
    expect(toHex(payload).slice(call.length * 2)).toBe(
      `00ae1b02001400d301000001000000${FINNEY.slice(2)}${FINNEY.slice(2)}00`,
    );
  });

  it.each([
    [4, 3, "3100"],
    [16, 1234, "2300"],
    [128, 81, "1605"],
    [4096, 4095, "fbff"],
  ])("of period %i at block %i has the era 0x%s", (period, blockNumber, era) => {
    expect(toHex(eraBytes({ period, blockNumber }))).toBe(era);
  });

  it.each([0, 2, 3, 100, 8192, Number.NaN])("of period %d is refused", (period) => {
    expect(() => eraBytes({ period, blockNumber: 7 })).toThrow(/power of two/);
  });

  it("passes over an unknown extension that wants nothing, and gives None where it may", () => {
    const plain = codec.signingPayload(options);
    const more = createCodec(smallMetadata({ extensions: ["CheckNew () ()", "CheckMore Option<u32> Option<H256>"] }));
    const { payload } = more.signingPayload(options);
    expect(payload.length).toBe(plain.payload.length + 2);
  });

  it.each([
    ["CheckMore u32 ()", "extrinsic"],
    ["CheckMore () H256", "signed payload"],
  ])("is refused where the runtime wants %s", (extension, part) => {
    const more = createCodec(smallMetadata({ extensions: [extension] }));
    expect(() => more.signingPayload(options)).toThrow(
      expect.objectContaining({
        code: "UNKNOWN_EXTENSION",
        extension: "CheckMore",
        message: expect.stringContaining(part),
      }),
    );
  });
});
