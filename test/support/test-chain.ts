import { createHash } from "node:crypto";
import { toHex } from "../../src/core/index.ts";
import { createCodec, type SubtensorCodec } from "../../src/subtensor/codec/index.ts";
import { openRuntime } from "../../src/subtensor/codec/metadata.ts";

/** A runtime of the scripted chain. */
export interface ScriptedRuntime {
  readonly specVersion: number;
  readonly metadata: Uint8Array;
}
/** A block of the scripted chain, with the state that it left behind. */
export interface ScriptedBlock {
  readonly hash: string;
  readonly number: number;
  readonly parentHash: string;
  readonly extrinsics: readonly string[];
  readonly state: ReadonlyMap<string, string>;
  readonly runtime: ScriptedRuntime;
}
/** What the events of a block say of one of our extrinsics. */
export interface ScriptedOutcome {
  readonly feeRao?: bigint;
  /** First byte of a module error of pallet 7. */
  readonly moduleError?: number;
}

/** A chain whose blocks are made by hand. */
export interface ScriptedChain {
  readonly genesisHash: string;
  best(): ScriptedBlock;
  finalized(): ScriptedBlock;
  byHash(hash: string): ScriptedBlock | undefined;
  byNumber(number: number): ScriptedBlock | undefined;
  /** Sets values of storage for the next block. */
  set(pallet: string, item: string, args: readonly unknown[], value: unknown): void;
  /** The runtime of the next block's state; its own events are still written by the one before. */
  upgrade(runtime: ScriptedRuntime): void;
  /** Makes a block on the best one, or on another, which makes a fork the best chain. */
  mine(block?: {
    readonly extrinsics?: readonly (readonly [text: string, outcome?: ScriptedOutcome])[];
    readonly on?: ScriptedBlock;
    /** In place of the events that belong to it. */
    readonly events?: string;
  }): ScriptedBlock;
  /** Makes a block final, and all before it. */
  finalize(block?: ScriptedBlock): void;
  codec(): SubtensorCodec;
}

/** The timestamp, which every block begins with. */
const INHERENT = "0x280402000b00000000";
const hashOf = (...parts: readonly unknown[]) => `0x${createHash("sha256").update(parts.join("/")).digest("hex")}`;

const cache = new Map<Uint8Array, { runtime: ReturnType<typeof openRuntime>; codec: SubtensorCodec }>();
/** Reading metadata is most of a test's time. */
function read(metadata: Uint8Array) {
  const known = cache.get(metadata) ?? { runtime: openRuntime(metadata), codec: createCodec(metadata) };
  cache.set(metadata, known);
  return known;
}

/** A value of storage as bytes, `0x` and hex. */
export function encodeStorage(metadata: Uint8Array, pallet: string, item: string, value: unknown): string {
  const { runtime } = read(metadata);
  const found = runtime.pallet(pallet).storage?.items.find(({ name }) => name === item);
  if (!found) throw new Error(`no ${pallet}.${item}`);
  const type = found.type.tag === "map" ? found.type.value.value : found.type.value;
  const writer: number[] = [];
  runtime.scale(type).write(writer, value, item);
  return `0x${toHex(Uint8Array.from(writer))}`;
}

function eventsOf(metadata: Uint8Array, outcomes: readonly (ScriptedOutcome | undefined)[]): string {
  const dispatch_info = {
    weight: { ref_time: 1n, proof_size: 1n },
    class: { type: "Normal", value: undefined },
    pays_fee: { type: "Yes", value: undefined },
  };
  const record = (index: number, pallet: string, type: string, value: unknown) => ({
    phase: { type: "ApplyExtrinsic", value: index },
    event: { type: pallet, value: { type, value } },
    topics: [],
  });
  const inherent = record(0, "System", "ExtrinsicSuccess", { dispatch_info });
  const events = outcomes.flatMap(({ feeRao, moduleError } = {}, i) => {
    const who = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const fee =
      feeRao === undefined
        ? []
        : [record(i + 1, "TransactionPayment", "TransactionFeePaid", { who, actual_fee: feeRao, tip: 0n })];
    const error = `0x${(moduleError ?? 0).toString(16).padStart(2, "0")}000000`;
    const dispatch_error = { type: "Module", value: { index: 7, error } };
    const end =
      moduleError === undefined
        ? record(i + 1, "System", "ExtrinsicSuccess", { dispatch_info })
        : record(i + 1, "System", "ExtrinsicFailed", { dispatch_error, dispatch_info });
    return [...fee, end];
  });
  return encodeStorage(metadata, "System", "Events", [inherent, ...events]);
}

/**
 * @example
 * createScriptedChain({ specVersion: 424, metadata: smallMetadata({ spec: 424 }) }).mine().number; // 1
 */
export function createScriptedChain(
  first: ScriptedRuntime,
  { startAt = 0, name = "one" }: { readonly startAt?: number; readonly name?: string } = {},
): ScriptedChain {
  const blocks = new Map<string, ScriptedBlock>();
  let runtime = first;
  let count = 0;
  const pending = new Map<string, string>();
  const genesisHash = hashOf("genesis", name);
  const start: ScriptedBlock = {
    hash: startAt === 0 ? genesisHash : hashOf(name, "start"),
    number: startAt,
    parentHash: hashOf(name, "before"),
    extrinsics: [INHERENT],
    state: new Map(),
    runtime: first,
  };
  blocks.set(start.hash, start);
  // So that the first block has a parent.
  blocks.set(start.parentHash, { ...start, hash: start.parentHash, number: Math.max(0, startAt - 1) });
  let [best, finalized] = [start, start];
  const eventsKey = () => read(runtime.metadata).codec.storageKey("System", "Events");

  return {
    genesisHash,
    best: () => best,
    finalized: () => finalized,
    byHash: (hash) => blocks.get(hash),
    byNumber(number) {
      let block: ScriptedBlock | undefined = best;
      while (block && block.number > number) block = blocks.get(block.parentHash);
      return block?.number === number ? block : undefined;
    },
    set(pallet, item, args, value) {
      const key = read(runtime.metadata).codec.storageKey(pallet, item, ...args);
      pending.set(key, encodeStorage(runtime.metadata, pallet, item, value));
    },
    upgrade(next) {
      runtime = next;
    },
    mine({ extrinsics = [], on = best, events } = {}) {
      const number = on.number + 1;
      const { metadata } = on.runtime;
      const state = new Map([...on.state, ...pending]);
      pending.clear();
      state.set(
        eventsKey(),
        events ??
          eventsOf(
            metadata,
            extrinsics.map(([, outcome]) => outcome),
          ),
      );
      count += 1;
      const block: ScriptedBlock = {
        hash: hashOf(name, number, count),
        number,
        parentHash: on.hash,
        extrinsics: [INHERENT, ...extrinsics.map(([text]) => text)],
        state,
        runtime,
      };
      blocks.set(block.hash, block);
      best = block;
      return block;
    },
    finalize(block = best) {
      finalized = block;
    },
    codec: () => read(runtime.metadata).codec,
  };
}
