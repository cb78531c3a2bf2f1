import { ModelFileError } from "../errors.ts";

/** Largest `.pt` file that is read. */
export const MAX_TORCH_BYTES = 64 * 2 ** 20;
const MAX_ENTRIES = 10_000;
const ENTRY = /^([^/]+)\/(data\.pkl|byteorder|data\/\d{1,9})$/;

/** The parts of a `.pt` file: what describes the tensors, and their bytes by key. */
export interface TorchArchive {
  readonly pickle: Uint8Array;
  readonly storages: ReadonlyMap<string, Uint8Array>;
}

/** Says what a file is that is no zip archive. */
function refuseOther(path: string, bytes: Uint8Array): void {
  if (bytes.length > MAX_TORCH_BYTES) {
    throw new ModelFileError({ path, reason: `it has ${bytes.length} bytes, and ${MAX_TORCH_BYTES} are the limit` });
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return;
  if (bytes[0] === 0x80) {
    const reason = "it is a bare pickle, as PyTorch wrote before version 1.6";
    throw new ModelFileError({ path, reason, hint: "Load it in Python and save it again: torch.save(state, path)" });
  }
  throw new ModelFileError({ path, reason: "it is no PyTorch file: those are zip archives" });
}

/**
 * Takes a `.pt` file apart. PyTorch stores its entries as they are, so whatever is compressed is refused: nothing is larger
 * unpacked than packed, and a zip bomb is told by its directory.
 *
 * @throws {ModelFileError} with the reason.
 */
export async function openTorchArchive(path: string, bytes: Uint8Array): Promise<TorchArchive> {
  refuseOther(path, bytes);
  const refuse = (reason: string, hint?: string, cause?: unknown) =>
    new ModelFileError({ path, reason, cause, ...(hint !== undefined && { hint }) });
  const { unzipSync } = await import("fflate");
  const sizes = new Map<string, number>();
  let count = 0;
  let total = 0;
  const isTaken = (entry: { name: string; size: number; originalSize: number; compression: number }): boolean => {
    count += 1;
    if (count > MAX_ENTRIES) throw refuse(`it has more than ${MAX_ENTRIES} entries`);
    const { name, size, originalSize, compression } = entry;
    if (name.endsWith("/constants.pkl")) {
      throw refuse("it is a TorchScript archive, which is a program", SAVE_STATE);
    }
    if (!ENTRY.test(name)) return false;
    if (compression !== 0 || size !== originalSize) {
      throw refuse("an entry of its archive is compressed, which PyTorch never does");
    }
    total += size;
    if (total > bytes.length) throw refuse("the entries of its archive claim more bytes than the file has");
    if (sizes.has(name)) throw refuse("two entries of its archive have one name");
    sizes.set(name, size);
    return true;
  };
  let files: Readonly<Record<string, Uint8Array>>;
  try {
    files = unzipSync(bytes, { filter: isTaken });
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    throw refuse("its zip archive is damaged or cut short", undefined, error);
  }
  const parts = [...sizes].map(([name, size]) => {
    const [, root = "", part = ""] = ENTRY.exec(name) ?? [];
    const content = files[name];
    if (content?.length !== size) throw refuse("its zip archive is cut short");
    return { root, part, content };
  });
  const [first] = parts;
  if (parts.some(({ root }) => root !== first.root)) throw refuse("its archive holds several roots");
  const find = (wanted: string) => parts.find(({ part }) => part === wanted)?.content;
  const pickle = find("data.pkl");
  if (pickle === undefined) throw refuse("it is a zip archive without data.pkl, so not PyTorch's");
  const order = find("byteorder");
  if (order !== undefined && new TextDecoder().decode(order) !== "little") {
    throw refuse("its numbers are not little-endian");
  }
  const storages = parts.flatMap(({ part, content }): [string, Uint8Array][] =>
    part.startsWith("data/") ? [[part.slice("data/".length), content]] : [],
  );
  return { pickle, storages: new Map(storages) };
}

/** What to do about a file that is more than numbers. */
export const SAVE_STATE = "Save the numbers alone: torch.save(model.state_dict(), path). Nothing in the file was run.";
