/** The command line as its users meet it: `node dist/cli/main.js`, which `npm test` has built. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/index.ts";
import { baselineModel, writeModelFile } from "../../src/learning/index.ts";
import { createSimulator, transcriptToJson } from "../../src/sources/index.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let folder = "";
let chats = "";
const running: ChildProcess[] = [];

beforeAll(async () => {
  if (!existsSync(MAIN))
    throw new Error("There is no dist/cli/main.js: `npm test` builds it, and so does `npm run build`.");
  folder = await mkdtemp(join(tmpdir(), "cli-"));
  chats = join(folder, "chats.jsonl");
  const transcripts = [...createSimulator({}, { random: createRandom("cli test") }).transcripts(300)];
  await writeFile(chats, transcripts.map((one) => JSON.stringify(transcriptToJson(one))).join("\n"));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, HOME: folder, ...env },
  });
  running.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}
const run = (...args: string[]) => start(args).ended;
/** Waits until a stream of a running command holds the text. */
function heard(child: ChildProcess, stream: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = "";
    child[stream]?.on("data", (chunk: string) => {
      all += chunk;
      if (all.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`It ended before it said "${text}":\n${all}`)));
  });
}

describe("conversion-subnet demo", () => {
  it("--json prints exactly one JSON object on stdout, what happens on the way on stderr, and ends with 0", async () => {
    const { code, stdout, stderr } = await run(
      "demo",
      "--conversations",
      chats,
      "--rounds",
      "20",
      "--speed",
      "max",
      "--json",
    );
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 1]);
    const summary: unknown = JSON.parse(stdout);
    expect(summary).toMatchObject({ settled: 20, bestAuc: null, baseRateBrier: expect.any(Number) });
    const { miners } = summary as { miners: { name: string; answered: number; weight: number }[] };
    expect(miners).toHaveLength(8);
    expect(miners.find(({ name }) => name === "offline")).toMatchObject({
      asked: 20,
      answered: 0,
      score: 0,
      weight: 0,
    });
    expect(stderr).toContain("Training model 3 of 3");
  });

  it("on SIGINT prints the summary and ends", async () => {
    const { child, ended } = start(["demo", "--conversations", chats, "--rounds", "100000", "--speed", "50"]);
    await heard(child, "stdout", "1 validator, 8 miners");
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect(stdout).toMatch(/\d+ settled of \d+ asked/);
    expect(stdout).toContain("trained-a");
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("This is a bug")]);
  });

  it("on SIGINT under --json prints one object all the same", async () => {
    const args = ["demo", "--conversations", chats, "--rounds", "100000", "--speed", "50", "--json", "--logging.debug"];
    const { child, ended } = start(args);
    await heard(child, "stderr", "Validator started");
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 1]);
    expect(JSON.parse(stdout).miners).toHaveLength(8);
  });

  it("on SIGINT while it learns has nothing to show, says so and ends with 130", async () => {
    const { child, ended } = start(["demo", "--rounds", "5", "--json"]);
    await heard(child, "stderr", "Training model 1 of 3");
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toMatch(/Stopped by SIGINT\.\n$/);
  });

  it("refuses a bad line with file, line and field, ends with 1, and prints no result", async () => {
    const bad = join(folder, "bad.jsonl");
    const [first] = (await readFile(chats, "utf8")).split("\n");
    await writeFile(bad, `${first}\n{"id":"x","messages":[{"role":"robot","text":""}],"outcome":{"converted":0}}\n`);
    const { code, stdout, stderr } = await run("demo", "--conversations", bad, "--rounds", "5", "--json");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(bad);
    expect(stderr).toMatch(/Line: +2\n/);
    expect(stderr).toMatch(/Field: +messages\.0\.role\n/);
    expect(stderr).not.toContain("    at ");
  });
});

describe("the command line", () => {
  it.each([
    ["an unknown option", ["demo", "--nonsense"], "--nonsense"],
    ["an unknown command", ["mine"], "mine"],
    ["a value that is none", ["demo", "--rounds", "many"], "whole number"],
    ["a mode that is none", ["demo", "--scoring", "best"], "seed-v1"],
    ["a missing option", ["simulate"], "--out"],
    ["a missing argument", ["train", "--out", "model"], "data"],
  ])("ends with 2 for %s, and says which", async (_, args, text) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
  });

  it.each([
    ["a file that is not there", ["demo", "--conversations", "nowhere.jsonl", "--rounds", "1"], "nowhere.jsonl"],
    ["a wallet that is not there", ["miner", "run", "--baseline"], "wallets"],
    ["a network that is none", ["subnets", "metagraph", "--subtensor.network", "moon"], "moon"],
    ["an ending that is no format", ["simulate", "--out", "train.xlsx"], ".csv"],
    [
      "a ledger that is not running",
      ["subnets", "metagraph", "--subtensor.chain_endpoint", "http://127.0.0.1:1"],
      "localnet",
    ],
  ])("ends with 1 and a hint for %s, without a stack", async (_, args, text) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(text);
    expect(stderr).toContain("Hint: ");
    expect(stderr).not.toContain("    at ");
  });

  it.skipIf(!existsSync("/dev/full"))("a full stdout is one sentence, 1 and no stack", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "--version"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect([status, stderr]).toEqual([
      1,
      "No space is left to write to.\n\nHint: Free some, or choose another place.\n",
    ]);
  });

  it("predict ends with 0 when its reader has had enough, and at a signal with 130 though nobody reads", async () => {
    await run("simulate", "--rows", "5000", "--out", "many.csv");
    await writeModelFile(join(folder, "floor.safetensors"), baselineModel({ rate: 0.6, medianTimeSeconds: 90 }));
    const slow = start(["predict", "floor.safetensors", "many.csv"]);
    slow.child.stdout?.once("data", () => {
      slow.child.stdout?.pause();
      slow.child.kill("SIGINT");
    });
    await heard(slow.child, "stderr", "Stopped by SIGINT.");
    slow.child.stdout?.resume();
    expect((await slow.ended).code).toBe(130);
    const { child, ended } = start(["predict", "floor.safetensors", "many.csv"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/bug|EPIPE/)]);
  });

  it("--version is that of the package; --help names every command", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const command of ["demo", "simulate", "train", "miner", "validator", "wallet", "subnets", "stake", "localnet"])
      expect(stdout).toContain(`\n  ${command}`);
  });

  it("--help loads commander and next to nothing of ours: no zod, no hono, no keys", async () => {
    const coverage = join(folder, "coverage");
    const { code } = await start(["demo", "--help"], { NODE_V8_COVERAGE: coverage }).ended;
    expect(code).toBe(0);
    const [report = ""] = await readdir(coverage);
    const { result }: { result: { url: string }[] } = JSON.parse(await readFile(join(coverage, report), "utf8"));
    const urls = result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
    const ours = urls.filter((url) => url.includes("/dist/")).map((url) => url.slice(url.indexOf("/dist/") + 6));
    expect(ours.filter((path) => !path.startsWith("cli/")).toSorted()).toEqual(["core/errors.js", "core/printable.js"]);
    // Descriptions of commands and flags, and nothing that does what they describe.
    const describing = /^cli\/(main|program|run|version|flags|tao|[a-z]+-(commands|flags))\.js$/;
    expect(ours.filter((path) => path.startsWith("cli/") && !describing.test(path))).toEqual([]);
    const libraries = new Set(urls.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]));
    libraries.delete(undefined);
    expect([...libraries]).toEqual(["commander"]);
  });
});
