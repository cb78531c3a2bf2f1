/** The smallest first. */
export interface Heap<T> {
  readonly size: number;
  peek(): T | undefined;
  push(item: T): void;
  pop(): T | undefined;
}

/** A binary heap: push and pop take logarithmic time. `isBefore` must be a strict order. */
export function createHeap<T>(isBefore: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const sink = (item: T) => {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      let best = items[child];
      if (best === undefined) break;
      const right = items[child + 1];
      if (right !== undefined && isBefore(right, best)) {
        best = right;
        child++;
      }
      if (!isBefore(best, item)) break;
      items[hole] = best;
      hole = child;
    }
    items[hole] = item;
  };
  return {
    get size() {
      return items.length;
    },
    peek: () => items[0],
    push(item) {
      let hole = items.length;
      items.push(item);
      while (hole > 0) {
        const above = (hole - 1) >> 1;
        const parent = items[above];
        if (parent === undefined || !isBefore(item, parent)) break;
        items[hole] = parent;
        hole = above;
      }
      items[hole] = item;
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) sink(last);
      return first;
    },
  };
}
