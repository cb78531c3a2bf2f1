import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyHash, EMPTY_BODY_HASH } from "./body-hash.ts";
import { parsePyJson } from "./py-json.ts";
import { pystr } from "./pystr.ts";

const v = JSON.parse(readFileSync(new URL("../../../test/vectors/axon.json", import.meta.url), "utf8"));
const str = (json: string) => pystr(parsePyJson(json));

describe("what Python's str() says", () => {
  test.each<{ json: string; python: string }>(v.str)("of $json", ({ json, python }) => {
    expect(str(json)).toBe(python);
  });

  test("a list of each vector is Python's as well, so nothing hangs on the depth", () => {
    for (const { json, python } of v.str) {
      if (!json.startsWith('"')) expect(str(`[ ${json} ,1]`)).toBe(`[${python}, 1]`);
    }
  });

  test("of any number is a number of the same value, and never JavaScript's form of one", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pystr({ float: value });
        expect(Number(text)).toBe(value);
        expect(text).toMatch(/^-?\d+\.\d+$|^-?\d(?:\.\d+)?e[+-]\d\d+$/);
      }),
    );
  });
});

describe("JSON as Python reads it", () => {
  test("is what JavaScript reads, in any white space", () => {
    const plain = (value: ReturnType<typeof parsePyJson>): unknown => {
      if (typeof value !== "object" || value === null) return value;
      if ("int" in value) return Number(value.int);
      if ("float" in value) return value.float;
      return value instanceof Map
        ? Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]))
        : [...value.values()].map(plain);
    };
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(JSON.stringify(plain(parsePyJson(spaced)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test.each([
    "",
    "{",
    "[1,]",
    '{"a":}',
    '{"a" 1}',
    "{a:1}",
    "01",
    "1.",
    "+1",
    "NaN",
    "'a'",
    '"\n"',
    '"\\x"',
    "1 2",
    "nul",
  ])("refuses %j", (text) => expect(() => parsePyJson(text)).toThrow(SyntaxError));

  test("refuses what is nested too deep, however long it is, without running out of stack", () => {
    expect(() => parsePyJson("[".repeat(65_000))).toThrow(SyntaxError);
    expect(parsePyJson(`${"[".repeat(64)}${"]".repeat(64)}`)).toBeInstanceOf(Array);
  });
});

describe("the body hash", () => {
  test("of no fields is a constant, whatever the body", () => {
    expect(EMPTY_BODY_HASH).toBe("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    expect([v.emptyHash, bodyHash("no JSON", [])]).toEqual([EMPTY_BODY_HASH, EMPTY_BODY_HASH]);
  });

  test("of fields is Python's, in the order of the fields", () => {
    const body = '{"d": ["foobar"], "b": 2, "a": 1}';
    expect(bodyHash(body, ["a", "b", "d"])).toBe("ae06397d08f30f75c91395c59f05c62ac3b62b88250eb78b109213258e6ced0c");
    expect(v.dummyHash).toBe(bodyHash(body, ["a", "b", "d"]));
    expect(bodyHash(body, ["b", "a", "d"])).not.toBe(v.dummyHash);
    expect(bodyHash(v.hashedFeatures.json, ["features"])).toBe(v.hashedFeatures.hash);
    expect(bodyHash(v.hashed.body, ["features"])).toBe(v.hashed.headers.computed_body_hash);
  });

  test("tells 1 from 1.0, and one key's order from another's", () => {
    const hashes = ['{"f":{"a":1,"b":2}}', '{"f":{"a":1.0,"b":2}}', '{"f":{"b":2,"a":1}}'].map((one) =>
      bodyHash(one, ["f"]),
    );
    expect(new Set(hashes).size).toBe(3);
  });

  test.each(["no JSON", "[]", "null", '{"g":1}'])("of %s is none", (body) => {
    expect(bodyHash(body, ["f"])).toBeNull();
  });
});
