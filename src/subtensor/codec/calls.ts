import { type AxonInfo, type CallDescription, type ChainCall, signedBy } from "../../chain/index.ts";
import { toHex } from "../../core/index.ts";
import { readAll, readUint } from "./cursor.ts";
import { ChainDecodeError, RuntimeLacksError } from "./errors.ts";
import { packIp } from "./ip.ts";
import type { Runtime } from "./metadata.ts";
import type { Writer } from "./primitives.ts";

const SUBTENSOR = "SubtensorModule";
/** What Python has always sent as an axon's protocol. */
const AXON_PROTOCOL = 4;

type Args = Readonly<Record<string, unknown>>;
/** A call by its name in this runtime. */
interface NamedCall {
  readonly name: string;
  readonly args: Args;
}
/** A call as bytes, and as the chain reads it. */
export interface EncodedCall {
  readonly description: CallDescription;
  readonly bytes: Uint8Array;
}

/** Whether the runtime has a call. */
export function hasCall(runtime: Runtime, pallet: string, name: string): boolean {
  return Object.hasOwn(runtime.cases(runtime.findPallet(pallet)?.calls?.type), name);
}

/** Bytes of any call: the pallet's index, the call's, and its arguments in the order of the metadata. */
export function encodeNamed(runtime: Runtime, palletName: string, name: string, args: Args): Uint8Array {
  const pallet = runtime.pallet(palletName);
  const cases = runtime.cases(pallet.calls?.type);
  if (!Object.hasOwn(cases, name)) throw new RuntimeLacksError({ kind: "call", item: `${palletName}.${name}` });
  const writer: Writer = [pallet.index, cases[name].idx];
  const type = cases[name];
  if (type.type === "void") return Uint8Array.from(writer);
  runtime.scaleOfCase(type).write(writer, args, name);
  return Uint8Array.from(writer);
}

/**
 * What a call's bytes mean to this runtime.
 *
 * @throws {ChainDecodeError} when they are no call of it.
 */
export function decodeNamed(runtime: Runtime, bytes: Uint8Array): { pallet: string; name: string; args: Args } {
  return readAll("a call", bytes, (cursor) => {
    const [palletIndex, callIndex] = [readUint(cursor, 1), readUint(cursor, 1)];
    const pallet = runtime.metadata.pallets.find(({ index }) => index === palletIndex);
    const found = Object.entries(runtime.cases(pallet?.calls?.type)).find(([, { idx }]) => idx === callIndex);
    if (pallet === undefined || found === undefined)
      throw new ChainDecodeError({ what: "a call", problem: `no call ${callIndex} in a pallet ${palletIndex}` });
    const [name, type] = found;
    const args = type.type === "void" ? {} : runtime.scaleOfCase(type).read(cursor);
    return { pallet: pallet.name, name, args: typeof args === "object" && args !== null ? { ...args } : {} };
  });
}

function axonArgs(netuid: number, axon: AxonInfo | null): Args {
  const { ip, ipType } = axon === null ? ({ ip: 0n, ipType: 4 } as const) : packIp(axon.ip);
  const { version, port } = axon ?? { version: 0, port: 1 };
  const rest = { protocol: AXON_PROTOCOL, placeholder1: 0, placeholder2: 0 };
  return { netuid, version, ip, port, ip_type: ipType, ...rest };
}

/** The variant with a mechanism where the runtime has it, as the SDKs send it; without, only mechanism 0 exists. */
function weightsCall(runtime: Runtime, plain: string, netuid: number, mechanism: number, args: Args): NamedCall {
  const name = plain.replace("weights", "mechanism_weights");
  if (hasCall(runtime, SUBTENSOR, name)) return { name, args: { netuid, mecid: mechanism, ...args } };
  if (mechanism !== 0)
    throw new RuntimeLacksError({
      kind: "call",
      item: `${SUBTENSOR}.${name}`,
      hint: "This runtime knows mechanism 0 only.",
    });
  return { name: plain, args: { netuid, ...args } };
}

/** How this runtime names a call, and its arguments. */
function named(runtime: Runtime, call: ChainCall): NamedCall {
  const has = (name: string) => hasCall(runtime, SUBTENSOR, name);
  const { netuid } = call;
  switch (call.type) {
    case "register": {
      const { hotkey, maxBurnRao } = call;
      if (maxBurnRao === null || !has("register_limit")) return { name: "burned_register", args: { netuid, hotkey } };
      return { name: "register_limit", args: { netuid, hotkey, limit_price: maxBurnRao } };
    }
    case "add_stake":
      return { name: "add_stake", args: { hotkey: call.hotkey, netuid, amount_staked: call.amountRao } };
    case "serve_axon":
      return { name: "serve_axon", args: axonArgs(netuid, call.axon) };
    case "set_weights": {
      const args = { dests: call.uids, weights: call.weights, version_key: call.versionKey };
      return weightsCall(runtime, "set_weights", netuid, call.mechanism, args);
    }
    case "commit_weights":
      return weightsCall(runtime, "commit_weights", netuid, call.mechanism, { commit_hash: call.hash });
    case "reveal_weights": {
      const args = { uids: call.uids, values: call.weights, salt: call.salt, version_key: call.versionKey };
      return weightsCall(runtime, "reveal_weights", netuid, call.mechanism, args);
    }
    case "commit_timelocked_weights": {
      const { commit, revealRound: reveal_round, mechanism, commitRevealVersion: commit_reveal_version } = call;
      if (mechanism === 0 && !has("commit_timelocked_weights") && has("commit_crv3_weights"))
        return { name: "commit_crv3_weights", args: { netuid, commit, reveal_round } };
      const args = { commit, reveal_round, commit_reveal_version };
      return weightsCall(runtime, "commit_timelocked_weights", netuid, mechanism, args);
    }
  }
}

/** A call of the port, as this runtime wants it. */
export function encodeChainCall(runtime: Runtime, call: ChainCall): EncodedCall {
  const { name, args } = named(runtime, call);
  const bytes = encodeNamed(runtime, SUBTENSOR, name, args);
  const read = decodeNamed(runtime, bytes);
  return { bytes, description: { ...read, bytes: `0x${toHex(bytes)}`, signedBy: signedBy(call) } };
}
