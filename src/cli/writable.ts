import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorText, UserError } from "../core/index.ts";

/**
 * Finds out now, and not when the work is done, that files cannot be written; folders that are missing are made.
 *
 * @throws {UserError} naming the file.
 */
export async function assertWritable(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) throw new UserError(`${path} is a folder, and a file is to be written there.`);
    const probe = join(dirname(path), `.${basename(path)}.${process.pid}.probe`);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(probe, "");
    } catch (error) {
      throw new UserError(`${path} cannot be written.`, {
        details: { Reason: errorText(error).replace(probe, path) },
        hint: "Choose a folder that you may write to, with space left.",
      });
    } finally {
      await rm(probe, { force: true }).catch(() => undefined);
    }
  }
}
