import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CSV_HEADER, FEATURE_NAMES } from "../../schema.ts";
import { readCsv } from "./csv.ts";
import { INPUTS } from "./dataset.ts";
import { readWithDuckDb, requireDuckDb, writeParquet } from "./duckdb.ts";
import { loadData, readDataset } from "./load-data.ts";
import { syntheticDataset } from "./synthetic.ts";

const name = "@duckdb/node-api";
const installed = await import(/* @vite-ignore */ name).then(
  () => true,
  () => false,
);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "duckdb-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = syntheticDataset({ rows: 3_000, seed: 11 });
const cell = (value: number) => (Number.isNaN(value) ? "" : String(value));
/** The rows as lines of a CSV, cells joined and written as told. */
function lines(write: (value: number) => string = cell, separator = ","): string[] {
  return data.groups.map((group, row) => {
    const numbers = Array.from(data.X.subarray(row * INPUTS, (row + 1) * INPUTS), write);
    const time = data.y[row] === 1 ? (data.timeSeconds[row] ?? 0) : -1;
    return [group, ...numbers, data.y[row], write(time), write(time < 0 ? -1 : time / 60)].join(separator);
  });
}
async function file(path: string, rows: readonly string[], separator = ","): Promise<string> {
  await writeFile(join(folder, path), `${CSV_HEADER.join(separator)}\n${rows.join("\n")}\n`);
  return join(folder, path);
}

it("names the package and the command where DuckDB is not installed", async () => {
  const load = () => Promise.reject(new Error("Cannot find package"));
  await expect(readWithDuckDb(await file("packed.csv", []), { load })).rejects.toMatchObject({
    code: "PACKAGE_MISSING",
    package: name,
    message: expect.stringContaining("npm install --save-prod @duckdb/node-api@1.5.6-r.1"),
  });
  await expect(writeParquet("a.csv", "a.parquet", { load })).rejects.toThrow(/^Writing a.parquet needs the package/);
  await expect(requireDuckDb("Writing a.parquet", { load })).rejects.toMatchObject({ code: "PACKAGE_MISSING" });
});

it.each([
  ["rows*.csv", "has a * in its path, which DuckDB takes for a pattern"],
  ["rows[12].csv", "has a [ in its path, which DuckDB takes for a pattern"],
  ["folder.parquet", "is a folder"],
])("reads files only: %s", async (path, text) => {
  await mkdir(join(folder, "folder.parquet"), { recursive: true });
  await expect(readWithDuckDb(join(folder, path))).rejects.toThrow(text);
});

it("asks nobody for what only looks like a path", async () => {
  const load = () => Promise.reject(new Error("It was loaded."));
  await expect(readWithDuckDb("http://127.0.0.1:1/rows.csv", { load })).rejects.toMatchObject({ code: "ENOENT" });
});

describe.skipIf(!installed)("with DuckDB", () => {
  it("reads back from Parquet what the CSV holds, to the last bit", async () => {
    const csv = await file("it's rows.csv", lines());
    const parquet = join(folder, "it's rows.parquet");
    await writeParquet(csv, parquet);
    const { dataset } = await readWithDuckDb(parquet);
    expect(dataset).toEqual((await readCsv(csv)).dataset);
    expect((await loadData(parquet)).XTrain.rows).toBe(2_400);
  });

  it("reads a dirty CSV: other separators, quoted numbers, NA for a blank", async () => {
    const quoted = (value: number) => (Number.isNaN(value) ? "NA" : `"${value}"`);
    const dirty = await file("dirty.csv", lines(quoted, ";"), ";");
    await expect(readCsv(dirty)).rejects.toThrow(/dirty.csv seems separated by ";"/);
    const { dataset } = await readDataset(dirty, { engine: "duckdb" });
    expect(dataset).toEqual((await readCsv(await file("clean.csv", lines()))).dataset);
  });

  it("refuses what the strict reader refuses, naming row and column", async () => {
    const column = 1 + FEATURE_NAMES.indexOf("hour_of_day");
    const withCell = (value: string) => {
      const cells = lines()[4]?.split(",") ?? [];
      return file("bad.csv", [...lines().slice(0, 4), cells.with(column, value).join(",")]);
    };
    const problem = async (value: string) => {
      const path = await withCell(value);
      const error: unknown = await readWithDuckDb(path).catch((thrown: unknown) => thrown);
      return error instanceof Error ? error.message.split("\n")[0]?.replace(/^.*bad\.csv/, "bad.csv") : "";
    };
    expect(await problem("24")).toBe("bad.csv, row 5: hour_of_day must be at most 23, not 24.");
    expect(await problem("2.5")).toBe("bad.csv, row 5: hour_of_day must be a whole number, not 2.5.");
    expect(await problem("inf")).toBe(
      "bad.csv, row 5: hour_of_day holds Infinity, which is not a finite number: leave the cell blank.",
    );
    expect(await problem("noon")).toBe("bad.csv cannot be read.");
    await expect(readWithDuckDb(await file("short.csv", []))).resolves.toMatchObject({ dataset: { rows: 0 } });
  });

  it("reads rows to predict, and a path with stars in it when it writes", async () => {
    const csv = await file(
      "blank.csv",
      lines().map((line) => line.replace(/,[^,]*,[^,]*,[^,]*$/, ",,,")),
    );
    await expect(readWithDuckDb(csv)).rejects.toThrow(/conversion_happened must be 0 or 1/);
    const { dataset, named } = await readWithDuckDb(csv, { labels: false });
    expect(dataset).toEqual((await readCsv(csv, { labels: false })).dataset);
    expect([dataset.y.every((y) => y === 0), named]).toEqual([true, true]);
    await writeParquet(await file("[a]*?.csv", lines()), join(folder, "starred.parquet"));
    expect((await readWithDuckDb(join(folder, "starred.parquet"))).dataset.rows).toBe(data.rows);
  });

  it("says why a file cannot be read, and which columns it lacks", async () => {
    await writeFile(join(folder, "no.parquet"), "PAR1 but not really PAR1");
    await expect(readWithDuckDb(join(folder, "no.parquet"))).rejects.toMatchObject({ code: "DATA_UNREADABLE" });
    await writeFile(join(folder, "few.csv"), "a,b\n1,2\n");
    await expect(readWithDuckDb(join(folder, "few.csv"))).rejects.toMatchObject({ code: "COLUMNS_MISSING" });
  });
});
