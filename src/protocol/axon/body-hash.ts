import { createHash } from "node:crypto";
import { type PyValue, parsePyJson } from "./py-json.ts";
import { pystr } from "./pystr.ts";

const sha3 = (text: string): string => createHash("sha3-256").update(text, "utf8").digest("hex");

/** The hash of a class without `required_hash_fields`, which is every class that does not ask for more: it says nothing of the body. */
export const EMPTY_BODY_HASH: string = sha3("");

/**
 * The body hash of the axon wire: of each named field Python's `str()`, hashed, and the hashes hashed together.
 *
 * @param json the body; of a typed class, as the class would write it: `1` in a float field is `1.0` there.
 * @returns null when the body is not a JSON object, or a field is not there.
 * @example
 * bodyHash('{"a": 1, "b": 2, "d": ["foobar"]}', ["a", "b", "d"]); // "ae06397d08f3..."
 */
export function bodyHash(json: string, fields: readonly string[]): string | null {
  if (fields.length === 0) return EMPTY_BODY_HASH;
  let body: PyValue;
  try {
    body = parsePyJson(json);
  } catch {
    return null;
  }
  if (!(body instanceof Map)) return null;
  const hashes: string[] = [];
  for (const field of fields) {
    const value: PyValue | undefined = body.get(field);
    if (value === undefined) return null;
    hashes.push(sha3(pystr(value)));
  }
  return sha3(hashes.join(""));
}
