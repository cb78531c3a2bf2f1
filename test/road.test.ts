/**
 * The miner's road as docs/guide-miner.md tells it: its marked bash blocks are run in a temporary home, in order, as a reader in three
 * terminals would; its TypeScript blocks are type-checked and run as one program. Only ports, rows and the block time differ.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CLI = join(ROOT, "dist/cli/main.js");
const GUIDE = readFileSync(join(ROOT, "docs/guide-miner.md"), "utf8");
const ROWS = "1500";

/** A marked bash block: `<!-- road: terminal 3; answered -->`. */
interface Block {
  readonly terminal: number;
  readonly note: string;
  readonly commands: readonly string[];
}
const BLOCKS: readonly Block[] = [
  ...GUIDE.matchAll(/<!-- road: terminal (\d)(?:; ([^>]*?))? -->\n+```bash\n([\s\S]*?)```/g),
].map(([, terminal, note, body]) => ({
  terminal: Number(terminal),
  note: note ?? "",
  commands: (body ?? "").trim().split("\n"),
}));
const PROGRAM = [...GUIDE.matchAll(/<!-- program: training -->\n+```ts\n([\s\S]*?)```/g)]
  .map(([, body]) => body)
  .join("");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  text(): string;
}

const started: Running[] = [];

function start(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
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
  const running = { child, ended, text: () => stdout + stderr };
  started.push(running);
  return running;
}

/** Waits for a line of a process that goes on; fails with what it said when it ended instead. */
async function waitFor(running: Running, text: string): Promise<void> {
  let ended: Ended | undefined;
  void running.ended.then((result) => {
    ended = result;
  });
  while (!running.text().includes(text)) {
    if (ended !== undefined)
      throw new Error(`It ended with ${ended.code} before it said "${text}":\n${running.text()}`);
    await pause(20);
  }
}

/** Asks a process to stop, by its own id, and the hard way when it does not. */
async function stop({ child, ended }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  const deadline = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(deadline);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const folders: string[] = [];
async function temporary(prefix: string): Promise<string> {
  const folder = await mkdtemp(prefix);
  folders.push(folder);
  return folder;
}

/** The environment of a reader who has never used any of this. */
function environment(home: string, endpoint?: string): NodeJS.ProcessEnv {
  const { BT_WALLET_PATH: _path, BT_SUBTENSOR_CHAIN_ENDPOINT: _endpoint, ...rest } = process.env;
  return { ...rest, HOME: home, ...(endpoint === undefined ? {} : { BT_SUBTENSOR_CHAIN_ENDPOINT: endpoint }) };
}

/** The words of a command of the guide, without `npx conversion-subnet`. */
function wordsOf(command: string): string[] {
  const [npx, name, ...words] = command.trim().split(/\s+/);
  expect([npx, name]).toEqual(["npx", "conversion-subnet"]);
  return words.map((word, i) => (words[i - 1] === "--rows" ? ROWS : word));
}

beforeAll(() => {
  if (!existsSync(CLI)) throw new Error("There is no build: run `npm run build` first.");
});
afterAll(async () => {
  for (const running of started) await stop(running);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe("docs/guide-miner.md", () => {
  it("is a road that can be walked in three terminals", { timeout: 60_000 }, async () => {
    const home = await temporary(join(tmpdir(), "road-"));
    const [ledgerPort, axonPort] = [await freePort(), await freePort()];
    const env = environment(home, `http://127.0.0.1:${ledgerPort}`);
    const run = (words: readonly string[]) => start(process.execPath, [CLI, ...words], home, env);
    const said = new Map<string, Ended>();
    /** What the last command that began so printed. */
    const saidBy = (name: string) => [...said].findLast(([words]) => words.startsWith(name))?.[1];
    let miner: Running | undefined;
    let localnet: Running | undefined;

    const takeStep = async (words: readonly string[], note: string): Promise<void> => {
      const [first] = words;
      if (first === "localnet") {
        localnet = run([...words, "--port", String(ledgerPort), "--block-time", "100"]);
        return waitFor(localnet, "Ledger serving");
      }
      if (first === "miner" && note !== "refused") {
        miner = run([...words, "--axon.port", String(axonPort)]);
        return waitFor(miner, "Miner serving");
      }
      const ended = await run(words).ended;
      const { code, stdout, stderr } = ended;
      expect(code, `${words.join(" ")}\n${stdout}${stderr}`).toBe(note === "refused" ? 1 : 0);
      said.set(words.join(" "), ended);
      if (note !== "answered") return;
      const [standing] = JSON.parse(stdout).miners;
      expect(standing).toMatchObject({ asked: 20, answered: 20 });
    };

    try {
      expect(new Set(BLOCKS.map(({ terminal }) => terminal))).toEqual(new Set([1, 2, 3]));
      for (const { note, commands } of BLOCKS) {
        for (const command of commands) {
          const words = wordsOf(command);
          await takeStep(words, note);
          if (note !== "refused") continue;
          expect(saidBy("miner run")?.stderr).toContain("The hotkey is not registered on this subnet.");
          expect(saidBy("miner run")?.stderr).toContain(
            "conversion-subnet subnets register --netuid 1 --subtensor.network local",
          );
        }
      }
      expect(await readFile(join(home, "train.csv"), "utf8")).toMatch(/^session_id,.*time_to_conversion_minutes\n/);
      expect(saidBy("train")?.stdout).toContain("Brier");
      expect(existsSync(join(home, ".bittensor/wallets/miner/hotkeys/default"))).toBe(true);
      const result = JSON.parse(saidBy("validator run")?.stdout ?? "");
      expect(result.settled).toBe(20);
      expect(result.miners).toHaveLength(1);
      expect(result.miners[0]).toMatchObject({ asked: 20, answered: 20 });
      expect(result.miners[0].score).toBeGreaterThan(0);
      expect(miner?.text()).toContain("Answered");
    } finally {
      for (const running of [miner, localnet]) if (running !== undefined) await stop(running);
    }
    expect(miner?.text()).not.toContain("The predictor failed");
  });

  it("has programs that compile and run", { timeout: 60_000 }, async () => {
    expect(PROGRAM).toContain('from "conversion-subnet"');
    // Inside the package, so that "conversion-subnet" is the package's own name.
    await mkdir(join(ROOT, "build"), { recursive: true });
    const folder = await temporary(join(ROOT, "build/guide-"));
    const env = environment(folder);
    const compilerOptions = {
      noEmit: false,
      noEmitOnError: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: false,
      paths: {},
      rootDir: ".",
      outDir: "out",
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["program.ts"] }),
    );
    await writeFile(join(folder, "program.ts"), PROGRAM);

    const simulate = BLOCKS.flatMap(({ commands }) => commands).find((command) => command.includes(" simulate "));
    const [made, compiled] = await Promise.all([
      start(process.execPath, [CLI, ...wordsOf(simulate ?? "")], folder, env).ended,
      start(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], folder, env).ended,
    ]);
    expect(made, made.stderr).toMatchObject({ code: 0 });
    expect(compiled, compiled.stdout).toMatchObject({ code: 0 });

    const ran = await start(process.execPath, ["out/program.js"], folder, env).ended;
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toMatch(/best epoch \d+/);
    expect(ran.stdout).toMatch(/conversionHappened: [01]/);
    expect(ran.stdout).toMatch(/baseRateBrier: 0\.\d+/);
    expect(existsSync(join(folder, "checkpoints/my_model.safetensors"))).toBe(true);
  });
});
