import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../core/index.ts";
import { StoreDamagedError } from "./errors.ts";

/** What a backup is made with. */
export interface BackupTools {
  /** Runs statements on the store. */
  readonly exec: (statements: string) => void;
  /** What SQLite's own check says of the file; `["ok"]` when it is whole. */
  readonly check: (path: string) => string[];
}

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

/**
 * A copy of the store as of now, in one file without companions: made beside its place, checked, synced, and then put there whole,
 * or not at all. Others may go on writing to the store.
 *
 * @returns its size in bytes.
 * @throws {UserError} when something is there already; {@link StoreDamagedError} when the copy does not pass.
 */
export async function writeBackup(target: string, { exec, check }: BackupTools, overwrite: boolean): Promise<number> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const taken = () =>
    new UserError(`${target} is there already.`, { hint: "Name another file: a backup does not replace one." });
  if (!overwrite && (await stat(target).catch(() => null)) !== null) throw taken();
  const temporary = join(folder, `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(temporary, "wx", 0o600);
  try {
    // SQLite fills an empty file, so the bits are ours from the first byte on.
    exec(`VACUUM INTO ${quoted(temporary)}`);
    const found = check(temporary);
    if (found[0] !== "ok")
      throw new StoreDamagedError({ path: temporary, cause: new Error(found.slice(0, 3).join("; ")) });
    await file.sync();
    const { size } = await file.stat();
    if (overwrite) await rename(temporary, target);
    else {
      await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "EEXIST" ? taken() : error;
      });
    }
    const directory = await open(folder, "r");
    await directory.sync().finally(() => directory.close());
    return size;
  } finally {
    await file.close();
    for (const end of ["", "-wal", "-shm", "-journal"]) await rm(`${temporary}${end}`, { force: true });
  }
}
