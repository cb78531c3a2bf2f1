import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { createMailbox } from "./mailbox.ts";

it("gives events in order, those that wait and those that come", async () => {
  const box = createMailbox<number>();
  box.push(1);
  box.push(2);
  expect(box.holds((event) => event === 2)).toBe(true);
  expect([await box.next({ timeoutMs: 1 }), await box.next({ timeoutMs: 1 })]).toEqual([1, 2]);
  const next = box.next({ timeoutMs: 60_000 });
  box.push(3);
  expect(await next).toBe(3);
  expect(await box.next({ timeoutMs: 1 })).toBeNull();
});

it("is left by its signal, on which nothing stays", async () => {
  const box = createMailbox<number>();
  const controller = new AbortController();
  const next = box.next({ timeoutMs: 60_000, signal: controller.signal });
  controller.abort("enough");
  await expect(next).rejects.toBe("enough");
  await expect(box.next({ timeoutMs: 1, signal: controller.signal })).rejects.toBe("enough");
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

it("keeps so many and no more", async () => {
  const box = createMailbox<number>();
  for (let i = 0; i < 10_000; i++) box.push(i);
  let count = 0;
  while ((await box.next({ timeoutMs: 1 })) !== null) count += 1;
  expect(count).toBe(256);
});
