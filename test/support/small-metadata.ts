/**
 * Metadata of a runtime with the pallets, calls and types that we use and no others, some 15 kB: tests of what is read from metadata
 * run on it where the real files, 0.3 MB each, are not at hand. Its numbers are those of Subtensor, specs 293 and 424; its netuid is a
 * newtype, which theirs is not.
 */
import { type Metadata, metadata } from "@polkadot-api/substrate-bindings";
import { structsOf } from "./metadata-structs.ts";
import { CALLS, ERRORS, EVENTS, EXTENSIONS, STORAGE, SUBNET_API } from "./metadata-tables.ts";
import { createTypes } from "./metadata-types.ts";

const MAGIC = 0x6174656d;
const PALLETS = [
  ["System", 0],
  ["Timestamp", 2],
  ["Aura", 3],
  ["TransactionPayment", 6],
  ["SubtensorModule", 7],
  ["Drand", 26],
] as const;
/** The beacon of drand's quicknet. */
const BEACON =
  "0x810183cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a030000002721e6648052db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e97180f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e60626c732d756e636861696e65642d67312d7266633933383020717569636b6e6574";

type Spec = 293 | 424;
type V16Pallet = Extract<Metadata["metadata"], { tag: "v16" }>["value"]["pallets"][number];
type V15Pallet = Extract<Metadata["metadata"], { tag: "v15" }>["value"]["pallets"][number];
type Hasher = "Identity" | "Twox64Concat" | "Blake2128Concat";

const current = { tag: "NotDeprecated", value: undefined } as const;
const hex = (bytes: readonly number[]) => `0x${Buffer.from(bytes).toString("hex")}`;
const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const u64 = (value: number) => [...u32(value), 0, 0, 0, 0];
const text = (value: string) => [value.length << 2, ...Buffer.from(value)];

/** What a spec has, without its mark. */
function of(spec: Spec, lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, rest = line, mark] = /^(.*?)\s*@(293|424)$/.exec(line) ?? [];
    return mark === undefined || Number(mark) === spec ? [rest] : [];
  });
}

/** Zeros of a value of one of the sizes in the table. */
function zeros(value: string): string {
  const sizes: Readonly<Record<string, number>> = { bool: 1, u8: 1, u16: 2, u32: 4, u64: 8, AccountId32: 32, H256: 32 };
  if (value === "AccountInfo") return hex(new Array(56).fill(0));
  return value === "BeaconConfiguration" ? BEACON : hex(new Array(sizes[value] ?? 1).fill(0));
}

function constants(spec: Spec): Readonly<Record<string, readonly (readonly [string, string, string])[]>> {
  const node = text("node-subtensor");
  const version = [...node, ...node, ...u32(1), ...u32(spec), ...u32(1), 0, ...u32(1), 1];
  return {
    System: [
      ["Version", "RuntimeVersion", hex(version)],
      ["SS58Prefix", "u16", "0x2a00"],
    ],
    Timestamp: [["MinimumPeriod", "u64", hex(u64(6000))]],
    Aura: [["SlotDuration", "u64", hex(u64(12_000))]],
  };
}

function build(spec: Spec) {
  const calls = of(spec, CALLS).map((line) => {
    const [, index, name, args = ""] = /^(\d+) (\w+) ?(.*)$/.exec(line) ?? [];
    return `${name}=${index}{${args}}`;
  });
  const events = PALLETS.filter(([name]) => name in EVENTS);
  const named = {
    ...structsOf(spec),
    ...Object.fromEntries(events.map(([name]) => [`${name}Event`, `enum ${EVENTS[name]}`])),
    RuntimeEvent: `enum ${events.map(([name, index]) => `${name}=${index}(${name}Event)`).join(", ")}`,
    SubtensorError: `enum ${ERRORS}`,
    SubtensorCall: `enum ${calls.join(", ")}`,
    RuntimeCall: "enum SubtensorModule=7(SubtensorCall)",
    RuntimeError: "enum SubtensorModule=7(SubtensorError)",
  };
  const { lookup, idOf } = createTypes(named);

  const storage = (name: string) => {
    const items = of(spec, STORAGE[name] ?? []).map((line) => {
      const [item = "", modifier, hashers = "-", key = "", value = "", fallback = zeros(value)] = line.split(" ");
      const map = {
        hashers: hashers.split("+").map((tag) => ({ tag: tag as Hasher, value: undefined })),
        key: hashers === "-" ? 0 : idOf(key),
        value: idOf(value),
      };
      const type =
        hashers === "-" ? ({ tag: "plain", value: idOf(value) } as const) : ({ tag: "map", value: map } as const);
      return { name: item, modifier: Number(modifier), type, fallback, docs: [], deprecationInfo: current };
    });
    return items.length === 0 ? undefined : { prefix: name, items };
  };
  const pallets = PALLETS.map(([name, index]): V16Pallet & V15Pallet => {
    const ref = (type: string) => ({ type: idOf(type), deprecationInfo: [] });
    const subtensor = name === "SubtensorModule";
    const pallet = {
      name,
      index,
      storage: storage(name),
      calls: subtensor ? ref("SubtensorCall") : undefined,
      events: name in EVENTS ? ref(`${name}Event`) : undefined,
      errors: subtensor ? ref("SubtensorError") : undefined,
      constants: (constants(spec)[name] ?? []).map(([constant, type, value]) => ({
        name: constant,
        type: idOf(type),
        value,
        docs: [],
        deprecationInfo: current,
      })),
      associatedTypes: [],
      viewFns: [],
      docs: [],
      deprecationInfo: current,
    };
    return pallet as unknown as V16Pallet & V15Pallet;
  });
  const methods = of(spec, SUBNET_API).map((line) => {
    const [, name = "", args = "", output = ""] = /^(\w+)\((.*?)\) (.+)$/.exec(line) ?? [];
    const inputs = args.split(",").filter((arg) => arg !== "");
    return {
      name,
      inputs: inputs.map((arg) => ({ name: arg.split(":")[0] ?? "", type: idOf(arg.split(":")[1] ?? "") })),
      output: idOf(output),
      docs: [],
      deprecationInfo: current,
    };
  });
  const signedExtensions = of(spec, EXTENSIONS).map((line) => {
    const [identifier = "", type = "", additional = ""] = line.split(" ");
    return { identifier, type: idOf(type), additionalSigned: idOf(additional) };
  });
  const outerEnums = { call: idOf("RuntimeCall"), event: idOf("RuntimeEvent"), error: idOf("RuntimeError") };
  const envelope = { address: idOf("MultiAddress"), call: idOf("RuntimeCall"), signature: idOf("MultiSignature") };
  const apis = [{ name: "SubnetInfoRuntimeApi", methods, docs: [], version: 2, deprecationInfo: current }];
  return { lookup, pallets, signedExtensions, outerEnums, envelope, apis, none: idOf("()"), idOf };
}

/** V14 and V15 name a pallet's calls by the number of their type alone. */
const bare = (pallet: V16Pallet): V15Pallet => ({
  ...pallet,
  calls: pallet.calls?.type,
  events: pallet.events?.type,
  errors: pallet.errors?.type,
});

/**
 * The bytes of the metadata, as `state_getMetadata` answers.
 *
 * @example
 * createCodec(smallMetadata({ spec: 424 })).specVersion; // 424
 */
export function smallMetadata({
  spec = 424,
  version = 16,
  extensions = [],
}: {
  spec?: Spec;
  version?: 14 | 15 | 16;
  /** More signed extensions: "Name type additional". */
  extensions?: readonly string[];
} = {}): Uint8Array {
  const { lookup, pallets, signedExtensions, outerEnums, envelope, apis, none, idOf } = build(spec);
  for (const line of extensions) {
    const [identifier = "", type = "", additional = ""] = line.split(" ");
    signedExtensions.push({ identifier, type: idOf(type), additionalSigned: idOf(additional) });
  }
  const encode = (value: Metadata["metadata"]) => metadata.enc({ magicNumber: MAGIC, metadata: value });
  if (version === 16) {
    const all = signedExtensions.map((_, i) => i);
    const signedExtensionsByVersion: [number, number[]][] = [[0, all]];
    const extrinsic = { version: [4, 5], ...envelope, signedExtensionsByVersion, signedExtensions };
    return encode({ tag: "v16", value: { lookup, pallets, extrinsic, apis, outerEnums, custom: [] } });
  }
  if (version === 15) {
    const extrinsic = { version: 4, ...envelope, extra: none, signedExtensions };
    return encode({
      tag: "v15",
      value: { lookup, pallets: pallets.map(bare), extrinsic, type: none, apis, outerEnums, custom: [] },
    });
  }
  // V14 names address and signature as parameters of the extrinsic's type.
  const params = [
    { name: "Address", type: envelope.address },
    { name: "Call", type: envelope.call },
    { name: "Signature", type: envelope.signature },
  ];
  const unchecked = { id: lookup.length, path: ["UncheckedExtrinsic"], params, docs: [] };
  const value = {
    lookup: [...lookup, { ...unchecked, def: { tag: "composite" as const, value: [] } }],
    pallets: pallets.map((pallet) => ({ ...bare(pallet), docs: [] as never[] })),
    extrinsic: { type: unchecked.id, version: 4, signedExtensions },
    type: none,
    apis: [] as never[],
  };
  return encode({ tag: "v14", value } as unknown as Metadata["metadata"]);
}
