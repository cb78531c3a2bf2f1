/** What `logs` reads: files, those put aside too, and the memory of nodes that write none. */
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLast, tail } from "../src/cli/status/log-reader.ts";
import { createLogRing, systemClock } from "../src/core/index.ts";
import { writeRunFile } from "../src/dashboard/index.ts";
import { open } from "./support/admin-server.ts";
import { commandLine } from "./support/command.ts";

const { heard, run } = commandLine();
let home = "";
let before: NodeJS.ProcessEnv = {};
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "logs-"));
  before = { HOME: process.env.HOME, CONVERSION_SUBNET_HOME: process.env.CONVERSION_SUBNET_HOME };
  Object.assign(process.env, { HOME: home, CONVERSION_SUBNET_HOME: join(home, ".conversion-subnet") });
});
afterEach(async () => {
  Object.assign(process.env, before);
  await rm(home, { recursive: true, force: true });
});

describe("logs", () => {
  const lineOf = (second: number, level: string, message: string, more = {}) =>
    `${JSON.stringify({ time: new Date(Date.UTC(2026, 10, 26, 12, 0, second)).toISOString(), level, message, ...more })}\n`;
  const query = { level: "trace", text: null, sinceMs: null } as const;

  it("are read from files, the ones put aside too, by level, text and moment", async () => {
    const file = join(home, "miner.log");
    await writeFile(`${file}.1`, lineOf(1, "info", "Miner serving") + lineOf(2, "warn", "Refused", { caller: "5Abc" }));
    await writeFile(file, `${lineOf(3, "error", "A tick failed", { error: "no \u001b[2J" })}{"time":"cut`);
    await run("logs", "--file", file);
    expect(heard.stdout.trimEnd().split("\n")).toEqual([
      "2026-11-26 12:00:01.000 INFO  Miner serving",
      "2026-11-26 12:00:02.000 WARN  Refused  caller=5Abc",
      expect.stringContaining("12:00:03.000 ERROR A tick failed"),
    ]);
    expect(heard.stdout).not.toContain("\u001b");
    await run("logs", "--file", file, "--level", "warn", "--text", "5abc", "--json");
    expect(JSON.parse(heard.stdout)).toEqual({
      time: "2026-11-26T12:00:02.000Z",
      node: "file",
      level: "warn",
      message: "Refused",
      caller: "5Abc",
    });
    await run("logs", "--file", file, "--since", "2026-11-26T12:00:03Z", "-n", "1");
    expect(heard.stdout).toContain("A tick failed");
    await run("logs", "--file", file, "--text", "nothing like it");
    expect(heard.stderr).toContain("Nothing of the kind is in");
    expect((await readLast(file, "miner", query, 2)).map(({ message }) => message)).toEqual([
      "Refused",
      "A tick failed",
    ]);
  });

  it("are one line each on a terminal, whatever a sentence holds", async () => {
    const file = join(home, "somebody.log");
    await writeFile(file, lineOf(1, "info", "One\n2026-11-26 12:00:09.000 ERROR Forged"));
    await run("logs", "--file", file);
    expect(heard.stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("are followed over the moment in which the file is put aside", async () => {
    const file = join(home, "miner.log");
    await writeFile(file, lineOf(1, "info", "old"));
    const next = await tail(file, "miner");
    expect(await next()).toEqual([]);
    const messages = async () => (await next()).map(({ message }) => message);
    await appendFile(file, lineOf(2, "info", "two"));
    expect(await messages()).toEqual(["two"]);
    await appendFile(file, lineOf(3, "info", "three"));
    await rename(file, `${file}.1`);
    await writeFile(file, lineOf(4, "info", "four"));
    expect(await messages()).toEqual(["three", "four"]);
    const half = lineOf(5, "info", "five");
    await appendFile(file, half.slice(0, 20));
    expect(await messages()).toEqual([]);
    await appendFile(file, half.slice(20));
    expect(await messages()).toEqual(["five"]);
  });

  it("come out of the memory of a node that writes no file", async () => {
    const ring = createLogRing({ level: "info" }, systemClock);
    const { url } = await open({}, { logs: ring });
    const subject = {
      kind: "miner",
      pid: process.pid,
      url,
      tokenFile: null,
      hotkey: null,
      netuid: 1,
      network: "local",
    } as const;
    await writeRunFile(join(home, ".conversion-subnet"), { ...subject, startedAtMs: 1, logFile: null });
    ring.logger.info("Axon announced", { port: 8091 });
    ring.logger.warn("Refused", { caller: "5Abc" });
    await run("logs", "--level", "warn");
    expect(heard.stdout).toMatch(/WARN {2}Refused {2}caller=5Abc\n$/);
    expect(heard.stdout).not.toContain("Axon announced");
  });

  it("say when there are none", async () => {
    await expect(run("logs", "--logging.logging_dir", home)).rejects.toThrow(
      "No node of yours runs, and none has left a log.",
    );
    await expect(run("logs", "--file", join(home, "none.log"))).rejects.toThrow("There is no log at");
  });
});
