import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { JobDataError } from "../errors.ts";

const MAC_BYTES = 32;

/** Values on their way through Redis. */
export interface Seal {
  /** @param context what the value is for: it opens for nothing else. */
  close(context: readonly (string | number)[], value: unknown): Buffer;
  /** @throws {JobDataError} when nobody with our password closed it for this. */
  open(context: readonly (string | number)[], sealed: Uint8Array): unknown;
}

/**
 * Plain data as bytes (whatever `structuredClone` copies, typed arrays as they are) behind an HMAC of the password of Redis: V8's reader
 * is not made for bytes of strangers, so it sees none.
 *
 * @example
 * const seal = createSeal("secret");
 * seal.open(["out", 1], seal.close(["out", 1], Float64Array.of(2))); // Float64Array [2]
 */
export function createSeal(password: string): Seal {
  const key = createHash("sha256").update(`conversion-subnet/jobs/1\n${password}`).digest();
  const macOf = (context: readonly (string | number)[], bytes: Uint8Array) =>
    createHmac("sha256", key)
      .update(`${JSON.stringify(context)}\n`)
      .update(bytes)
      .digest();
  return {
    close(context, value) {
      const bytes = serialize(value);
      return Buffer.concat([macOf(context, bytes), bytes]);
    },
    open(context, sealed) {
      const bytes = sealed.subarray(MAC_BYTES);
      const mac = sealed.subarray(0, MAC_BYTES);
      if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, macOf(context, bytes))) {
        throw new JobDataError({
          problem: "it was not written by anybody with the same password of Redis",
          hint: "Give whoever starts work and all workers the same --jobs.redis.",
        });
      }
      return read(bytes);
    },
  };
}

/** Bytes whose origin has been checked. */
export function read(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch (cause) {
    const hint = "Run the same release of Node everywhere.";
    throw new JobDataError({ problem: "another Node wrote it in a form that this one does not know", hint, cause });
  }
}
