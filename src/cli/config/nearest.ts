/** Letters that must be put in, left out, changed, or swapped with a neighbour to make one word of another. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          change,
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

const MAX_WORD = 100;

/**
 * The name that was meant, as far as one can tell: the same but for a few letters, or but for what stands before or after a dot.
 *
 * @example
 * nearest("axon.prot", ["axon.port", "netuid"]); // "axon.port"
 */
export function nearest(word: string, names: Iterable<string>): string | null {
  if (word.length > MAX_WORD) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[-.]/g, "_");
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length * 0.34)) + 1;
  let ending: string | null = null;
  for (const name of names) {
    const far = distance(plain(word), plain(name));
    if (far < bestDistance) [best, bestDistance] = [name, far];
    if (name.endsWith(`.${word}`)) ending ??= name;
  }
  return bestDistance <= 1 ? best : (ending ?? best);
}
