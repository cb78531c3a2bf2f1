import { createReadStream } from "node:fs";
import { chmod, type FileHandle, open, rename, stat } from "node:fs/promises";
import { createInterface } from "node:readline";

/** Ids in a file of feedback, in its order; each line begins with its own. */
export async function* idsIn(path: string): AsyncGenerator<string> {
  for await (const line of linesIn(path)) {
    const [, id] = /^\{"id":"([^"\\]{1,200})"/.exec(line) ?? [];
    if (id !== undefined) yield id;
  }
}

/**
 * Lines of a file; none when it is not there.
 *
 * @param start byte to begin at; the line that it is in the middle of comes cut.
 */
export async function* linesIn(path: string, { start = 0 }: { readonly start?: number } = {}): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: "utf8", start });
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  } finally {
    stream.destroy();
  }
}

/** One validator's feedback on disk: the newer half grows, the older goes when that is full. */
export interface FeedbackFile {
  has(id: string): boolean;
  /** Appends lines and waits until they are on disk. */
  append(entries: readonly { readonly id: string; readonly line: string }[]): Promise<void>;
  close(): Promise<void>;
}

async function openForAppending(path: string): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(path, "a+", 0o600);
  // It may have been made by somebody else, with another mode.
  await chmod(path, 0o600);
  const { size } = await handle.stat();
  if (size === 0) return { handle, bytes: 0 };
  const { buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
  if (buffer[0] === 0x0a) return { handle, bytes: size };
  // A line that a kill cut short stays by itself; whoever reads skips it.
  await handle.appendFile("\n");
  return { handle, bytes: size + 1 };
}

/**
 * Opens the feedback of one validator: `PATH` is written, `PATH` with `.1` before its ending is the half before it.
 *
 * @param maxBytes of both together.
 */
export async function openFeedbackFile(path: string, { maxBytes }: { maxBytes: number }): Promise<FeedbackFile> {
  const before = path.replace(/\.jsonl$/, ".1.jsonl");
  let older = new Set<string>();
  let newer = new Set<string>();
  for await (const id of idsIn(before)) older.add(id);
  for await (const id of idsIn(path)) newer.add(id);
  let { handle, bytes } = await openForAppending(path);

  const rotate = async () => {
    await handle.close();
    await rename(path, before);
    [older, newer] = [newer, new Set()];
    ({ handle, bytes } = await openForAppending(path));
  };
  const write = async (entries: readonly { readonly id: string; readonly line: string }[], text: string) => {
    await handle.appendFile(text);
    bytes += Buffer.byteLength(text);
    for (const { id } of entries) newer.add(id);
  };
  return {
    has: (id) => newer.has(id) || older.has(id),
    async append(entries) {
      let waiting: { readonly id: string; readonly line: string }[] = [];
      let text = "";
      for (const entry of entries) {
        const line = `${entry.line}\n`;
        if (bytes + Buffer.byteLength(text) + Buffer.byteLength(line) > maxBytes / 2 && bytes + text.length > 0) {
          await write(waiting, text);
          [waiting, text] = [[], ""];
          await handle.datasync();
          await rotate();
        }
        waiting.push(entry);
        text += line;
      }
      await write(waiting, text);
      await handle.datasync();
    },
    close: () => handle.close(),
  };
}

/** When a file was last written; 0 when it is not there. */
export async function writtenAtMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
