import { expect, it } from "vitest";
import type { LeaderRowView } from "../views.ts";
import { applyEvent, mergeNewest, mergeRows } from "./apply.ts";
import { createDocuments } from "./documents.ts";
import { paths } from "./paths.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
async function withDoc(path: string, data: unknown) {
  const docs = createDocuments({ read: async () => data, changed() {}, now: () => 0, later() {} });
  docs.begin();
  docs.ask(path);
  await settle();
  return { docs, read: <T>() => docs.ask<T>(path).data };
}
const row = (hotkey: string, rank: number) => ({ hotkey, rank }) as LeaderRowView;

it("changed rows go to their ranks among the others", () => {
  const before = [row("a", 1), row("b", 2), row("c", 3)];
  expect(mergeRows(before, [row("c", 1), row("a", 3), row("d", 4)])).toEqual([
    row("c", 1),
    row("b", 2),
    row("a", 3),
    row("d", 4),
  ]);
});

it("what is told twice is there once, newest first, and no more than there is room for", () => {
  const id = (n: number) => n;
  expect(mergeNewest([3, 2, 1], [3, 4], id, 3)).toEqual([4, 3, 2]);
});

it("a question goes through its states, and events that are told again change nothing", async () => {
  const { docs, read } = await withDoc(paths.questions("v"), { questions: [], next: null });
  const asked = { node: "v", questions: [{ number: 1, atMs: 5, stratum: "s", asked: 2, baseRate: 0.5 }] } as const;
  const answered = {
    ...{ node: "v", number: 1, atMs: 6, answered: 2, failed: 0, failures: [], meanProbability: 0.7 },
    ...{ probabilities: [], latencyP50Ms: 1, latencyP99Ms: 2, replies: null },
  } as const;
  const settled = {
    node: "v",
    questions: [
      {
        number: 1,
        atMs: 7,
        state: "settled",
        converted: 1,
        trueSeconds: 30,
        reason: "converted",
        meanTotal: 0.4,
        best: null,
      },
    ],
  } as const;
  applyEvent("asked", asked, docs);
  applyEvent("answered", answered, docs);
  applyEvent("settled", settled, docs);
  const first = read();
  expect(first).toMatchObject({ questions: [{ number: 1, state: "settled", answered: 2, meanTotal: 0.4 }] });
  applyEvent("asked", asked, docs);
  applyEvent("answered", answered, docs);
  applyEvent("settled", settled, docs);
  expect(read()).toEqual(first);
});

it("events of another node leave a document alone", async () => {
  const { docs, read } = await withDoc(paths.validator("v"), { status: { block: 1 }, weights: { epoch: null } });
  applyEvent("block", { node: "w", block: 9, atMs: 0, epoch: null }, docs);
  expect(read()).toMatchObject({ status: { block: 1 } });
  applyEvent("block", { node: "v", block: 9, atMs: 0, epoch: null }, docs);
  expect(read()).toMatchObject({ status: { block: 9 } });
});
