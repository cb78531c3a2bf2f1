/** The valid answers of one miner: question numbers, rising, with the probability and the time of each (-1 = no time). */
export interface Answered {
  readonly questions: ArrayLike<number>;
  readonly p: ArrayLike<number>;
  readonly times: ArrayLike<number>;
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

/** Plain sums over pairs (u, v): Pearson's correlation, or null where one of the two does not vary. */
function pearson(n: number, su: number, sv: number, suu: number, svv: number, suv: number): number | null {
  if (n === 0) return null;
  const [vu, vv] = [suu / n - (su / n) ** 2, svv / n - (sv / n) ** 2];
  if (vu < NOTHING || vv < NOTHING) return null;
  return (suv / n - (su / n) * (sv / n)) / Math.sqrt(vu * vv);
}

/** Pearson's correlation of p - consensus over the shared questions. */
export function residualCorrelation(a: Answered, b: Answered, consensus: Consensus): number | null {
  let [n, su, sv, suu, svv, suv] = [0, 0, 0, 0, 0, 0];
  for (let x = 0, y = 0; x < a.questions.length && y < b.questions.length; ) {
    const one = Number(a.questions[x]);
    const two = Number(b.questions[y]);
    if (one === two) {
      const about = consensus(one) ?? 0.5;
      const u = Number(a.p[x]) - about;
      const v = Number(b.p[y]) - about;
      n += 1;
      su += u;
      sv += v;
      suu += u * u;
      svv += v * v;
      suv += u * v;
    }
    if (one <= two) x += 1;
    if (one >= two) y += 1;
  }
  return pearson(n, su, sv, suu, svv, suv);
}

/**
 * How many questions two share, to what share of them they give the same answer, and how p correlates: one pass, since it is run for every
 * pair of a subnet. Sums are taken about 1/2: numbers in [0, 1] lose no digits that count.
 */
export function agreement(
  a: Answered,
  b: Answered,
  { sameProbability, sameTimeSeconds }: { readonly sameProbability: number; readonly sameTimeSeconds: number },
): Omit<Pairing, "i" | "j"> {
  const { questions: qa, p: pa, times: ta } = a;
  const { questions: qb, p: pb, times: tb } = b;
  let n = 0;
  let same = 0;
  let [su, sv, suu, svv, suv] = [0, 0, 0, 0, 0];
  for (let x = 0, y = 0; x < qa.length && y < qb.length; ) {
    const one = Number(qa[x]);
    const two = Number(qb[y]);
    if (one === two) {
      const u = Number(pa[x]) - 0.5;
      const v = Number(pb[y]) - 0.5;
      n += 1;
      su += u;
      sv += v;
      suu += u * u;
      svv += v * v;
      suv += u * v;
      if (Math.abs(u - v) <= sameProbability && Math.abs(Number(ta[x]) - Number(tb[y])) <= sameTimeSeconds) same += 1;
    }
    if (one <= two) x += 1;
    if (one >= two) y += 1;
  }
  const correlation = pearson(n, su, sv, suu, svv, suv);
  return { shared: n, agreeing: n === 0 ? 0 : same / n, correlation };
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
    for (let at = 0; at < questions.length; at++) {
      const question = Number(questions[at]);
      const votes = byQuestion.get(question) ?? new Map<number, { sum: number; count: number }>();
      byQuestion.set(question, votes);
      const vote = votes.get(group[i] ?? i) ?? { sum: 0, count: 0 };
      votes.set(group[i] ?? i, vote);
      vote.sum += Number(p[at]);
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
