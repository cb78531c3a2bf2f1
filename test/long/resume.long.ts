/** `kill -9` in the middle of training, again and again: the model that comes of it is that of a run that nobody stopped. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "resume-"));
  run("simulate", "--conversations", "400", "--out", "chats.jsonl");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8" });
}
const ARGS = ["train", "chats.jsonl", "--epochs", "120", "--patience", "120", "--layers", "96,64", "--seed", "3"];
const KEEP = ["--checkpoints", "checkpoints", "--resume"];

/** Starts the training, and kills it so long after it has written its first checkpoint. False = it was through before. */
async function killedAfter(ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [MAIN, ...ARGS, "--out", "killed", ...KEEP], { cwd: folder, stdio: "ignore" });
  const ended = once(child, "exit");
  const writtenAt = () => statSync(join(folder, "checkpoints", "last.json"), { throwIfNoEntry: false })?.mtimeMs;
  const before = writtenAt();
  while (child.exitCode === null && writtenAt() === before) await sleep(20);
  await Promise.race([sleep(ms), ended]);
  child.kill("SIGKILL");
  const [code] = await ended;
  return code === null;
}

describe("train --checkpoints --resume", () => {
  it("ends after five kills with the bytes of a training that was left alone", async () => {
    const whole = run(...ARGS, "--out", "whole");
    expect(whole.stderr).not.toMatch(/Hint/);
    let kills = 0;
    for (let i = 0; i < 5; i++) if (await killedAfter(150 * i)) kills += 1;
    expect(kills).toBeGreaterThan(0);
    const last = run(...ARGS, "--out", "killed", ...KEEP);
    expect(last.status).toBe(0);
    expect(last.stderr).toMatch(/Going on from checkpoints: parts of the model that are learned: \d+/);
    expect(await readFile(join(folder, "killed.safetensors"))).toEqual(
      await readFile(join(folder, "whole.safetensors")),
    );
    expect(JSON.parse(await readFile(join(folder, "checkpoints", "history.json"), "utf8")).epochs.length).toBe(120);
  });

  it("keeps the best so far at Ctrl-C, and says so", async () => {
    const endless = ["--model-kind", "network", "--epochs", "100000", "--patience", "100000"];
    const args = [MAIN, "train", "chats.jsonl", ...endless, "--out", "best-so-far"];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const heard = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (text) => (heard[name] += text));
    const ended = once(child, "exit");
    // It says how many columns are blank when it has read them; three seconds later some of its epochs lie behind it.
    await expect.poll(() => heard.stderr, { timeout: 50_000 }).toMatch(/Columns that are blank/);
    await sleep(3_000);
    child.kill("SIGINT");
    const [code] = await ended;
    expect(code, heard.stderr).toBe(0);
    expect(heard.stderr).toContain("Stopping; the best so far is kept. (Ctrl-C again ends at once)");
    expect(heard.stdout).toMatch(/best-so-far\.safetensors: network [\s\S]*Interrupted: this is the best so far/);
    expect(run("inspect", "best-so-far.safetensors").status).toBe(0);
  });

  it("refuses a folder in which another training is under way", async () => {
    const args = [MAIN, ...ARGS, "--epochs", "5000", "--patience", "5000", "--out", "a", "--checkpoints", "busy"];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
    await expect.poll(() => existsSync(join(folder, "busy", "last.json.lock")), { timeout: 30_000 }).toBe(true);
    const second = run(...ARGS, "--out", "b", "--checkpoints", "busy");
    child.kill("SIGKILL");
    expect([second.status, second.stderr]).toEqual([1, expect.stringMatching(/already in use by another process/)]);
  });

  it("does not go on as another training", () => {
    const other = run(...ARGS, "--epochs", "7", "--out", "other", ...KEEP);
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/The checkpoint is that of another training[\s\S]*Differing: +epochs/);
  });
});
