import { Blake2256 } from "@polkadot-api/substrate-bindings";
import { concatBytes, fromHex, InvalidArgumentError, toHex } from "../../core/index.ts";
import type { Scheme } from "../../wallet/index.ts";
import { RuntimeLacksError, UnknownExtensionError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import { type Writer, writeCompact } from "./primitives.ts";

/** Signed, version 4. */
const SIGNED_V4 = 0x84;
/** What is longer is hashed before it is signed. */
const MAX_SIGNED_BYTES = 256;

/** How long an extrinsic may wait for its block. */
export interface Mortality {
  /** Blocks: a power of two, 4 to 4096. */
  readonly period: number;
  /** Of the block that it counts from. */
  readonly blockNumber: number;
  /** Of the same block, `0x` and hex. */
  readonly blockHash: string;
}

/** What is signed beside a call. */
export interface SigningOptions {
  /** Bytes of `encode` or `encodeCall`. */
  readonly call: Uint8Array;
  /** Null = it never expires, and can be replayed once the account has been emptied and its nonce has started anew. */
  readonly mortality: Mortality | null;
  readonly nonce: number;
  /** 0 unless said. */
  readonly tipRao?: bigint | undefined;
  /** `0x` and hex. */
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly transactionVersion: number;
}

/** An extrinsic with its signature. */
export interface SignedExtrinsic {
  /** As `author_submitExtrinsic` takes it, its own length first. */
  readonly bytes: Uint8Array;
  /** Its name in a block, `0x` and hex. */
  readonly hash: string;
}

/** An extrinsic that waits for its signature. */
export interface UnsignedExtrinsic {
  /** All that is signed: the call, then what the extensions add. */
  readonly payload: Uint8Array;
  /** What a `Signer` signs: the payload, or its BLAKE2b-256 when it is longer than 256 bytes. */
  readonly message: Uint8Array;
  assemble(proof: {
    readonly signature: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly scheme: Scheme;
  }): SignedExtrinsic;
}

/** BLAKE2b-256 of an extrinsic's bytes. */
export function extrinsicHash(bytes: Uint8Array): string {
  return `0x${toHex(Blake2256(bytes))}`;
}

/**
 * The era of an extrinsic: its period, and where in it the block lies.
 *
 * @example
 * eraBytes({ period: 128, blockNumber: 81, blockHash }); // Uint8Array [0x16, 0x05]
 */
export function eraBytes(mortality: Pick<Mortality, "period" | "blockNumber"> | null): Uint8Array {
  if (mortality === null) return Uint8Array.of(0);
  const { period, blockNumber } = mortality;
  const exponent = Math.log2(period);
  // Longer ones are counted in steps of several blocks, and the block's hash would have to be of such a step.
  if (!Number.isInteger(exponent) || exponent < 2 || exponent > 12)
    throw new InvalidArgumentError({
      argument: "mortality.period",
      problem: "must be a power of two, 4 to 4096",
      value: period,
    });
  const era = (exponent - 1) | ((blockNumber % period) << 4);
  return Uint8Array.of(era & 255, era >> 8);
}

/** What an extension wants in the extrinsic, and beside it under the signature. */
interface Given {
  readonly extra?: unknown;
  /** Bytes in place of a value. */
  readonly raw?: Uint8Array;
  readonly additional?: unknown;
}

function known(options: SigningOptions): Readonly<Record<string, Given>> {
  const { mortality, nonce, tipRao = 0n, genesisHash, specVersion, transactionVersion } = options;
  const era = { raw: eraBytes(mortality), additional: mortality?.blockHash ?? genesisHash };
  return {
    CheckSpecVersion: { additional: specVersion },
    CheckTxVersion: { additional: transactionVersion },
    CheckGenesis: { additional: genesisHash },
    CheckMortality: era,
    CheckEra: era,
    CheckNonce: { extra: nonce },
    ChargeTransactionPayment: { extra: tipRao },
    CheckMetadataHash: { extra: "Disabled", additional: null },
  };
}

type Part = "extrinsic" | "signed payload";

/** Writes one part of one extension. Unknown ones are passed over where they want nothing, or may be given None. */
function writePart(runtime: Runtime, writer: Writer, type: number, extension: string, part: Part, given: unknown) {
  const shape = runtime.lookup(type);
  if (shape.type === "void") return;
  if (given === undefined && shape.type !== "option") throw new UnknownExtensionError({ extension, part });
  runtime.scale(type).write(writer, given ?? null, extension);
}

function writeExtensions(runtime: Runtime, options: SigningOptions): { extra: Uint8Array; additional: Uint8Array } {
  const values = known(options);
  const [extra, additional]: [Writer, Writer] = [[], []];
  for (const { identifier, type, additionalSigned } of runtime.metadata.extrinsic.extensionsByVersion[0] ?? []) {
    const given: Given = Object.hasOwn(values, identifier) ? values[identifier] : {};
    if (given.raw === undefined) writePart(runtime, extra, type, identifier, "extrinsic", given.extra);
    else extra.push(...given.raw);
    writePart(runtime, additional, additionalSigned, identifier, "signed payload", given.additional);
  }
  return { extra: Uint8Array.from(extra), additional: Uint8Array.from(additional) };
}

/** The types of a signed extrinsic's address and signature; V14 names them as parameters of the extrinsic's type. */
function envelopeTypes({ metadata }: Runtime): { address: number; signature: number } {
  const { extrinsic } = metadata;
  if ("address" in extrinsic) return { address: extrinsic.address, signature: extrinsic.signature };
  const parameters = metadata.lookup[extrinsic.type]?.params ?? [];
  const typeOf = (name: string) =>
    parameters.find((parameter) => parameter.name === name)?.type ??
    (() => {
      throw new RuntimeLacksError({ kind: "signature scheme", item: name });
    })();
  return { address: typeOf("Address"), signature: typeOf("Signature") };
}

function writeEnvelope(runtime: Runtime, publicKey: Uint8Array, signature: Uint8Array, scheme: Scheme): Uint8Array {
  const types = envelopeTypes(runtime);
  const writer: Writer = [SIGNED_V4];
  const bare = runtime.lookup(types.address).type === "AccountId32";
  runtime.scale(types.address).write(writer, bare ? publicKey : { type: "Id", value: publicKey }, "publicKey");
  const type = scheme === "ed25519" ? "Ed25519" : "Sr25519";
  if (!Object.hasOwn(runtime.cases(types.signature), type))
    throw new RuntimeLacksError({ kind: "signature scheme", item: scheme });
  runtime.scale(types.signature).write(writer, { type, value: signature }, "signature");
  return Uint8Array.from(writer);
}

/**
 * What must be signed so that a call may be sent, in the order of the runtime's own extensions.
 *
 * @throws {UnknownExtensionError} when the runtime wants something that we do not know.
 */
export function prepareExtrinsic(runtime: Runtime, options: SigningOptions): UnsignedExtrinsic {
  const { extra, additional } = writeExtensions(runtime, {
    ...options,
    genesisHash: `0x${toHex(fromHex("genesisHash", options.genesisHash, 32))}`,
  });
  const payload = concatBytes(options.call, extra, additional);
  return {
    payload,
    message: payload.length > MAX_SIGNED_BYTES ? Blake2256(payload) : payload,
    assemble: ({ signature, publicKey, scheme }) => {
      const body = concatBytes(writeEnvelope(runtime, publicKey, signature, scheme), extra, options.call);
      const length: Writer = [];
      writeCompact(length, BigInt(body.length));
      const bytes = concatBytes(Uint8Array.from(length), body);
      return { bytes, hash: extrinsicHash(bytes) };
    },
  };
}
