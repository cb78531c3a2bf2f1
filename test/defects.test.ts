/**
 * The defects of the Python reference that ours must not have. docs/reference.md has a row for each: the tests that hold it, or why it
 * cannot occur. The gravest have tests that are named after them; where those stand is free, that they stand somewhere is held here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DEFECTS_KNOWN = 60;

/** What must be covered now. */
const REQUIRED: Readonly<Record<number, string>> = {
  1: "an oracle, a wrong and an offline miner were scored alike",
  2: "measured time and uid were never set, since a default stood in their place",
  3: "response time and uid were read from the miner's own body",
  6: "averages moved for miners that were not asked",
  7: "the truth was a public rule on the features just sent",
  8: "every process asked the same conversations of the same miners",
  9: "a miner without a model served random weights",
  10: "features were taken in the order in which they happened to come",
  11: "a target column was an input",
  12: "an SDK was inherited that takes a request without a signature for its sender's",
  36: "whoever was registered, rival miners too, was answered",
  44: "a last batch of one row crashed",
  46: "dropout and batch normalisation were on while answering",
};

/** Titles of tests, as far as they are plain texts. */
function titlesOf(text: string): string[] {
  return [...text.matchAll(/\b(?:it|test)(?:\.each\([\s\S]*?\)|\.\w+)?\(\s*"((?:[^"\\\n]|\\.)*)"/g)].map(
    ([, title]) => title ?? "",
  );
}

/** The numbers that a title names: `defect 11, defect 50: ...`. */
function defectsOf(title: string): number[] {
  const named = /^((?:defect \d+, )*defect \d+): ./.exec(title)?.[1] ?? "";
  return [...named.matchAll(/\d+/g)].map(Number);
}

const files = ["src", "test"].flatMap((folder) =>
  readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(test|long)\.ts$/.test(path) && !path.endsWith("defects.test.ts"))
    .map((path) => `${folder}/${path}`),
);
const titles = files.flatMap((path) => titlesOf(readFileSync(ROOT + path, "utf8")).map((title) => ({ path, title })));
const covered = new Map<number, string[]>();
for (const { path, title } of titles) {
  for (const defect of defectsOf(title)) covered.set(defect, [...(covered.get(defect) ?? []), `${path}: ${title}`]);
}

describe("the defects of the reference", () => {
  it.each(Object.entries(REQUIRED))("%s (%s) has a test of its own", (defect) => {
    expect(covered.get(Number(defect)) ?? []).not.toEqual([]);
  });

  it("are named by a number that the list has, and in the one form that is counted", () => {
    for (const defect of covered.keys()) {
      expect(defect).toBeGreaterThanOrEqual(1);
      expect(defect).toBeLessThanOrEqual(DEFECTS_KNOWN);
    }
    const miswritten = titles.filter(({ title }) => /defects? *#?\d/i.test(title) && defectsOf(title).length === 0);
    expect(miswritten).toEqual([]);
  });

  it("1, 2 and 3 are shown from end to end, over real HTTP", () => {
    for (const defect of [1, 2, 3]) {
      expect(
        covered.get(defect)?.some((where) => where.startsWith("test/end-to-end.test.ts")),
        `${defect}`,
      ).toBe(true);
    }
  });
});

/** The rows of docs/reference.md. */
const rows = [...readFileSync(`${ROOT}docs/reference.md`, "utf8").matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(
  ([, number = "", what = "", here = ""]) => ({ number: Number(number), what, here }),
);
/** The tests that a cell names: `path`: "title". */
const testsOf = (cell: string) =>
  [...cell.matchAll(/`((?:src|test)\/[^`]+\.(?:test|long)\.ts)`: "([^"]+)"/g)].map(([, path = "", title = ""]) => ({
    path,
    title,
  }));

describe("docs/reference.md", () => {
  it(`has a row for each of the ${DEFECTS_KNOWN} defects, in order`, () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: DEFECTS_KNOWN }, (_, i) => i + 1));
  });

  it("names for each a test that is there, or says why it cannot occur", () => {
    for (const { number, here } of rows) {
      const named = testsOf(here);
      if (named.length === 0) expect(here, `${number}`).toMatch(/^Cannot occur: .{40,}\.$/);
      for (const { path, title } of named) {
        expect(existsSync(ROOT + path), `${number}: ${path}`).toBe(true);
        expect(titlesOf(readFileSync(ROOT + path, "utf8")), `${number}: ${path}`).toContain(title);
      }
    }
    expect(rows.filter(({ here }) => testsOf(here).length > 0).length).toBeGreaterThan(50);
  });

  it("names those tests that are named after a defect in that defect's row, where there are some", () => {
    for (const { number, here } of rows) {
      for (const { title } of testsOf(here).filter((test) => defectsOf(test.title).length > 0))
        expect(defectsOf(title), `${number}`).toContain(number);
    }
  });
});

describe("titles", () => {
  it("are found in every form that tests are written in, and nowhere else", () => {
    const text = [
      'test("plain", () => {',
      'it.each([["a", "b"]])("of a table %s", () => {',
      'it(\n  "on a line of its own", async () => {',
      'it.skip("left out", () => {',
      'it("with \\"quotes\\"", () => {',
      'const wait = "it";',
      'commit("no test")',
    ].join("\n");
    expect(titlesOf(text)).toEqual(["plain", "of a table %s", "on a line of its own", "left out", 'with \\"quotes\\"']);
    expect(defectsOf("defect 11, defect 50: no target is an input")).toEqual([11, 50]);
    expect(defectsOf("about defect 11: nothing")).toEqual([]);
    expect(titles.length).toBeGreaterThan(500);
  });
});
