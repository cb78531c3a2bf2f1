import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { LockedError } from "./errors.ts";
import { logFilesOf, openLogFile } from "./log-file.ts";

const BUILT = new URL("../../dist/core/log-file.js", import.meta.url).href;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const read = (path: string) => readFileSync(path, "utf8");

describe("a log file", () => {
  it("appends whole lines to a file of this user alone, in a folder of its own", async () => {
    const path = join(folder, "deep", "miner.log");
    const file = await openLogFile({ path });
    file.write("one");
    expect(read(path)).toBe("one\n");
    await file.close();
    file.write("after");
    const again = await openLogFile({ path });
    again.write("zwei äöü");
    await again.close();
    expect(read(path)).toBe("one\nzwei äöü\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "deep")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "deep"))).toEqual(["miner.log"]);
  });

  it("leaves alone what is no file of its own: a device, a link, a key's file that a typing error named", async () => {
    const key = '{"secretPhrase":"spread"}';
    const victim = join(folder, "hotkey");
    writeFileSync(victim, key, { mode: 0o644 });
    symlinkSync(victim, join(folder, "link.log"));
    for (const path of [victim, join(folder, "link.log"), folder, "/dev/null"]) {
      await expect(openLogFile({ path, lineStart: '{"time":"' }), path).rejects.toThrow(/is no (log|file)/);
    }
    expect([read(victim), statSync(victim).mode & 0o777]).toEqual([key, 0o644]);
    expect(readdirSync(folder).sort()).toEqual(["hotkey", "link.log"]);
    const path = join(folder, "miner.log");
    writeFileSync(path, '{"time":"whole"}\n{"ti');
    const file = await openLogFile({ path, lineStart: '{"time":"' });
    await file.close();
    expect(read(path)).toBe('{"time":"whole"}\n');
  });

  it("begins a new one before it is too large, and keeps so many", async () => {
    const path = join(folder, "miner.log");
    const file = await openLogFile({ path, maxBytes: 10, keep: 2 });
    for (const line of ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg"]) file.write(line);
    expect(logFilesOf(path)).toEqual([`${path}.2`, `${path}.1`, path]);
    expect(logFilesOf(path).map(read)).toEqual(["cccc\ndddd\n", "eeee\nffff\n", "gggg\n"]);
    file.write("a line that is longer than the file may be");
    file.write("h");
    expect(logFilesOf(path).map(read)).toEqual(["gggg\n", "a line that is longer than the file may be\n", "h\n"]);
    await file.close();
  });

  it("keeps none where none is to be kept, and lets go of those that were", async () => {
    const path = join(folder, "miner.log");
    for (const name of ["miner.log.1", "miner.log.7", "miner.log.bak", "other.log.9"])
      writeFileSync(join(folder, name), "old\n");
    const file = await openLogFile({ path, maxBytes: 6, keep: 0 });
    for (const line of ["aaaa", "bbbb"]) file.write(line);
    await file.close();
    expect(readdirSync(folder).sort()).toEqual(["miner.log", "miner.log.bak", "other.log.9"]);
    expect(read(path)).toBe("bbbb\n");
  });

  it.each([
    ["the rest of a line", "whole\nhalf of a li", "whole\n"],
    ["nothing but half a line", "half", ""],
    ["a long half line", `whole\n${"x".repeat(70_000)}`, `whole\n${"x".repeat(70_000)}\n`],
    ["whole lines", "a\nb\n", "a\nb\n"],
  ])("begins after the last whole line: %s", async (_, before, kept) => {
    const path = join(folder, "miner.log");
    writeFileSync(path, before);
    const file = await openLogFile({ path });
    file.write("next");
    await file.close();
    expect(read(path)).toBe(`${kept}next\n`);
  });

  it("goes on in a new file when somebody removed it", async () => {
    const path = join(folder, "miner.log");
    const file = await openLogFile({ path });
    file.write("one");
    rmSync(path);
    file.write("two");
    await file.close();
    expect(read(path)).toBe("two\n");
  });

  it("is one process's: a second is refused", async () => {
    const path = join(folder, "miner.log");
    const file = await openLogFile({ path });
    await expect(openLogFile({ path })).rejects.toThrow(LockedError);
    await file.close();
    await (await openLogFile({ path })).close();
  });

  it("loses lines rather than stop anybody, says so once, and says when they are written again", async () => {
    const path = join(folder, "miner.log");
    const told: string[] = [];
    const file = await openLogFile(
      { path, maxBytes: 10, keep: 1 },
      { onLost: (why) => told.push(why), onWritten: (lost) => told.push(`${lost} lost`) },
    );
    file.write("aaaa");
    // A folder that is not empty stands where the full file is to go.
    mkdirSync(`${path}.1`);
    writeFileSync(join(`${path}.1`, "x"), "");
    for (const line of ["bbbb", "cccc", "dddd"]) file.write(line);
    expect(file.lost).toBe(2);
    rmSync(`${path}.1`, { recursive: true });
    file.write("eeee");
    await file.close();
    expect(told).toEqual([expect.any(String), "2 lost"]);
    expect(logFilesOf(path).map(read)).toEqual(["aaaa\nbbbb\n", "eeee\n"]);
  });

  /** Writes numbered lines for ever, in a process of its own. */
  const writer = (path: string, enough: string) => `
    import { openLogFile } from ${JSON.stringify(BUILT)};
    const file = await openLogFile({ path: ${JSON.stringify(path)}, maxBytes: 200_000, keep: 3 });
    for (let i = 0; ; i += 1) {
      file.write(JSON.stringify({ i, text: "x".repeat(i % 9_000) }));
      if (${enough}) process.stdout.write("writing\\n");
      if (file.lost > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }`;

  it.each([
    ["a kill in the middle of its work", "", "i === 50"],
    // In blocks of 512 or 1,024 bytes: no file of the process may be larger, which is told as a full disk is, after half a line.
    ["a disk that is full", "ulimit -f 100; ", "file.lost === 3"],
  ])("has whole lines only after %s", async (_, before, enough) => {
    const path = join(folder, "miner.log");
    const args = ["-c", `${before}exec "$0" --input-type=module -e "$1"`, process.execPath, writer(path, enough)];
    const child = spawn("sh", args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    if (before !== "")
      expect(read(path).endsWith("\n"), "what a full disk let through is taken back at once").toBe(true);
    await (await openLogFile({ path })).close();
    const files = logFilesOf(path);
    for (const text of files.map(read)) expect(text.endsWith("\n")).toBe(true);
    const numbers = files.flatMap((one) =>
      read(one)
        .split("\n")
        .slice(0, -1)
        .map((line) => z.object({ i: z.number(), text: z.string() }).parse(JSON.parse(line)).i),
    );
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  });
});
