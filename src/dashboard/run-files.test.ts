import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunFile, readRunFiles, runFolder, writeRunFile } from "./run-files.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "runs-"));
});
afterEach(() => rmSync(home, { recursive: true }));
const run = (changes: Partial<RunFile> = {}): RunFile => ({
  kind: "miner",
  pid: process.pid,
  url: "http://127.0.0.1:9291",
  tokenFile: null,
  hotkey: "5Grw",
  netuid: 1,
  network: "local",
  startedAtMs: 7,
  logFile: null,
  ...changes,
});

describe("run files", () => {
  it("tell what runs, to this user alone, until it is stopped", async () => {
    const removeFirst = await writeRunFile(home, run());
    await writeRunFile(home, run({ kind: "demo", startedAtMs: 3 }));
    expect(await readRunFiles(home)).toEqual([run({ kind: "demo", startedAtMs: 3 }), run()]);
    expect(statSync(join(runFolder(home), `miner-${process.pid}.json`)).mode & 0o777).toBe(0o600);
    await removeFirst();
    expect((await readRunFiles(home)).map(({ kind }) => kind)).toEqual(["demo"]);
  });

  it("of processes that are gone, or of another with the same number, are left out", async () => {
    await writeRunFile(home, run({ pid: 2 ** 22 + 1 }));
    await writeRunFile(home, run());
    const path = join(runFolder(home), `miner-${process.pid}.json`);
    writeFileSync(path, JSON.stringify({ ...run(), processStart: "1" }));
    expect(readdirSync(runFolder(home))).toHaveLength(2);
    expect(await readRunFiles(home)).toEqual(process.platform === "linux" ? [] : [run()]);
  });

  it.skipIf(process.platform === "win32")(
    "of others, links and pipes are left out: they say whom to show a token",
    async () => {
      await writeRunFile(home, run());
      const folder = runFolder(home);
      const path = join(folder, `miner-${process.pid}.json`);
      const others = join(folder, `demo-${process.pid}.json`);
      writeFileSync(others, JSON.stringify({ ...run({ kind: "demo" }), processStart: "-" }));
      expect(await readRunFiles(home)).toHaveLength(2);
      chmodSync(others, 0o666);
      const elsewhere = join(home, "elsewhere.json");
      writeFileSync(elsewhere, JSON.stringify({ ...run({ kind: "validator" }), processStart: "-" }));
      symlinkSync(elsewhere, join(folder, `validator-${process.pid}.json`));
      execFileSync("mkfifo", [join(folder, `localnet-${process.pid}.json`)]);
      expect(await readRunFiles(home)).toEqual([run()]);
      chmodSync(path, 0o620);
      expect(await readRunFiles(home)).toEqual([]);
    },
  );

  it("that are none, or not of their name, are left out", async () => {
    await writeRunFile(home, run());
    const folder = runFolder(home);
    const whole = JSON.stringify({ ...run(), processStart: "-" });
    writeFileSync(join(folder, "validator-1.json"), whole);
    writeFileSync(join(folder, "miner-12.json"), "{");
    writeFileSync(join(folder, "miner-13.json"), `${" ".repeat(20_000)}${whole}`);
    writeFileSync(join(folder, "demo-14.json"), JSON.stringify({ ...run(), url: "file:///etc/passwd" }));
    writeFileSync(join(folder, "notes.txt"), whole);
    expect(await readRunFiles(home)).toEqual([run()]);
    expect(await readRunFiles(join(home, "nowhere"))).toEqual([]);
  });
});
