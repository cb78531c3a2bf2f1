import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LockedError } from "./errors.ts";

/**
 * Writes a whole file or nothing: a temporary file beside it, fsync, rename, fsync of the folder.
 *
 * @param mode permission bits of the new file; 0o600 for secrets.
 * @param overwrite false makes an existing file an error (`EEXIST`) instead of replacing it.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644, overwrite = true }: { mode?: number; overwrite?: boolean } = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const reserved = overwrite ? undefined : await open(path, "wx", mode);
  await reserved?.close();
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (reserved) await rm(path, { force: true });
    throw error;
  }
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What stands in the lock files that this process holds: another with our number is left from an earlier life. */
const heldHere = new Set<string>();

/**
 * Tells a process from a later one of the same number, where the system has it (Linux): clock ticks since boot, else "-".
 *
 * @example
 * await processStart(process.pid); // "1234567"
 */
export async function processStart(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Whether a process runs that began then.
 *
 * @param start what {@link processStart} said of it; "-" = any of that number.
 * @example
 * await isSameProcess(process.pid, await processStart(process.pid)); // true
 */
export async function isSameProcess(pid: number, start: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  const now = await processStart(pid);
  return start === "-" || now === "-" || start === now;
}

/** What stands in a lock file; null when there is none. */
const readLock = (lock: string): Promise<string | null> =>
  readFile(lock, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });

/** Number of the process that holds a lock, by its text; null when it is gone, or never was one of ours. */
async function holderOf(text: string): Promise<number | null> {
  const [number = "", start = "-"] = text.split(" ");
  const pid = /^[1-9]\d*$/.test(number) ? Number(number) : null;
  if (heldHere.has(text)) return pid;
  if (pid === null || pid === process.pid) return null;
  return (await isSameProcess(pid, start)) ? pid : null;
}

/**
 * Which process holds `path + ".lock"`; null = none that still runs. It only looks.
 *
 * @example
 * await lockHolder("state/history.db"); // 4711
 */
export async function lockHolder(path: string): Promise<number | null> {
  return holderOf((await readLock(`${path}.lock`)) ?? "");
}

/** Puts the lock there with its text in it, or not at all; false when one is there. */
async function putLock(lock: string, text: string): Promise<boolean> {
  const temporary = `${lock}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
    await link(temporary, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Takes `path + ".lock"` for this process; a lock whose process is gone is taken over, by one of those who try.
 *
 * @throws {LockedError} when another running process holds it, or this one does.
 * @returns the function that releases it.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  const text = `${process.pid} ${await processStart(process.pid)} ${randomBytes(8).toString("hex")}`;
  const refuse = (pid: number | null) => new LockedError({ path, pid });
  heldHere.add(text);
  try {
    if (!(await putLock(lock, text))) {
      const holder = await holderOf((await readLock(lock)) ?? "");
      if (holder !== null) throw refuse(holder);
      // Others may see the same dead holder, and one of them take its place: removing it takes the lock's own lock.
      const done = await lockFile(lock).catch((error) => {
        throw error instanceof LockedError ? refuse(error.pid) : error;
      });
      try {
        const left = await readLock(lock);
        if (left !== null && (await holderOf(left)) === null) await rm(lock, { force: true });
        if (!(await putLock(lock, text))) throw refuse(await holderOf((await readLock(lock)) ?? ""));
      } finally {
        await done();
      }
    }
  } catch (error) {
    heldHere.delete(text);
    throw error;
  }
  return async () => {
    if ((await readLock(lock)) === text) await rm(lock, { force: true });
    heldHere.delete(text);
  };
}
