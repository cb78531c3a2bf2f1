import { ChainRefusedError, isChainRefusal } from "../../chain/index.ts";
import { fromHex } from "../../core/index.ts";
import { ChainDecodeError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import { bigintAt, fieldsOf } from "./shapes.ts";
import type { StorageCodec } from "./storage.ts";

/** What happened in a block. */
export interface ChainEvent {
  /** Index of its extrinsic in the block; null = the block's own doing. */
  readonly extrinsic: number | null;
  readonly pallet: string;
  readonly name: string;
  /** As decoded; undefined where the event has no fields. */
  readonly value: unknown;
}

/** Why a call that is in a block did nothing. */
export interface DispatchFailure {
  /** The pallet's own name, or the runtime's: `NeuronNoValidatorPermit`, `Token.FundsUnavailable`. */
  readonly name: string;
  /** Null where the runtime itself refused. */
  readonly pallet: string | null;
  /** The runtime's documentation of it. */
  readonly docs: string;
}

/** How an extrinsic fared. */
export interface ExtrinsicOutcome {
  /** Null = it did what it should. */
  readonly failure: DispatchFailure | null;
  readonly feeRao: bigint;
  readonly events: readonly ChainEvent[];
}

interface Tagged {
  readonly type: string;
  readonly value: unknown;
}

function tagged(value: unknown): Tagged {
  const { record } = fieldsOf("System.Events", value);
  if (typeof record.type !== "string")
    throw new ChainDecodeError({ what: "System.Events", problem: "has an event without a name" });
  return { type: record.type, value: record.value };
}

function eventOf(value: unknown): ChainEvent {
  const { record } = fieldsOf("System.Events", value);
  const phase = tagged(record.phase);
  const pallet = tagged(record.event);
  const event = tagged(pallet.value);
  const extrinsic = phase.type === "ApplyExtrinsic" ? Number(phase.value) : null;
  return { extrinsic, pallet: pallet.type, name: event.type, value: event.value };
}

/**
 * The events of a block, of the bytes of `System.Events`.
 *
 * @throws {ChainDecodeError} when one of them cannot be read: the metadata is then of another runtime than the block.
 */
export function decodeEvents(storage: StorageCodec, bytes: Uint8Array | null): readonly ChainEvent[] {
  const events = storage.decode("System", "Events", bytes);
  return (Array.isArray(events) ? events : []).map(eventOf);
}

/**
 * What a pallet means by an error, of its index and the first of the error's bytes.
 *
 * @example
 * moduleError(runtime, { index: 7, error: "0x0f000000" });
 * // { pallet: "SubtensorModule", name: "NeuronNoValidatorPermit", docs: "The caller is attempting to..." }
 */
export function moduleError(
  runtime: Runtime,
  { index, error }: { readonly index: number; readonly error: Uint8Array | string },
): DispatchFailure {
  const bytes = typeof error === "string" ? fromHex("error", error) : error;
  const pallet = runtime.metadata.pallets.find((each) => each.index === index);
  const definition = pallet?.errors === undefined ? undefined : runtime.metadata.lookup[pallet.errors.type]?.def;
  const variant = definition?.tag === "variant" ? definition.value.find((each) => each.index === bytes[0]) : undefined;
  const name = variant?.name ?? `Error${bytes[0] ?? "Unknown"}`;
  return { pallet: pallet?.name ?? `Pallet${index}`, name, docs: variant?.docs.join(" ").trim() ?? "" };
}

function failureOf(runtime: Runtime, value: unknown): DispatchFailure {
  const error = tagged(fieldsOf("ExtrinsicFailed", value).record.dispatch_error ?? value);
  if (error.type === "Module") {
    const { record } = fieldsOf("ExtrinsicFailed", error.value);
    return moduleError(runtime, { index: Number(record.index), error: String(record.error) });
  }
  const inner = typeof error.value === "object" && error.value !== null ? `.${tagged(error.value).type}` : "";
  return { pallet: null, name: `${error.type}${inner}`, docs: "" };
}

/** How the extrinsic at a place in the block fared; null = the events say nothing of it. */
export function outcomeOf(runtime: Runtime, all: readonly ChainEvent[], extrinsic: number): ExtrinsicOutcome | null {
  const events = all.filter((event) => event.extrinsic === extrinsic);
  const find = (pallet: string, name: string) => events.find((each) => each.pallet === pallet && each.name === name);
  const failed = find("System", "ExtrinsicFailed");
  if (failed === undefined && find("System", "ExtrinsicSuccess") === undefined) return null;
  const paid = find("TransactionPayment", "TransactionFeePaid");
  return {
    failure: failed === undefined ? null : failureOf(runtime, failed.value),
    feeRao: paid === undefined ? 0n : bigintAt(fieldsOf("TransactionFeePaid", paid.value), "actual_fee"),
    events,
  };
}

/** A failure as the error that callers know; of a name that our table lacks, the runtime's own documentation is told. */
export function refusalOf({ name, docs }: DispatchFailure): ChainRefusedError {
  const meaning = isChainRefusal(name) || docs === "" ? undefined : docs;
  return new ChainRefusedError({ refusal: name, meaning });
}
