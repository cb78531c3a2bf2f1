import { expect, it } from "vitest";
import type { Jobs, Task } from "../../src/jobs/index.ts";

/** A task whose module is its own text, so that a thread can load it without a build. */
export function taskOf<Shared, Input, Output>(body: string): Task<Shared, Input, Output> {
  const run = new Function("shared", "input", "context", `return (async () => { ${body} })();`);
  const text = `export const task = { run: async (shared, input, context) => { ${body} } };`;
  return {
    module: `data:text/javascript,${encodeURIComponent(text)}`,
    name: "task",
    run: (shared, input, context) => run(shared, input, context),
  };
}

const scale = taskOf<{ by: Float64Array }, number, number>("return input * shared.by[0];");
const slow = taskOf<null, number, number>("await new Promise((resolve) => setTimeout(resolve, input)); return input;");
const fail = taskOf<null, number, number>(
  "if (input === 2) throw new Error('two is too many'); await new Promise((r) => setTimeout(r, 5)); return input;",
);
const tell = taskOf<null, number, number>(
  "for (let i = 1; i <= 4; i++) { await new Promise((r) => setTimeout(r, 60)); context.progress(i / 5); } return input;",
);

/** The tasks of the suite, for those who must be told what they may do. */
export const SUITE_TASKS = [scale, slow, fail, tell];

/** What whoever does pieces of work must do: one suite for every implementation of the port. */
export function testJobs(create: () => Jobs | Promise<Jobs>): void {
  const withJobs = async (work: (jobs: Jobs) => Promise<void>) => {
    const jobs = await create();
    try {
      await work(jobs);
    } finally {
      await jobs.close();
    }
  };

  it("gives outputs in the order of the inputs, whoever is done first", () =>
    withJobs(async (jobs) => {
      expect(await jobs.run(slow, null, [60, 1, 30, 2])).toEqual([60, 1, 30, 2]);
      expect(await jobs.run(scale, { by: Float64Array.of(3) }, [1, 2, 3, 4, 5])).toEqual([3, 6, 9, 12, 15]);
      expect(await jobs.run(scale, { by: Float64Array.of(3) }, [])).toEqual([]);
    }));

  it("does one list after another, each with its own task and shared data", () =>
    withJobs(async (jobs) => {
      for (const by of [1, 2, 3]) {
        expect(await jobs.run(scale, { by: Float64Array.of(by) }, [1, 2])).toEqual([by, 2 * by]);
      }
    }));

  it("tells of every piece that is done, and a progress that rises to 1", () =>
    withJobs(async (jobs) => {
      const results = new Map<number, number>();
      const shares: number[] = [];
      await jobs.run(tell, null, [7, 8, 9], {
        onResult: (index, output) => results.set(index, output),
        onProgress: (share) => shares.push(share),
      });
      expect([...results].sort(([a], [b]) => a - b)).toEqual([
        [0, 7],
        [1, 8],
        [2, 9],
      ]);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares.length).toBeGreaterThan(3);
      expect(shares.at(-1)).toBeCloseTo(1, 12);
    }));

  it("says which piece failed and why, and can be used again", () =>
    withJobs(async (jobs) => {
      await expect(jobs.run(fail, null, [0, 1, 2, 3])).rejects.toMatchObject({
        code: "JOB_FAILED",
        task: "task",
        piece: 2,
        shortMessage: "two is too many",
      });
      expect(await jobs.run(fail, null, [0, 1])).toEqual([0, 1]);
    }));

  it("gives up at once when it is aborted, keeping what it has told", () =>
    withJobs(async (jobs) => {
      const controller = new AbortController();
      const done: number[] = [];
      const running = jobs.run(slow, null, [1, 2, 3, 60_000], {
        signal: controller.signal,
        onResult: (index) => {
          done.push(index);
          if (done.length === 3) controller.abort(new Error("enough"));
        },
      });
      await expect(running).rejects.toThrow("enough");
      expect(done.sort()).toEqual([0, 1, 2]);
      await expect(jobs.run(slow, null, [1], { signal: controller.signal })).rejects.toThrow("enough");
      expect(await jobs.run(slow, null, [1])).toEqual([1]);
    }));
}
