/**
 * JSON as Python's `json.loads` reads it: whole numbers and others stay apart, whole numbers keep all their digits, keys keep their
 * order. JavaScript's own parser loses all three, and all three are hashed.
 */
export type PyValue =
  | null
  | boolean
  | string
  | { readonly int: string }
  | { readonly float: number }
  | readonly PyValue[]
  | ReadonlyMap<string, PyValue>;

/** Deeper than this nobody nests, and a stack has an end. */
const MAX_DEPTH = 64;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const WORDS = [
  ["null", null],
  ["true", true],
  ["false", false],
] as const;

/** @throws {SyntaxError} when it is not JSON, or nested deeper than 64. */
export function parsePyJson(text: string): PyValue {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`unexpected text at ${at}`);
  };
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  /** Takes one character when it is the next after blanks. */
  const take = (character: string): boolean => {
    match(BLANK);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const readString = (): string => {
    const value: unknown = JSON.parse(match(STRING) ?? fail());
    return typeof value === "string" ? value : fail();
  };
  const readList = (depth: number): PyValue[] => {
    const values: PyValue[] = [];
    if (take("]")) return values;
    do values.push(readValue(depth));
    while (take(","));
    return take("]") ? values : fail();
  };
  const readMap = (depth: number): Map<string, PyValue> => {
    const values = new Map<string, PyValue>();
    if (take("}")) return values;
    do {
      match(BLANK);
      const key = readString();
      if (!take(":")) fail();
      values.set(key, readValue(depth));
    } while (take(","));
    return take("}") ? values : fail();
  };
  const readValue = (depth: number): PyValue => {
    if (depth > MAX_DEPTH) fail();
    if (take("[")) return readList(depth + 1);
    if (take("{")) return readMap(depth + 1);
    if (text[at] === '"') return readString();
    const word = WORDS.find(([name]) => text.startsWith(name, at));
    if (word !== undefined) {
      at += word[0].length;
      return word[1];
    }
    const number = match(NUMBER) ?? fail();
    // Python's int knows no -0.
    return /[.eE]/.test(number) ? { float: Number(number) } : { int: number === "-0" ? "0" : number };
  };
  const value = readValue(0);
  match(BLANK);
  return at === text.length ? value : fail();
}
