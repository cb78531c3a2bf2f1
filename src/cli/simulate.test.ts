import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine } from "../../test/support/command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simulate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const { heard, run } = commandLine();

it.each([
  ["rows", "new/rows.csv", 4],
  ["conversations", "new/er/chats.jsonl", 3],
])("writes %s, in a folder that it makes, and counts them by their name", async (unit, name, lines) => {
  const file = join(folder, name);
  await run("simulate", `--${unit}`, "3", "--out", file, "--json");
  expect(JSON.parse(heard.stdout)).toEqual({ file, [unit]: 3, seed: 7 });
  expect((await readFile(file, "utf8")).trim().split("\n")).toHaveLength(lines);
});
