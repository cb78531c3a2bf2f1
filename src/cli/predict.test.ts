import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { baselineModel, writeModelFile } from "../learning/index.ts";
import { FEATURE_NAMES } from "../schema.ts";
import { createProgram } from "./program.ts";

const ROWS = 20_000;
let folder = "";
const at = (name: string) => join(folder, name);
const { heard, run: runCommand } = commandLine();
const run = (data: string, ...flags: string[]) => runCommand("predict", at("m.safetensors"), data, ...flags);
/** With what the test has made of stdout. */
const runCommandAsIs = (...args: string[]) => createProgram().parseAsync(["node", "conversion-subnet", ...args]);
const lines = () => heard.stdout.trimEnd().split("\n");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "predict-"));
  await writeModelFile(at("m.safetensors"), baselineModel({ rate: 0.6, medianTimeSeconds: 90 }));
  await runCommand("simulate", "--rows", "5", "--out", at("labelled.csv"));
  const cells = (await readFile(at("labelled.csv"), "utf8")).trim().split("\n");
  await writeFile(at("bare.csv"), cells.map((line) => line.split(",").slice(0, 41).join(",")).join("\n"));
  const blank = (line: string, i: number) => (i === 0 ? line : `${line.split(",").slice(0, 41).join(",")},,,`);
  await writeFile(at("blank.csv"), cells.map(blank).join("\n"));
  const many = Array.from({ length: ROWS }, (_, row) => [`s${row}`, ...FEATURE_NAMES.map(() => "")].join(","));
  await writeFile(at("many.csv"), [["session_id", ...FEATURE_NAMES].join(","), ...many].join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("conversion-subnet predict", () => {
  it("does not need what came true: absent and blank outcomes give the same answers", async () => {
    await run(at("labelled.csv"));
    const answers = heard.stdout;
    expect(lines()).toHaveLength(6);
    for (const name of ["bare.csv", "blank.csv"]) {
      await run(at(name));
      expect(heard).toEqual({ stdout: answers, stderr: "" });
    }
  });

  it("names the landmark of a row by its count of messages, where that is known", async () => {
    await run(at("bare.csv"));
    expect(lines()[1]).toMatch(/^[^,]+,[48] messages,1,90,0\.6,90,90,90$/);
    await run(at("many.csv"));
    expect(lines()[1]).toBe("s0,,1,90,0.6,90,90,90");
  });

  it("writes every row once, in order, and waits for a reader that is slow", async () => {
    await run(at("many.csv"));
    expect(lines().map((line) => line.split(",")[0])).toEqual([
      "session_id",
      ...Array.from({ length: ROWS }, (_, i) => `s${i}`),
    ]);
    const all = heard.stdout;
    let written = "";
    let waiting = false;
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      expect(waiting).toBe(false);
      written += text;
      waiting = true;
      setImmediate(() => {
        waiting = false;
        process.stdout.emit("drain");
      });
      return false;
    });
    await runCommandAsIs("predict", at("m.safetensors"), at("many.csv"));
    expect(written).toBe(all);
    await run(at("many.csv"), "--json");
    expect(JSON.parse(heard.stdout).predictions).toHaveLength(ROWS);
  });

  it("says that --landmarks is ignored for a table, and what <data> must be", async () => {
    await run(at("bare.csv"), "--landmarks", "3");
    expect(heard.stderr).toBe("--landmarks is ignored: rows of a table are cut already.\n");
    await expect(run("rows")).rejects.toThrow("<data> is rows, and must end in .csv, .parquet or .jsonl.");
  });

  it("shows a stranger's column names without their controls", async () => {
    const [header, ...rest] = (await readFile(at("bare.csv"), "utf8")).split("\n");
    await writeFile(at("evil.csv"), [`${header},a\u001b[2Jb`, ...rest.map((line) => `${line},1`)].join("\n"));
    await run(at("evil.csv"));
    expect(heard.stderr).toBe("Columns that are not features were ignored: a\\u001b[2Jb.\n");
  });
});
