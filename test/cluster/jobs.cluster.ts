import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { silentLogger } from "../../src/core/index.ts";
import { defineTask, type Task } from "../../src/jobs/index.ts";
import {
  createQueueJobs,
  createQueueWorker,
  type QueueJobsOptions,
  type QueueWorkerOptions,
  type WorkerTask,
} from "../../src/redis/index.ts";
import { SUITE_TASKS, taskOf, testJobs } from "../support/jobs.ts";
import { CLI, environment, ROOT, type Running, start, waitFor } from "../support/processes.ts";
import { isInstalled, scratch, startRedis } from "../support/servers.ts";

const VERSION = "1.0.0";
const sum = taskOf<{ numbers: Float64Array }, number, number>("return input + shared.numbers.at(-1);");
/** Too much to lie in Redis. */
const numbers = Float64Array.from({ length: 50_000 }, (_, i) => i);

async function startWorker(url: string, tasks: readonly WorkerTask[], options: Partial<QueueWorkerOptions> = {}) {
  const of = { url, version: VERSION, concurrency: 2, folder: await scratch(), ...options };
  const worker = await createQueueWorker(of, { tasks, logger: silentLogger });
  onTestFinished(async () => void (await worker.close({ graceMs: 100 })));
  return { ...worker, folder: of.folder };
}
async function open(url: string, options: Partial<QueueJobsOptions> = {}) {
  const jobs = await createQueueJobs({ url, version: VERSION, ...options });
  onTestFinished(() => jobs.close());
  return jobs;
}
const keysIn = async (url: string, pattern: string): Promise<string[]> => {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url);
  const keys = await redis.keys(pattern);
  redis.disconnect();
  return keys.sort();
};
/** Whatever of a run would be left. */
const leftovers = async (url: string) =>
  (await keysIn(url, "*")).filter((key) => !/:(meta|events|id|stalled-check|marker)$/.test(key));

describe.skipIf(!isInstalled("redis-server"))("jobs on BullMQ", () => {
  describe("as any jobs", () => {
    testJobs(async () => {
      const { url } = await startRedis();
      await startWorker(url, SUITE_TASKS);
      return createQueueJobs({ url, version: VERSION });
    });
  });

  it("leave nothing in Redis, whether they are done, failed or given up", async () => {
    const { url } = await startRedis();
    await startWorker(url, SUITE_TASKS);
    const jobs = await createQueueJobs({ url, version: VERSION });
    const [, slow, fail] = SUITE_TASKS;
    await jobs.run(slow, null, [1, 2, 3]);
    await expect(jobs.run(fail, null, [2, 1])).rejects.toMatchObject({ code: "JOB_FAILED" });
    const signal = AbortSignal.timeout(300);
    await expect(jobs.run(slow, null, new Array(50).fill(60_000), { signal })).rejects.toThrow(/timeout/);
    await jobs.close();
    expect(await leftovers(url)).toEqual([]);
  });

  it("fetch large data over HTTP from whoever started them, once for a worker", async () => {
    const { url } = await startRedis();
    const { folder } = await startWorker(url, [sum]);
    const jobs = await open(url);
    expect(await jobs.run(sum, { numbers }, [1, 2, 3])).toEqual([50_000, 50_001, 50_002]);
    const [file = ""] = await readdir(folder);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.bin$/)]);
    // What is damaged on disk is fetched anew by a worker that has it from nowhere else.
    await writeFile(join(folder, file), "damaged");
    await startWorker(url, [sum], { folder });
    expect(await jobs.run(sum, { numbers }, [1, 2, 3, 4])).toEqual([50_000, 50_001, 50_002, 50_003]);
  });

  it("share large data through a folder, and say so where it is not there", async () => {
    const { url } = await startRedis();
    const folder = await scratch();
    const worker = await startWorker(url, [sum], { folder });
    expect(await (await open(url, { folder })).run(sum, { numbers }, [1])).toEqual([50_000]);
    await worker.close();
    await startWorker(url, [sum]);
    await expect((await open(url, { folder: await scratch() })).run(sum, { numbers }, [1])).rejects.toMatchObject({
      code: "JOB_DATA_UNUSABLE",
      message: expect.stringContaining("--jobs.data"),
    });
  });

  it("refuse data beyond a worker's limit", async () => {
    const { url } = await startRedis();
    await startWorker(url, [sum], { maxBytes: 100_000 });
    await expect((await open(url)).run(sum, { numbers }, [1])).rejects.toMatchObject({ code: "JOB_DATA_UNUSABLE" });
  });

  it("are refused by a worker of another version, and where a task is not in its list", async () => {
    const { url } = await startRedis();
    await startWorker(url, [sum]);
    await expect((await open(url, { version: "2.0.0" })).run(sum, { numbers }, [1])).rejects.toMatchObject({
      code: "WORKER_REFUSED",
      message: expect.stringMatching(/of version 2\.0\.0 on Node \d+, this worker of 1\.0\.0 on Node/),
    });
    const folder = await scratch();
    const ran = join(folder, "ran");
    const module = join(folder, "foreign.mjs");
    const text = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(ran)}, "");
      export const task = { run: async () => 1 };`;
    await writeFile(module, text);
    const foreign: Task<null, number, number> = defineTask(`file://${module}`, "task", async () => 1);
    const jobs = await open(url);
    await expect(jobs.run(foreign, null, [1])).rejects.toMatchObject({
      code: "WORKER_REFUSED",
      shortMessage: expect.stringContaining("it knows no task"),
    });
    expect(await readdir(folder)).toEqual(["foreign.mjs"]);
  });

  it("read nothing that was sealed with another password", async () => {
    const { url } = await startRedis();
    const strange = url.replace("redis://", "redis://default:other@");
    const { Redis } = await import("ioredis");
    const redis = new Redis(url);
    await redis.call("ACL", "SETUSER", "default", "on", "nopass");
    redis.disconnect();
    await startWorker(url, SUITE_TASKS);
    await expect((await open(strange)).run(SUITE_TASKS[1], null, [1])).rejects.toMatchObject({
      code: "JOB_DATA_UNUSABLE",
      shortMessage: expect.stringContaining("same password"),
    });
  });

  it("fail when Redis forgets them, and workers stop", async () => {
    const { url } = await startRedis();
    await startWorker(url, SUITE_TASKS);
    const running = (await open(url)).run(SUITE_TASKS[1], null, [60_000]);
    running.catch(() => undefined);
    await expect.poll(() => keysIn(url, "*:alive")).toHaveLength(1);
    const { Redis } = await import("ioredis");
    const redis = new Redis(url);
    await redis.flushall();
    redis.disconnect();
    await expect(running).rejects.toMatchObject({ code: "RUN_FORGOTTEN" });
  });

  it("go on when a worker is closed in the middle of a piece: it is given back, and another does it", async () => {
    const { url } = await startRedis();
    const first = await startWorker(url, SUITE_TASKS, { concurrency: 1 });
    const running = (await open(url)).run(SUITE_TASKS[1], null, [1_500]);
    await expect.poll(() => keysIn(url, "*:active")).toHaveLength(1);
    expect(await first.close({ graceMs: 50 })).toBe(1);
    await startWorker(url, SUITE_TASKS);
    expect(await running).toEqual([1_500]);
  });

  it("survive a Redis that is away for a moment and kept its data", async () => {
    const redis = await startRedis(["--appendonly", "yes", "--appendfsync", "always"]);
    await startWorker(redis.url, SUITE_TASKS);
    const running = (await open(redis.url)).run(SUITE_TASKS[1], null, new Array(12).fill(200));
    await expect.poll(() => keysIn(redis.url, "*:active")).toHaveLength(1);
    await redis.kill();
    await redis.start();
    expect(await running).toEqual(new Array(12).fill(200));
  });

  it("say which package is missing, and how to get it", async () => {
    const load = (name: string) => (name === "bullmq" ? Promise.reject(new Error("no")) : import(name));
    for (const opening of [
      createQueueJobs({ url: "redis://127.0.0.1:1", version: VERSION, load }),
      createQueueWorker(
        { url: "redis://127.0.0.1:1", version: VERSION, folder: ".", load },
        { tasks: [], logger: silentLogger },
      ),
    ]) {
      await expect(opening).rejects.toMatchObject({
        code: "PACKAGE_MISSING",
        message: expect.stringContaining("npm install --save-prod bullmq@"),
      });
    }
  });

  it("are given up when a piece has killed three workers", async () => {
    const { url } = await startRedis();
    const deadly = taskOf<null, number, number>("process.kill(process.pid, 'SIGKILL'); return new Promise(() => {});");
    const folder = await scratch();
    const text = `import { createQueueWorker } from ${JSON.stringify(join(ROOT, "dist/redis/index.js"))};
      const task = { module: ${JSON.stringify(deadly.module)}, name: "task" };
      const logger = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };
      const of = { url: "${url}", version: "${VERSION}", concurrency: 1, folder: ".", lostMs: 1_000 };
      await createQueueWorker(of, { tasks: [task], logger });`;
    await writeFile(join(folder, "worker.mjs"), text);
    let isOver = false;
    let killed = 0;
    const supervise = async () => {
      while (!isOver) {
        const running = start(process.execPath, ["worker.mjs"], folder, environment(folder));
        onTestFinished(() => void running.child.kill("SIGKILL"));
        const { stderr } = await running.ended;
        if (stderr !== "") throw new Error(stderr);
        if (!isOver) killed += 1;
      }
    };
    const supervising = supervise();
    const running = (await open(url)).run(deadly, null, [1]);
    await expect(Promise.race([running, supervising])).rejects.toMatchObject({ code: "WORKER_LOST", piece: 0 });
    expect(killed).toBe(3);
    isOver = true;
    // The fourth has nothing to do.
    await expect.poll(() => leftovers(url), { timeout: 5_000 }).toEqual([]);
  });

  it("want a Redis that is there, keeps what it is told, and asks strangers for a password", async () => {
    const { url } = await startRedis(["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    await expect(open(url)).rejects.toMatchObject({ code: "REDIS_UNFIT" });
    await expect(open("redis://127.0.0.1:1")).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await expect(open("redis://192.0.2.1:6379")).rejects.toMatchObject({
      code: "REDIS_UNFIT",
      message: expect.stringContaining("requirepass"),
    });
  });

  it("cost little beside their work", async () => {
    const { url } = await startRedis();
    await startWorker(url, SUITE_TASKS);
    const jobs = await open(url);
    const [scale] = SUITE_TASKS;
    const inputs = Array.from({ length: 1_000 }, (_, i) => i);
    await jobs.run(scale, { by: Float64Array.of(2) }, [1, 2]);
    const begun = performance.now();
    expect(await jobs.run(scale, { by: Float64Array.of(2) }, inputs)).toEqual(inputs.map((i) => 2 * i));
    const ms = performance.now() - begun;
    process.stdout.write(
      `BullMQ: 1,000 pieces that do nothing: ${(ms / 1_000).toFixed(2)} ms each, ${Math.round(1e6 / ms)}/s\n`,
    );
  });
});

describe.skipIf(!isInstalled("redis-server"))("workers as processes", () => {
  async function worker(url: string, home: string, ...more: string[]): Promise<Running> {
    const env = { ...environment(home), CONVERSION_SUBNET_JOBS_REDIS: url };
    const running = start(
      process.execPath,
      [CLI, "worker", "--concurrency", "1", "--logging.debug", ...more],
      home,
      env,
    );
    onTestFinished(() => void running.child.kill("SIGKILL"));
    await waitFor(running, "Worker ready");
    return running;
  }
  const command = (home: string, ...args: string[]) => {
    const running = start(process.execPath, [CLI, ...args], home, environment(home));
    onTestFinished(() => void running.child.kill("SIGKILL"));
    return running;
  };
  const stop = async ({ child, ended }: Running) => {
    child.kill("SIGTERM");
    return (await ended).code;
  };
  async function scene() {
    const [home, other, { url }] = [await scratch(), await scratch(), await startRedis()];
    await mkdir(join(home, "data"));
    const made = await command(home, "simulate", "--conversations", "200", "--out", "chats.jsonl").ended;
    expect(made.code, made.stderr).toBe(0);
    return { url, home, workers: await Promise.all([worker(url, home), worker(url, other)]) };
  }
  const SWEEP = ["sweep", "chats.jsonl", "--trials", "3", "--folds", "2", "--strategy", "random", "--seed", "7"];

  it("give the same sweep and the same backtest as one process, byte for byte", async () => {
    const { url, home, workers } = await scene();
    const shared = ["--jobs.redis", url];
    const alone = command(home, ...SWEEP, "--out", "alone.json");
    expect((await alone.ended).code, alone.text()).toBe(0);
    const many = command(home, ...SWEEP, "--out", "many.json", ...shared);
    expect((await many.ended).code, many.text()).toBe(0);
    expect(await readFile(join(home, "many.json"), "utf8")).toBe(await readFile(join(home, "alone.json"), "utf8"));
    for (const one of workers) expect(one.text()).toContain("Piece done");
    const tested = ["backtest", "chats.jsonl", "--folds", "3", "--model-kind", "trees", "--json"];
    const reports = [await command(home, ...tested).ended, await command(home, ...tested, ...shared).ended];
    expect(reports[1]?.code, reports[1]?.stderr).toBe(0);
    expect(reports[1]?.stdout).toBe(reports[0]?.stdout);
    for (const one of workers) expect(await stop(one), one.text()).toBe(0);
    expect(await leftovers(url)).toEqual([]);
  });

  it("turn the same conversations into the same rows, and find the same bad lines", async () => {
    const { url, home, workers } = await scene();
    const chats = await readFile(join(home, "chats.jsonl"), "utf8");
    const lines = chats.trimEnd().split("\n");
    // Several pieces, with bad lines and repeated ids in some of them.
    const many = Array.from({ length: 8 }, (_, k) =>
      lines.map((line) => line.replace('{"id":"', `{"id":"${k}-`)),
    ).flat();
    many.splice(900, 0, "{", many[3] ?? "");
    await writeFile(join(home, "many.jsonl"), `${many.join("\n")}\n`);
    const args = ["features", "many.jsonl", "--json", "--skip-bad-lines"];
    const alone = await command(home, ...args, "--out", "rows.csv").ended;
    const shared = await command(home, ...args, "--out", "shared.csv", "--jobs.redis", url).ended;
    expect(JSON.parse(alone.stdout)).toMatchObject({ conversations: 1_600, badLines: 2 });
    expect(JSON.parse(shared.stdout)).toEqual({ ...JSON.parse(alone.stdout), file: "shared.csv" });
    expect(await readFile(join(home, "shared.csv"), "utf8")).toBe(await readFile(join(home, "rows.csv"), "utf8"));
    for (const one of workers) expect(one.text()).toContain("Piece done");
    const strict = await command(home, "features", "many.jsonl", "--out", "no.csv", "--jobs.redis", url).ended;
    expect([strict.code, strict.stderr]).toEqual([1, expect.stringMatching(/Line: +901/)]);
    expect(await leftovers(url)).toEqual([]);
  });

  it("retry what a worker had in hand that is killed in the middle of a fold, with the same result", async () => {
    const { url, home, workers } = await scene();
    const slow = [...SWEEP, "--model-kind", "network", "--epochs", "90", "--patience", "90"];
    const [victim, other] = workers;
    const many = command(home, ...slow, "--out", "many.json", "--jobs.redis", url);
    await waitFor(victim, "Piece begun");
    victim.child.kill("SIGKILL");
    expect((await many.ended).code, many.text()).toBe(0);
    expect(victim.text().match(/Piece begun/g)?.length).toBeGreaterThan(
      victim.text().match(/Piece done/g)?.length ?? 0,
    );
    expect(other.text()).toContain("The worker of a piece is lost");
    const alone = command(home, ...slow, "--out", "alone.json");
    expect((await alone.ended).code, alone.text()).toBe(0);
    expect(await readFile(join(home, "many.json"), "utf8")).toBe(await readFile(join(home, "alone.json"), "utf8"));
    expect(await leftovers(url)).toEqual([]);
  });

  it("sweep up after a process that is killed, once Redis takes its work for given up", async () => {
    const { url, home, workers } = await scene();
    const long = ["--model-kind", "network", "--epochs", "5000", "--patience", "5000"];
    const many = command(home, ...SWEEP, ...long, "--out", "many.json", "--jobs.redis", url);
    for (const one of workers) await waitFor(one, "Piece begun");
    many.child.kill("SIGKILL");
    await many.ended;
    // As a minute would.
    const { Redis } = await import("ioredis");
    const redis = new Redis(url);
    await redis.del(...(await redis.keys("conversion-subnet:run:*")));
    redis.disconnect();
    for (const one of workers) await waitFor(one, "Nobody wants this piece any more");
    const third = await worker(url, home);
    await expect.poll(() => leftovers(url), { timeout: 5_000 }).toEqual([]);
    for (const one of [...workers, third]) expect(await stop(one), one.text()).toBe(0);
  });

  it("stop at Ctrl-C of whoever began, and nothing waits or runs any more", async () => {
    const { url, home, workers } = await scene();
    const long = ["--model-kind", "network", "--epochs", "5000", "--patience", "5000"];
    const many = command(home, ...SWEEP, ...long, "--out", "many.json", "--jobs.redis", url);
    for (const one of workers) await waitFor(one, "Piece begun");
    many.child.kill("SIGINT");
    expect((await many.ended).code, many.text()).toBe(130);
    for (const one of workers) await waitFor(one, "Nobody wants this piece any more");
    await expect.poll(() => leftovers(url), { timeout: 5_000 }).toEqual([]);
    for (const one of workers) expect(await stop(one), one.text()).toBe(0);
  });
});
