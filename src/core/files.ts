import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Tries to take a lock that is released, or whose process is gone, before others are thought to be faster. */
const LOCK_ATTEMPTS = 3;

/**
 * Takes `path + ".lock"` for this process; a lock whose process is gone is taken over.
 *
 * @throws {LockedError} when another running process holds it.
 * @returns the function that releases it.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(lock, "wx", 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const text = await readFile(lock, "utf8").catch(() => null);
      const pid = Number(text || Number.NaN);
      // A lock without a number is one that is being written this very moment: it is not ours to take.
      const held = text !== null && (!Number.isInteger(pid) || isRunning(pid));
      if (held || attempt >= LOCK_ATTEMPTS) throw new LockedError({ path, pid: Number.isInteger(pid) ? pid : null });
      if (text !== null) await rm(lock, { force: true });
    }
  }
}
