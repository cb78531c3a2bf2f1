import { expect, it } from "vitest";
import { createDocuments, type Problem } from "./documents.ts";

/** Documents whose node answers when the test says so. */
function world() {
  const reads: {
    readonly path: string;
    readonly answer: (data: unknown) => void;
    readonly fail: (p: Problem) => void;
  }[] = [];
  const timers: { readonly run: () => void; readonly atMs: number }[] = [];
  let nowMs = 0;
  let drawings = 0;
  const docs = createDocuments({
    read: (path) => new Promise((answer, fail) => reads.push({ path, answer, fail })),
    changed: () => drawings++,
    now: () => nowMs,
    later: (run, ms) => timers.push({ run, atMs: nowMs + ms }),
  });
  return {
    docs,
    reads,
    timers,
    drawings: () => drawings,
    pass: (ms: number) => {
      nowMs += ms;
    },
    ask: (path = "a") => {
      docs.begin();
      return docs.ask<{ n: number }>(path);
    },
  };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

it("reads what is asked for once, and draws when it is here", async () => {
  const { ask, reads, drawings } = world();
  expect(ask()).toEqual({ data: undefined, problem: undefined });
  ask();
  expect(reads).toHaveLength(1);
  reads[0]?.answer({ n: 1 });
  await settle();
  expect(drawings()).toBe(1);
  expect(ask().data).toEqual({ n: 1 });
});

it("reads again what is stale, but not at every event, and shows the old one meanwhile", async () => {
  const { ask, docs, reads, timers, pass } = world();
  ask();
  reads[0]?.answer({ n: 1 });
  await settle();
  for (let i = 0; i < 5; i++) {
    docs.stale("a");
    expect(ask().data).toEqual({ n: 1 });
  }
  expect(reads).toHaveLength(1);
  expect(timers).toHaveLength(1);
  pass(2_000);
  expect(ask().data).toEqual({ n: 1 });
  expect(reads).toHaveLength(2);
});

it("keeps what was here when a reading fails, says why, and tries again", async () => {
  const { ask, docs, reads, pass } = world();
  ask();
  reads[0]?.answer({ n: 1 });
  await settle();
  docs.stale(() => true);
  pass(5_000);
  ask();
  reads[1]?.fail({ status: 503, message: "not now" });
  await settle();
  expect(ask()).toEqual({ data: { n: 1 }, problem: { status: 503, message: "not now" } });
  expect(reads).toHaveLength(2);
  pass(3_000);
  ask();
  expect(reads).toHaveLength(3);
});

it("is mended by events, and read again where one came while it was being read", async () => {
  const { ask, docs, reads, pass } = world();
  docs.mend<{ n: number }>("a", ({ n }) => ({ n: n + 1 }));
  ask();
  reads[0]?.answer({ n: 1 });
  await settle();
  docs.mend<{ n: number }>("a", ({ n }) => ({ n: n + 1 }));
  expect(ask().data).toEqual({ n: 2 });
  docs.stale("a");
  pass(2_000);
  ask();
  docs.mend<{ n: number }>("a", ({ n }) => ({ n: n + 1 }));
  reads[1]?.answer({ n: 2 });
  await settle();
  pass(2_000);
  ask();
  expect(reads).toHaveLength(3);
});

it("is read again where an event came before the first reading ended", async () => {
  const { ask, docs, reads, pass } = world();
  ask();
  docs.mend<{ n: number }>("a", ({ n }) => ({ n: n + 1 }));
  reads[0]?.answer({ n: 1 });
  await settle();
  pass(2_000);
  expect(ask().data).toEqual({ n: 1 });
  expect(reads).toHaveLength(2);
});

it("forgets what nobody looks at any more", async () => {
  const { ask, reads } = world();
  ask("a");
  reads[0]?.answer({ n: 1 });
  await settle();
  for (let i = 0; i < 3; i++) ask("b");
  ask("a");
  expect(reads.map(({ path }) => path)).toEqual(["a", "b", "a"]);
});
