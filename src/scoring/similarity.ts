/** The valid answers of one miner: question numbers, rising, with the probability and the time of each (-1 = no time). */
export interface Answered {
  readonly questions: readonly number[];
  readonly p: readonly number[];
  readonly times: readonly number[];
}
/** What two miners have in common. */
export interface Pairing {
  readonly i: number;
  readonly j: number;
  readonly shared: number;
  readonly agreeing: number;
  readonly correlation: number | null;
}
/** A consensus of p by question; null = nobody else answered. */
export type Consensus = (question: number) => number | null;

/** Variance below which something counts as constant: floating point leaves traces. */
const NOTHING = 1e-12;

/** Calls `visit` with both places of every question that both answered. */
function eachShared(a: Answered, b: Answered, visit: (x: number, y: number) => void): void {
  let x = 0;
  let y = 0;
  while (x < a.questions.length && y < b.questions.length) {
    const order = (a.questions[x] ?? 0) - (b.questions[y] ?? 0);
    if (order === 0) visit(x, y);
    if (order <= 0) x += 1;
    if (order >= 0) y += 1;
  }
}

/**
 * Pearson's correlation of p - consensus over the shared questions; null where one of the two does not vary.
 * Sums are taken about 1/2: numbers in [0, 1] lose no digits that count.
 */
export function correlation(a: Answered, b: Answered, consensus: Consensus): number | null {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  eachShared(a, b, (x, y) => {
    const about = consensus(a.questions[x] ?? 0) ?? 0.5;
    const [u, v] = [(a.p[x] ?? 0) - about, (b.p[y] ?? 0) - about];
    n += 1;
    sa += u;
    sb += v;
    saa += u * u;
    sbb += v * v;
    sab += u * v;
  });
  if (n === 0) return null;
  const [va, vb] = [saa / n - (sa / n) ** 2, sbb / n - (sb / n) ** 2];
  if (va < NOTHING || vb < NOTHING) return null;
  return (sab / n - (sa / n) * (sb / n)) / Math.sqrt(va * vb);
}

/** How many questions two share, to what share of them they give the same answer, and how p correlates. */
export function agreement(
  a: Answered,
  b: Answered,
  { sameProbability, sameTimeSeconds }: { readonly sameProbability: number; readonly sameTimeSeconds: number },
): Omit<Pairing, "i" | "j"> {
  let shared = 0;
  let same = 0;
  eachShared(a, b, (x, y) => {
    shared += 1;
    const near = (one: readonly number[], two: readonly number[], by: number) =>
      Math.abs((one[x] ?? 0) - (two[y] ?? 0)) <= by;
    if (near(a.p, b.p, sameProbability) && near(a.times, b.times, sameTimeSeconds)) same += 1;
  });
  return { shared, agreeing: shared === 0 ? 0 : same / shared, correlation: correlation(a, b, () => null) };
}

/** The group of each of `count`, joined by pairs: the smallest index in it. */
export function groupsOf(count: number, pairs: readonly Pick<Pairing, "i" | "j">[]): number[] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] ?? at;
    return at;
  };
  for (const { i, j } of pairs) {
    const [a, b] = [root(i), root(j)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  return parent.map((_, i) => root(i));
}

/**
 * The consensus that a pair is held against: the mean over all groups but its own, each group with one vote, the mean of its
 * members. So a farm of hotkeys neither pulls the consensus to itself nor hides in it.
 */
export function consensusOf(
  miners: readonly Answered[],
  group: readonly number[],
): (first: number, second: number) => Consensus {
  const byQuestion = new Map<number, Map<number, { sum: number; count: number }>>();
  for (const [i, { questions, p }] of miners.entries()) {
    for (const [at, question] of questions.entries()) {
      const votes = byQuestion.get(question) ?? new Map<number, { sum: number; count: number }>();
      byQuestion.set(question, votes);
      const vote = votes.get(group[i] ?? i) ?? { sum: 0, count: 0 };
      votes.set(group[i] ?? i, vote);
      vote.sum += p[at] ?? 0;
      vote.count += 1;
    }
  }
  return (first, second) => (question) => {
    let [sum, votes] = [0, 0];
    for (const [voter, vote] of byQuestion.get(question) ?? []) {
      if (voter === first || voter === second) continue;
      sum += vote.sum / vote.count;
      votes += 1;
    }
    return votes === 0 ? null : sum / votes;
  };
}
