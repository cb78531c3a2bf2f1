/** A coldkey under a password on the way of a miner, at the real price: `wallet create` and `subnets register`, as processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const PASSWORD = "a throw-away secret";
let folder = "";
const children: ChildProcess[] = [];
beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error("There is no build: run `npm run build` first.");
  folder = await mkdtemp(join(tmpdir(), "encrypted-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  /** The first match of what it says, as soon as it says so. */
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const [, found] = pattern.exec(stdout + stderr) ?? [];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`It ended without ${pattern}:\n${stdout}${stderr}`)));
      look();
    });
  return { child, ended, says };
}

it("is made with the password of the environment and unlocked with it to register", { timeout: 180_000 }, async () => {
  const made = await start(["wallet", "create", "--json"], { BT_WALLET_PASSWORD: PASSWORD }).ended;
  expect(made.code, made.stderr).toBe(0);
  const { coldkeyFile, coldkeyEncrypted, hotkeyFile, hotkey } = JSON.parse(made.stdout);
  expect(coldkeyEncrypted).toBe(true);
  expect((await readFile(coldkeyFile)).subarray(0, 5).toString()).toBe("$NACL");
  const { secretPhrase } = JSON.parse(await readFile(hotkeyFile, "utf8"));

  const ledger = start(["localnet", "--port", "0"]);
  const endpoint = await ledger.says(/(http:\/\/127\.0\.0\.1:\d+)/);
  const register = ["subnets", "register", "--subtensor.chain_endpoint", endpoint];
  const nobody = await start(register).ended;
  expect([nobody.code, nobody.stdout]).toEqual([1, ""]);
  expect(nobody.stderr).toContain("BT_WALLET_PASSWORD");

  const file = join(folder, "password");
  await writeFile(file, `${PASSWORD}\n`);
  const registered = await start(register, { BT_WALLET_PASSWORD_FILE: file }).ended;
  expect(registered.code, registered.stderr).toBe(0);
  expect(registered.stdout).toMatch(new RegExp(`^Registered: uid \\d+ on subnet 1, hotkey ${hotkey}\n$`));
  expect(registered.stderr).toContain("Unlocking the coldkey...\n");

  ledger.child.kill("SIGINT");
  const said = [made, nobody, registered].map(({ stdout, stderr }) => stdout + stderr).join("");
  for (const secret of [PASSWORD, secretPhrase]) expect(said).not.toContain(secret);
});
