import {
  DEFAULT_HORIZON_SECONDS,
  FEATURES,
  type FeatureName,
  type Features,
  type Landmark,
  MAX_SECONDS,
  type Question,
} from "../schema.ts";
import { MAX_SCALE, nearestDouble } from "./nearest-double.ts";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const FEATURE_KEYS = FEATURES.map(({ name }) => bytesOf(`,"${name}":`));
const BEGIN = bytesOf('{"features":{"session_id":"');
const [LANDMARK, MESSAGES, SECONDS] = [bytesOf(',"landmark":'), bytesOf('{"messages":'), bytesOf('{"seconds":')];
const [HORIZON, NULL, CLOSE] = [bytesOf(',"horizon_seconds":'), bytesOf("null"), bytesOf("}")];
/** Copied for each question, so that all have one shape. */
const UNKNOWN = Object.fromEntries(FEATURES.map(({ name }) => [name, null]));

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const MAX_ID = 200;

/** A place in some bytes. */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Steps over a word, if it is this one. */
function take(cursor: Cursor, word: Uint8Array): boolean {
  const { bytes, at } = cursor;
  const { length } = word;
  if (at + length > bytes.length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== word[i]) return false;
  cursor.at = at + length;
  return true;
}

/** A number without sign and exponent, of 19 digits at most; NaN for any other. */
function takeNumber(cursor: Cursor): number {
  const { bytes, at: start } = cursor;
  const { length } = bytes;
  let at = start;
  let dot = -1;
  let head = 0;
  let headDigits = 0;
  let tail = 0;
  let tailDigits = 0;
  for (; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) {
      if (byte !== DOT || dot >= 0) break;
      dot = at;
    } else if (headDigits < 15) {
      head = head * 10 + (byte - ZERO);
      // Zeros at the front are no digits of the number.
      if (head > 0) headDigits += 1;
    } else {
      tail = tail * 10 + (byte - ZERO);
      tailDigits += 1;
    }
  }
  const wholeDigits = (dot < 0 ? at : dot) - start;
  const scale = dot < 0 ? 0 : at - dot - 1;
  const isJson = wholeDigits > 0 && (wholeDigits === 1 || bytes[start] !== ZERO) && (dot < 0 || scale > 0);
  if (!isJson || tailDigits > 4 || scale > MAX_SCALE) return Number.NaN;
  cursor.at = at;
  return nearestDouble(head, tail, tailDigits, scale);
}

/** A text of 1 to 200 characters of plain printable ASCII, up to its quote. */
function takeId(cursor: Cursor): string | null {
  const { bytes, at: start } = cursor;
  let at = start;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || byte === BACKSLASH) return null;
  }
  if (at === start || at - start > MAX_ID || at === bytes.length) return null;
  cursor.at = at + 1;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString("latin1");
}

/** Features in the order of the table, of which some may be missing. */
function takeFeatures(cursor: Cursor): Features | null {
  const features: Record<string, number | null> = { ...UNKNOWN };
  for (const [i, { name, integer, min, max }] of FEATURES.entries()) {
    if (!take(cursor, FEATURE_KEYS[i] ?? NULL) || take(cursor, NULL)) continue;
    const value = takeNumber(cursor);
    if (!(value >= min && value <= max) || (integer && !Number.isSafeInteger(value))) return null;
    features[name] = value;
  }
  return take(cursor, CLOSE) ? (features as Record<FeatureName, number | null>) : null;
}

/** Undefined when it is none. */
function takeLandmark(cursor: Cursor): Landmark | null | undefined {
  if (take(cursor, NULL)) return null;
  const isMessages = take(cursor, MESSAGES);
  if (!isMessages && !take(cursor, SECONDS)) return undefined;
  const value = takeNumber(cursor);
  if (!take(cursor, CLOSE)) return undefined;
  if (isMessages) return Number.isInteger(value) && value >= 1 && value <= 100_000 ? { messages: value } : undefined;
  return value > 0 && value <= MAX_SECONDS ? { seconds: value } : undefined;
}

/**
 * The question in a body that is written as our own validators write it: fields in the order of the table, no spaces, plain ASCII, no
 * exponents. Null says nothing of any other: JSON's own parser and the schema decide then. Of what it takes it makes the same as they
 * do, and text, object and numbers are not made twice.
 */
export function quickRead(body: Uint8Array): Question | null {
  const cursor: Cursor = { bytes: body, at: 0 };
  if (!take(cursor, BEGIN)) return null;
  const sessionId = takeId(cursor);
  const features = sessionId === null ? null : takeFeatures(cursor);
  if (sessionId === null || features === null) return null;
  const landmark = take(cursor, LANDMARK) ? takeLandmark(cursor) : null;
  const isGiven = take(cursor, HORIZON) && !take(cursor, NULL);
  const horizonSeconds = isGiven ? takeNumber(cursor) : DEFAULT_HORIZON_SECONDS;
  if (landmark === undefined || !(horizonSeconds > 0 && horizonSeconds <= MAX_SECONDS)) return null;
  return take(cursor, CLOSE) && cursor.at === body.length ? { sessionId, features, landmark, horizonSeconds } : null;
}
