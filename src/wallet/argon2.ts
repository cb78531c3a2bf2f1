import { assertBytes, fromHex } from "../core/index.ts";
import { createThreadJobs, defineTask } from "../jobs/index.ts";
import { KeyDerivationError } from "./errors.ts";

/** What a derivation costs. */
export interface Argon2Cost {
  readonly passes: number;
  readonly memoryKiB: number;
}

/** libsodium's SENSITIVE for Argon2i: a password tried costs seconds and half a gigabyte. */
export const SENSITIVE: Argon2Cost = { passes: 8, memoryKiB: 524_288 };

/** The same for every keyfile of every wallet: fixed by btwallet, so a password alone tells the key. */
const SALT = fromHex("salt", "137183dff15a09bc9c90b5518739e9b1", 16);

/** Argon2i, version 0x13, one lane, 32 bytes. */
export const argon2Task = defineTask(
  import.meta.url,
  "argon2Task",
  async (_: null, { password, passes, memoryKiB }: Argon2Cost & { readonly password: Uint8Array }) => {
    // Two megabytes of JavaScript that nobody else needs.
    const { argon2i } = await import("hash-wasm");
    const cost = { iterations: passes, parallelism: 1, memorySize: memoryKiB, hashLength: 32 };
    const key = await argon2i({ password, salt: SALT, ...cost, outputType: "binary" });
    password.fill(0);
    return key;
  },
);

/**
 * The key behind a password, derived on a thread that ends with it and takes the half gigabyte along.
 *
 * @throws {KeyDerivationError} when it cannot be had; the signal's reason, at once.
 */
export async function deriveArgon2Key(
  password: Uint8Array,
  { cost = SENSITIVE, signal }: { cost?: Argon2Cost; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const jobs = createThreadJobs({ workers: 1 });
  try {
    const [key] = await jobs.run(argon2Task, null, [{ password, ...cost }], { signal });
    return assertBytes("key", key, 32);
  } catch (error) {
    signal?.throwIfAborted();
    throw new KeyDerivationError({ memoryKiB: cost.memoryKiB, cause: error });
  } finally {
    await jobs.close();
  }
}
