import { ModelFileError } from "../errors.ts";
import { SAVE_STATE } from "./torch-zip.ts";

/** Number types of PyTorch's storages. */
const STORAGES = {
  FloatStorage: "float",
  DoubleStorage: "double",
  HalfStorage: "half",
  BFloat16Storage: "bfloat16",
  LongStorage: "long",
  IntStorage: "int",
} as const;
export type StorageType = (typeof STORAGES)[keyof typeof STORAGES];

/** Where a tensor's numbers lie; nothing of it is checked yet. */
export interface TensorReference {
  readonly kind: "tensor";
  readonly type: StorageType;
  readonly storage: string;
  /** Numbers in the storage. */
  readonly count: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;
}

const MAX_PICKLE_BYTES = 2 ** 20;
/** A tensor takes some forty; this bounds time and memory, whatever they are. */
const MAX_OPERATIONS = 250_000;
const MAX_NAME = 100;

/** What follows an opcode: so many bytes, a length in so many bytes and then as many, or lines of text. */
type Argument = number | { readonly length: 1 | 4 } | { readonly lines: 2 };

/** The opcodes of a state_dict in protocols 2 to 5 (CPython's pickletools names them), and what follows each. */
const OPCODES: ReadonlyMap<number, Argument> = new Map<number, Argument>([
  [0x80, 1], // PROTO
  [0x95, 8], // FRAME
  ...[..."(0Nt)]ae}suRQb."].map((text): [number, Argument] => [text.charCodeAt(0), 0]),
  ...[0x85, 0x86, 0x87, 0x88, 0x89, 0x93, 0x94].map((code): [number, Argument] => [code, 0]),
  ...[..."Kqh"].map((text): [number, Argument] => [text.charCodeAt(0), 1]),
  [0x4d, 2], // BININT2
  ...[..."Jrj"].map((text): [number, Argument] => [text.charCodeAt(0), 4]),
  [0x47, 8], // BINFLOAT
  [0x8a, { length: 1 }], // LONG1
  [0x8c, { length: 1 }], // SHORT_BINUNICODE
  [0x58, { length: 4 }], // BINUNICODE
  [0x63, { lines: 2 }], // GLOBAL
]);
const STOP = 0x2e;
const GLOBAL = 0x63;
const INST = 0x69;
const BUILD = 0x62;
const POP = 0x30;

type Refuse = (reason: string, hint?: string) => ModelFileError;

function refuseName(refuse: Refuse, module: unknown, name: unknown): ModelFileError {
  const full = `${String(module)}.${String(name)}`.slice(0, MAX_NAME);
  const isModule = /^(torch\.nn\.|__main__\.)/.test(full);
  const what = isModule ? `it holds a whole module (${full})` : `its pickle asks for ${full}`;
  return refuse(`${what}, which was not run`, SAVE_STATE);
}

const isAllowed = (module: string, name: string) =>
  (module === "collections" && name === "OrderedDict") ||
  (module === "torch._utils" && (name === "_rebuild_tensor_v2" || name === "_rebuild_parameter")) ||
  (module === "torch" && Object.hasOwn(STORAGES, name));

/**
 * Reads a pickle's opcodes without doing what they say, as pickletools does: names outside the list and opcodes that no state_dict has
 * are refused before anything is built. The copy it gives has BUILD replaced by POP: what a dict has beside its items is left out,
 * and no attribute of any object can be set.
 */
function proofread(pickle: Uint8Array, refuse: Refuse): Uint8Array {
  const copy = pickle.slice();
  const view = new DataView(copy.buffer);
  let at = 0;
  const lineEnd = () => {
    const end = copy.indexOf(0x0a, at);
    if (end < 0) throw refuse("its pickle is cut short");
    return end;
  };
  const line = () => {
    const end = lineEnd();
    const text = new TextDecoder("ascii").decode(copy.subarray(at, end));
    at = end + 1;
    return text;
  };
  for (let operations = 0; at < copy.length; operations++) {
    if (operations >= MAX_OPERATIONS) throw refuse(`its pickle has more than ${MAX_OPERATIONS} operations`);
    const opcode = copy[at];
    at += 1;
    if (opcode === STOP) return copy.subarray(0, at);
    if (opcode === INST) throw refuseName(refuse, line(), line());
    const argument = OPCODES.get(opcode);
    if (argument === undefined) {
      throw refuse(`its pickle uses opcode 0x${opcode.toString(16)}, which no state_dict has`, SAVE_STATE);
    }
    if (opcode === BUILD) copy[at - 1] = POP;
    if (typeof argument === "number") at += argument;
    else if ("lines" in argument) {
      const [module, name] = [line(), line()];
      if (opcode === GLOBAL && !isAllowed(module, name)) throw refuseName(refuse, module, name);
    } else {
      if (at + argument.length > copy.length) throw refuse("its pickle is cut short");
      at += argument.length + (argument.length === 1 ? view.getUint8(at) : view.getUint32(at, true));
    }
  }
  throw refuse("its pickle is cut short");
}

const isTensor = (value: unknown): value is TensorReference =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "tensor";

/** What a pickle's names stand for: functions of ours that make plain data, and nothing else. */
function resolverOf(refuse: Refuse) {
  const types = new Map<unknown, StorageType>();
  const orderedDict = (...items: unknown[]) => {
    if (items.length > 0) throw refuse("its pickle makes a dict in an unknown way");
    return new Map();
  };
  const tensor = (...parts: unknown[]): TensorReference => {
    const [storage, offset, shape, strides] = parts;
    if (parts.length > 7 || typeof storage !== "object" || storage === null || !("storage" in storage)) {
      throw refuse("a tensor of its pickle has no storage");
    }
    const { type, storage: key, count } = storage as Pick<TensorReference, "type" | "storage" | "count">;
    return { kind: "tensor", type, storage: key, count, offset, shape, strides };
  };
  const parameter = (...parts: unknown[]): TensorReference => {
    const [data] = parts;
    if (parts.length > 3 || !isTensor(data)) throw refuse("a parameter of its pickle is no tensor");
    return data;
  };
  const storages = Object.fromEntries(
    Object.entries(STORAGES).map(([name, type]) => {
      const marker = () => {
        throw refuse(`its pickle calls torch.${name}`);
      };
      types.set(marker, type);
      return [name, marker];
    }),
  );
  return {
    resolve(module: unknown, name: unknown) {
      if (typeof module !== "string" || typeof name !== "string" || !isAllowed(module, name)) {
        throw refuseName(refuse, module, name);
      }
      if (module === "collections") return orderedDict;
      if (module === "torch") return storages[name];
      return name === "_rebuild_parameter" ? parameter : tensor;
    },
    /** `("storage", torch.FloatStorage, "0", "cpu", 480)`. */
    storage(id: unknown) {
      const [word, marker, key, , count] = Array.isArray(id) ? id : [];
      const type = types.get(marker);
      if (word === "storage" && type !== undefined && typeof key === "string") return { storage: key, type, count };
      throw refuse("its pickle names a storage of an unknown kind");
    },
  };
}

/**
 * The tensors of a pickled state_dict by name, wherever training scripts put it: at the top, or under `model_state_dict`,
 * `state_dict` or `model`. pickleparser builds it, after {@link proofread} has seen every opcode.
 *
 * @throws {ModelFileError} with the reason; a name outside the list is told, and was not run.
 */
export async function readStateDict(path: string, pickle: Uint8Array): Promise<ReadonlyMap<string, TensorReference>> {
  const refuse: Refuse = (reason, hint) => new ModelFileError({ path, reason, ...(hint !== undefined && { hint }) });
  if (pickle.length > MAX_PICKLE_BYTES)
    throw refuse(`its pickle has ${pickle.length} bytes, and a megabyte is the limit`);
  const safe = proofread(pickle, refuse);
  const { Parser } = await import("pickleparser");
  const names = resolverOf(refuse);
  let content: unknown;
  try {
    content = new Parser({
      nameResolver: { resolve: (module, name) => names.resolve(module, name) },
      persistentResolver: { resolve: (id) => names.storage(id) },
      unpicklingTypeOfDictionary: "Map",
    }).parse(safe);
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    throw new ModelFileError({ path, reason: "its pickle is damaged", cause });
  }
  if (!(content instanceof Map)) throw refuse("it holds no state_dict", SAVE_STATE);
  const wrapper = ["model_state_dict", "state_dict", "model"].find((key) => content.get(key) instanceof Map);
  const state: ReadonlyMap<unknown, unknown> = wrapper === undefined ? content : content.get(wrapper);
  const tensors = new Map<string, TensorReference>();
  for (const [key, value] of state) {
    if (typeof key !== "string") throw refuse("its state_dict has a key that is no text");
    if (!isTensor(value)) throw refuse(`${key.slice(0, MAX_NAME)} of its state_dict is no tensor`, SAVE_STATE);
    tensors.set(key, value);
  }
  if (tensors.size === 0) throw refuse("it holds no tensor", SAVE_STATE);
  return tensors;
}
