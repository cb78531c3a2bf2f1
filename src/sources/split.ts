import { createHash } from "node:crypto";
import { InvalidArgumentError } from "../core/index.ts";

/**
 * Which side of a split a conversation is on, told by a hash of its id: the same in every process, whatever else is in the
 * file, so no conversation is ever on both sides.
 *
 * @param share the part of all conversations that is for training, 0 to 1.
 * @param seed another text gives another, independent split.
 * @throws {InvalidArgumentError} when the share is not within 0 and 1.
 * @example
 * splitByHash("star-00006", 0.7); // "test"
 */
export function splitByHash(id: string, share: number, { seed = "" }: { seed?: string } = {}): "train" | "test" {
  if (!(share >= 0 && share <= 1)) {
    throw new InvalidArgumentError({ argument: "share", problem: "must be within 0 and 1", value: share });
  }
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, id]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < share ? "train" : "test";
}
