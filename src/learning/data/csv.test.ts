import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom, shuffled } from "../../core/index.ts";
import { CSV_HEADER, FEATURES, TARGET_COLUMNS } from "../../schema.ts";
import { readCsv } from "./csv.ts";
import { INPUTS } from "./dataset.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "learning-csv-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = Record<string, string | number>;
/** Feature i of row r holds 1000 r + i, but within the table's limits. */
const cell = (r: number, i: number) => (FEATURES[i].max <= 23 ? 0 : 1000 * r + i);
const exampleRow = (r: number): Row => ({
  session_id: `s${r}`,
  ...Object.fromEntries(FEATURES.map(({ name }, i) => [name, cell(r, i)])),
  conversion_happened: r % 2,
  time_to_conversion_seconds: r % 2 === 1 ? 98765 : -1,
  time_to_conversion_minutes: r % 2 === 1 ? 98765 / 60 : -1,
});

async function write(columns: readonly string[], rows: readonly Row[], eol = "\n"): Promise<string> {
  const path = join(folder, `${createRandom(columns.join() + JSON.stringify(rows) + eol).next()}.csv`);
  const lines = [columns.join(","), ...rows.map((row) => columns.map((name) => row[name] ?? "").join(","))];
  await writeFile(path, `${lines.join(eol)}${eol}`);
  return path;
}
const rows = [0, 1, 2, 3].map(exampleRow);
/** The problem, without the folder that changes from run to run. */
const problem = async (path: string) => {
  const error: unknown = await readCsv(path).catch((thrown) => thrown);
  return error instanceof Error ? error.message.split("\n")[0].replace(/^.*\.csv/, "x.csv") : "no error";
};

describe("readCsv", () => {
  it("reads the guide's table", async () => {
    const { dataset, ignoredColumns } = await readCsv(await write(CSV_HEADER, rows));
    expect(dataset.rows).toBe(4);
    expect([...dataset.X]).toEqual([0, 1, 2, 3].flatMap((r) => FEATURES.map((_, i) => cell(r, i))));
    expect([...dataset.y]).toEqual([0, 1, 0, 1]);
    expect([...dataset.timeSeconds]).toEqual([Number.NaN, 98765, Number.NaN, 98765]);
    expect(dataset.groups).toEqual(["s0", "s1", "s2", "s3"]);
    expect(ignoredColumns).toEqual(["time_to_conversion_minutes"]);
  });

  it("defect 10: the order of the columns does not matter", async () => {
    const { dataset } = await readCsv(await write(CSV_HEADER, rows));
    for (const seed of [1, 2, 3]) {
      const permuted = await readCsv(await write(shuffled(CSV_HEADER, createRandom(seed)), rows));
      expect(permuted.dataset).toEqual(dataset);
    }
  });

  it("defect 11, defect 50: no target and no extra column can ever be an input", async () => {
    const { dataset } = await readCsv(await write(CSV_HEADER, rows));
    const extra = ["notes", "outcome", "messages_before_outcome", "Unnamed: 0"];
    const leaking = rows.map((row, r) => ({
      ...row,
      ...Object.fromEntries(extra.map((name) => [name, r % 2])),
      time_to_conversion_minutes: 31337,
    }));
    const path = await write([...extra, ...CSV_HEADER], leaking);
    const read = await readCsv(path);
    expect(read.dataset).toEqual(dataset);
    expect(read.dataset.X).toHaveLength(4 * INPUTS);
    expect([31337, 98765, 98765 / 60].some((value) => read.dataset.X.includes(value))).toBe(false);
    expect(read.ignoredColumns).toEqual([...extra, "time_to_conversion_minutes"]);
    // Not even if somebody made a target a feature: the two lists are disjoint.
    expect(FEATURES.filter(({ name }) => new Set<string>(TARGET_COLUMNS).has(name))).toEqual([]);
  });

  it("takes blanks as unknown, CRLF, a byte order mark, and quotes in ignored columns", async () => {
    const columns = ["notes", ...CSV_HEADER];
    const noted = { ...exampleRow(1), notes: '"a, ""b""\nc"', hour_of_day: "", time_to_conversion_seconds: "" };
    const path = await write(columns, [noted, exampleRow(2)], "\r\n");
    const text = `\uFEFF${columns.join(",")}\r\n`;
    await writeFile(path, text + columns.map((name) => Object(noted)[name]).join(","));
    const { dataset } = await readCsv(path);
    expect(dataset.rows).toBe(1);
    expect(dataset.X[2]).toBeNaN();
    expect(dataset.X[16]).toBe(1016);
    expect([dataset.y[0], dataset.timeSeconds[0]]).toEqual([1, Number.NaN]);
  });

  it("reads every number as the language does", async () => {
    const texts = [
      "0",
      "7.",
      "1e3",
      "+2.5",
      " 3 ",
      "0.1",
      "123456789.123456",
      "999999999999999",
      "0.30000000000000004",
    ];
    const random = createRandom("numbers");
    for (let i = 0; i < 500; i++) texts.push((random.next() * 10 ** random.integer(7)).toFixed(random.integer(9)));
    const path = await write(
      CSV_HEADER,
      texts.map((text) => ({ ...exampleRow(1), message_ratio: text })),
    );
    const { dataset } = await readCsv(path);
    expect(texts.map((_, row) => dataset.X[row * INPUTS + 18])).toEqual(texts.map(Number));
  });

  it("defect 47: names the label columns that are missing", async () => {
    const path = await write(CSV_HEADER.slice(0, 41), rows);
    expect(await problem(path)).toBe("x.csv lacks the columns conversion_happened, time_to_conversion_seconds.");
  });

  it("names the features that are missing, and a column that stands there twice", async () => {
    const without = CSV_HEADER.filter((name) => name !== "message_ratio" && name !== "day_of_week");
    expect(await problem(await write(without, rows))).toBe("x.csv lacks the columns day_of_week, message_ratio.");
    const twice = [...CSV_HEADER, "message_ratio"];
    expect(await problem(await write(twice, rows))).toBe("x.csv, line 1: message_ratio stands in the header twice.");
  });

  it.each([
    ["message_ratio", "abc", 'holds "abc", which is no number'],
    ["message_ratio", "NaN", "holds NaN, which is not a finite number: leave the cell blank"],
    ["message_ratio", "-inf", "holds -inf, which is not a finite number: leave the cell blank"],
    ["message_ratio", "0x10", 'holds "0x10", which is no number'],
    ["message_ratio", "-1", "must be at least 0, not -1"],
    ["hour_of_day", "24", "must be at most 23, not 24"],
    ["total_messages", "4.5", "must be a whole number, not 4.5"],
    ["conversion_happened", "yes", 'holds "yes", which is no number'],
    ["conversion_happened", "", 'must be 0 or 1, not ""'],
    ["conversion_happened", "0.97", 'must be 0 or 1, not "0.97"'],
    ["time_to_conversion_seconds", "-1", "must be above 0 where a conversion happened (blank when unknown), not -1"],
    ["conversion_happened", "0", "must be -1 where nothing converted, not 98765"],
  ])("refuses %s = %j with its line", async (column, value, text) => {
    const bad = { ...exampleRow(3), [column]: value };
    const named = text.includes("nothing converted") ? "time_to_conversion_seconds" : column;
    expect(await problem(await write(CSV_HEADER, [exampleRow(0), bad]))).toBe(`x.csv, line 3: ${named} ${text}.`);
  });

  it("refuses a line of another length, and a quote that is never closed", async () => {
    const path = await write(CSV_HEADER, rows);
    await writeFile(path, `${CSV_HEADER.join(",")}\n1,2,3\n`);
    expect(await problem(path)).toBe("x.csv, line 2 has 3 cells, the header 44.");
    await writeFile(path, `${CSV_HEADER.join(",")}\n"1,2,3\n\n`);
    expect(await problem(path)).toBe("x.csv, line 2 opens a quote that is never closed.");
    await writeFile(path, `${CSV_HEADER.join(",")}\n"s0"0,2,3\n`);
    expect(await problem(path)).toBe("x.csv, line 2 has text after the closing quote of cell 1.");
  });

  it.each([
    ["compressed", [0x1f, 0x8b, 8, 0], "is compressed: unpack it first"],
    ["UTF-16", [0xff, 0xfe, 0x61, 0], "is UTF-16: save it as UTF-8"],
    ["Parquet", [...Buffer.from("PAR1....")], "is a Parquet file: name it .parquet"],
    ["a spreadsheet", [...Buffer.from("PK\u0003\u0004")], "is a zip archive, as spreadsheets are: export it as CSV"],
    ["another binary", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0], "is not text"],
    ["nothing", [], "is empty"],
    ["newlines", [...Buffer.from("\n\r\n \n\n")], "is empty"],
    ["other separators", [...Buffer.from('"session_id";"message_ratio"\n1;2\n')], 'seems separated by ";"'],
    ["tabs", [...Buffer.from("session_id\tmessage_ratio\n1\t2\n")], "seems separated by tabs"],
    ["rows at once", [...Buffer.from("s0,4,,0.5\n")], "begins with a line that is no header"],
    ["an old Mac's", [...Buffer.from("a,b\r1,2\r")], "ends its lines as old Macs did, with CR alone"],
  ])("says what it was given in place of a CSV: %s", async (name, bytes, text) => {
    const path = join(folder, `${name}.csv`);
    await writeFile(path, Uint8Array.from(bytes));
    expect(await problem(path)).toBe(`x.csv ${text}.`);
  });

  it("hints at what the case needs", async () => {
    const hint = async (text: string | Uint8Array) => {
      const path = join(folder, "hint.csv");
      await writeFile(path, text);
      return /Hint: (.*)$/s.exec(String(await readCsv(path).catch((error: Error) => error.message)))?.[1];
    };
    const table = (row: Row) => `${CSV_HEADER.join(",")}\n${CSV_HEADER.map((name) => row[name]).join(",")}\n`;
    expect(await hint(table({ ...exampleRow(1), message_ratio: "x" }))).toMatch(/^A cell holds one plain number/);
    expect(await hint(table({ ...exampleRow(1), conversion_happened: "" }))).toMatch(/1 = converted, 0 = did not/);
    expect(await hint(table({ ...exampleRow(1), time_to_conversion_seconds: -1 }))).toMatch(/-1 = none, blank =/);
    expect(await hint(table({ ...exampleRow(1), session_id: '"a' }))).toMatch(
      /^A quote within a quoted cell is written/,
    );
    expect(await hint("session_id;message_ratio\n")).toMatch(/--engine duckdb$/);
    expect(await hint(`${CSV_HEADER.join(",")},message_ratio\n`)).toBe("Delete or rename one of the two columns.");
    expect(await hint("")).toBeUndefined();
  });

  it("refuses a folder", async () => {
    await mkdir(join(folder, "folder.csv"));
    expect(await problem(join(folder, "folder.csv"))).toBe("x.csv is a folder.");
  });

  it("does not look at what came true where it is told so: blank, absent or wrong", async () => {
    const features = CSV_HEADER.slice(0, 41);
    const { dataset } = await readCsv(await write(features, rows), { labels: false });
    expect([...dataset.X]).toEqual([...(await readCsv(await write(CSV_HEADER, rows))).dataset.X]);
    expect([[...dataset.y], [...dataset.timeSeconds]]).toEqual([Array(4).fill(0), Array(4).fill(Number.NaN)]);
    const wrong = rows.map((row, i) => ({ ...row, conversion_happened: ["", "?", 7, 1][i] ?? "" }));
    expect((await readCsv(await write(CSV_HEADER, wrong), { labels: false })).dataset).toEqual(dataset);
    // The slow way.
    const signed = rows.map((row) => ({ ...row, time_spread_user_messages: "+0", conversion_happened: "" }));
    expect((await readCsv(await write(CSV_HEADER, signed), { labels: false })).dataset.rows).toBe(4);
  });

  it("bounds a line, wherever it stands", async () => {
    const path = join(folder, "long.csv");
    const bounded = (text: string) =>
      writeFile(path, text).then(() => readCsv(path, { maxLineBytes: 300_000 }).catch((error: Error) => error.message));
    expect(await bounded("x".repeat(700_000))).toContain("line 1 is longer than 300000 bytes.");
    expect(await bounded(`${CSV_HEADER.join(",")}\n"${"x\n".repeat(350_000)}`)).toContain(
      "line 2 is longer than 300000 bytes.",
    );
  });

  it("gives each row without an id a group of its own", async () => {
    const { dataset } = await readCsv(await write(CSV_HEADER, [{ ...exampleRow(0), session_id: "" }, exampleRow(1)]));
    expect(dataset.groups).toEqual(["line 2", "s1"]);
    const anonymous = await readCsv(await write(CSV_HEADER.slice(1), [exampleRow(0), exampleRow(1)]));
    expect(anonymous.dataset.groups).toEqual(["line 2", "line 3"]);
    expect(anonymous.named).toBe(false);
  });

  it("reads the same from bytes and from text, over the borders of its pieces", async () => {
    const random = createRandom("pieces");
    const many = Array.from({ length: 4_000 }, (_, r): Row => {
      const notes = ["", "plain", '"a ""b"", c"', '"two\nlines"', "é"][random.integer(5)] ?? "";
      const numbers = FEATURES.map(({ name, integer, max }): [string, string | number] => {
        const value = random.next() * Math.min(max, 10 ** (1 + random.integer(6)));
        return [name, random.next() < 0.1 ? "" : integer ? Math.round(value) : value];
      });
      return { ...exampleRow(r % 8), notes, ...Object.fromEntries(numbers), session_id: `é${r >> 1}` };
    });
    const columns = ["notes", ...CSV_HEADER];
    const { dataset } = await readCsv(await write(columns, many));
    expect(dataset.rows).toBe(4_000);
    const expected = many.flatMap((row) => FEATURES.map(({ name }) => (row[name] === "" ? Number.NaN : row[name])));
    expect([...dataset.X]).toEqual(expected);
    expect(dataset.groups).toEqual(many.map(({ session_id }) => session_id));
    // A sign makes every row go the slow way; the numbers are the same.
    const slow = await readCsv(
      await write(
        columns,
        many.map((row) => ({ ...row, conversion_happened: `+${row.conversion_happened}` })),
      ),
    );
    expect(slow.dataset).toEqual(dataset);
    const bad = [...many, { ...exampleRow(1), notes: "", message_ratio: "x" }];
    const lines = 2 + many.length + many.filter(({ notes }) => String(notes).includes("\n")).length;
    expect(await problem(await write(columns, bad))).toBe(
      `x.csv, line ${lines}: message_ratio holds "x", which is no number.`,
    );
  });

  it("stops when told to, and says how far it is", async () => {
    const path = await write(CSV_HEADER, rows);
    const shares: number[] = [];
    await readCsv(path, { onProgress: (share) => shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    await expect(readCsv(path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});
