import { randomBytes } from "node:crypto";
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { WalletExistsError } from "./errors.ts";

/** A file that is to be written. */
export interface NewFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

const beside = (path: string, ending: string) =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.${ending}`);

async function sync(folder: string): Promise<void> {
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function create(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

const hasCode = (error: unknown, code: string) => error instanceof Error && "code" in error && error.code === code;

/** Takes a place before anything is moved there: of two writers at once, one is refused. */
async function reserve(path: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.close();
  } catch (error) {
    throw hasCode(error, "EEXIST") ? new WalletExistsError({ path }) : error;
  }
}

/**
 * Writes several files, readable by their owner only, or none of them: each is written and synced beside its place, then all are
 * moved there. What fails on the way puts back what was there before; only the moves themselves stand between two states.
 *
 * @throws {WalletExistsError} when one is there already and `overwrite` is not set.
 */
export async function writeTogether(files: readonly NewFile[], { overwrite }: { overwrite: boolean }): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const leftovers: string[] = [];
  try {
    const staged = [];
    for (const { path, content } of files) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = beside(path, "tmp");
      leftovers.push(temporary);
      await create(temporary, content);
      staged.push({ path, temporary });
    }
    for (const { path } of staged) {
      if (overwrite) await keepOld(path, undo, leftovers);
      else {
        await reserve(path);
        undo.push(() => rm(path, { force: true }));
      }
    }
    for (const { path, temporary } of staged) await rename(temporary, path);
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await sync(folder);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  } finally {
    for (const path of leftovers) await rm(path, { force: true });
  }
}

/** A copy of what is about to be replaced, and how to put it back. */
async function keepOld(path: string, undo: (() => Promise<void>)[], leftovers: string[]): Promise<void> {
  const old = beside(path, "old");
  try {
    leftovers.push(old);
    await copyFile(path, old);
    undo.push(() => rename(old, path));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    undo.push(() => rm(path, { force: true }));
  }
}
