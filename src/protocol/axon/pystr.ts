import type { PyValue } from "./py-json.ts";

/** As `repr(float)`: the shortest digits that come back, with an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const [, sign = "", whole = "0", fraction = "", exponentText = "0"] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(Object.is(value, -0) ? "-0e+0" : value.toExponential()) ?? [];
  const digits = whole + fraction;
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const point = exponent + 1;
  return `${sign}${digits.slice(0, point).padEnd(point, "0")}.${digits.slice(point) || "0"}`;
}

const NAMED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As `repr(str)`: what `str.isprintable` denies is escaped, and the quotes are single ones where that saves an escape. */
function stringText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    const named = character === quote ? `\\${quote}` : NAMED[character];
    if (named !== undefined) out += named;
    else if (character !== " " && /[\p{C}\p{Z}]/u.test(character)) {
      const code = character.codePointAt(0) ?? 0;
      const hex = code.toString(16);
      out +=
        code < 0x100
          ? `\\x${hex.padStart(2, "0")}`
          : code < 0x10000
            ? `\\u${hex.padStart(4, "0")}`
            : `\\U${hex.padStart(8, "0")}`;
    } else out += character;
  }
  return out + quote;
}

function repr(value: PyValue): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return stringText(value);
  if ("int" in value) return value.int;
  if ("float" in value) return floatText(value.float);
  if (value instanceof Map) return `{${[...value].map(([key, one]) => `${stringText(key)}: ${repr(one)}`).join(", ")}}`;
  return `[${[...value].map((one) => repr(one)).join(", ")}]`;
}

/**
 * Python's `str()` of a JSON value: what the body hash of an axon is made of. A text alone stands without quotes.
 *
 * @example
 * pystr(parsePyJson('{"a": [1, 1.0, "it\'s", null]}')); // {'a': [1, 1.0, "it's", None]}
 */
export function pystr(value: PyValue): string {
  return typeof value === "string" ? value : repr(value);
}
