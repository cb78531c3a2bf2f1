import fc from "fast-check";
import { expect, test } from "vitest";
import { createHeap } from "./heap.ts";

test("gives back what was pushed, smallest first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = createHeap<number>((a, b) => a < b);
      for (const number of numbers) heap.push(number);
      const out = numbers.map(() => heap.pop());
      expect(out).toEqual([...numbers].sort((a, b) => a - b));
      expect([heap.size, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined]);
    }),
  );
});

test("keeps the smallest in front while pushes and pops alternate", () => {
  const heap = createHeap<number>((a, b) => a < b);
  for (const number of [5, 1, 4]) heap.push(number);
  expect(heap.pop()).toBe(1);
  heap.push(0);
  expect([heap.peek(), heap.size]).toEqual([0, 3]);
});
