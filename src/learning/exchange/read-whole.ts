import { readFile, stat } from "node:fs/promises";
import { errorText } from "../../core/index.ts";
import { ModelFileError } from "../errors.ts";

/**
 * The bytes of a model file of another program, if they are not too many.
 *
 * @throws {ModelFileError}
 */
export async function readWhole(path: string, limit: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > limit) throw new ModelFileError({ path, reason: `it has ${size} bytes, and ${limit} are the limit` });
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    throw new ModelFileError({ path, reason: `it cannot be read (${errorText(cause)})`, cause });
  }
}
