import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { SubnetError } from "../core/index.ts";
import { EXIT, runProgram } from "./run.ts";

/** What a command that throws this says, and the exit code. */
async function ended(thrown: unknown) {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "on").mockReturnThis();
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const program = new Command("run").action(() => {
    throw thrown;
  });
  return { code: await runProgram(program, ["node", "run"]), said: written.join("") };
}
const systemError = (code: string, syscall: string, paths: object = {}) =>
  Object.assign(new Error(`${code}: as the system has it`), { code, syscall, ...paths });

afterEach(() => vi.restoreAllMocks());

test("an error that quotes a stranger reaches the terminal without its controls, the layout as it is", async () => {
  const details = { Name: "a\u001b[2J\u009b31m\u202eb\nHint: Pay." };
  const error = new SubnetError("The tensor is refused.", { code: "EXAMPLE", details, hint: "Look." });
  expect(await ended(error)).toEqual({
    code: EXIT.expected,
    said: "The tensor is refused.\n\nName: a\\u001b[2J\\u009b31m\\u202eb\\nHint: Pay.\n\nHint: Look.\n",
  });
});

test("a command that found something wrong without throwing ends with the code that it set", async () => {
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "on").mockReturnThis();
  const program = new Command("run").action(() => {
    process.exitCode = EXIT.expected;
  });
  try {
    expect(await runProgram(program, ["node", "run"])).toBe(EXIT.expected);
  } finally {
    process.exitCode = undefined;
  }
  expect(
    await runProgram(
      new Command("run").action(() => undefined),
      ["node", "run"],
    ),
  ).toBe(EXIT.ok);
});

test.each([
  [
    "ENOENT",
    "open",
    { path: "a.csv" },
    /^There is no such file or folder\.\n\nPath: a\.csv\n\nHint: Check the path\.\n$/,
  ],
  ["ENOENT", "open", { path: "out/.m.safetensors.0123456789ab.tmp" }, /Path: out\/m\.safetensors\n/],
  ["ENOENT", "open", { path: `out/rows.csv.${process.pid}.tmp` }, /Path: out\/rows\.csv\n/],
  ["ENOENT", "open", { path: `${process.pid}.tmp` }, new RegExp(`Path: ${process.pid}.tmp\n`)],
  ["EISDIR", "rename", { path: ".out.0123456789ab.tmp", dest: "out" }, /^A folder stands .*\n\nPath: out\n/],
  ["EEXIST", "mkdir", { path: "out" }, /^A file stands where a folder is needed\.\n\nPath: out\n/],
  ["EEXIST", "open", { path: "out" }, /^It is there already\./],
  ["EACCES", "open", { path: "a.csv" }, /^This may not be read or written by you\./],
  ["ENOSPC", "write", {}, /^No space is left to write to\.\n\nHint: Free some/],
  ["EMFILE", "open", { path: "a.csv" }, /^EMFILE: as the system has it\n$/],
])(
  "an error of the system, %s at %s, is a sentence with the path that a person gave",
  async (code, call, paths, text) => {
    const { code: exitCode, said } = await ended(systemError(code, call, paths));
    expect(exitCode).toBe(EXIT.expected);
    expect(said).toMatch(text);
  },
);

test("a bug is told with its stack, and ends with a code of its own", async () => {
  const { code, said } = await ended(new TypeError("x is not a function"));
  expect(code).toBe(70);
  expect(said).toMatch(/^This is a bug; please report it\.\nTypeError: x is not a function\n {4}at /);
});
