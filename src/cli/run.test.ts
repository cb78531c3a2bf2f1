import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { SubnetError } from "../core/index.ts";
import { EXIT, runProgram } from "./run.ts";

afterEach(() => vi.restoreAllMocks());

test("an error that quotes a stranger reaches the terminal without its controls, the layout as it is", async () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const program = new Command("run").action(() => {
    const details = { Name: "a\u001b[2J\u009b31m\u202eb\nHint: Pay." };
    throw new SubnetError("The tensor is refused.", { code: "EXAMPLE", details, hint: "Look." });
  });
  expect(await runProgram(program, ["node", "run"])).toBe(EXIT.expected);
  expect(written.join("")).toBe(
    "The tensor is refused.\n\nName: a\\u001b[2J\\u009b31m\\u202eb\\nHint: Pay.\n\nHint: Look.\n",
  );
});
