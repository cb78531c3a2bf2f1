import { createRandom, shuffled } from "../../core/index.ts";
import { type Dataset, takeRows } from "../data/dataset.ts";

/** Of each rung's trials one in so many goes on to the next, on so many times the conversations (Jamieson and Talwalkar 2016). */
export const NARROWING = 3;
/** On fewer conversations than this even the best is luck. */
const MIN_CONVERSATIONS = 300;
const MAX_RUNGS = 3;

/**
 * Shares of the conversations that are learned from, rung by rung, the last being all.
 *
 * @example
 * rungShares(3000, "halving"); // [1/9, 1/3, 1]
 */
export function rungShares(conversations: number, strategy: "random" | "halving"): number[] {
  const shares = [1];
  if (strategy === "random") return shares;
  while (shares.length < MAX_RUNGS && (conversations * shares[0]) / NARROWING >= MIN_CONVERSATIONS) {
    shares.unshift(shares[0] / NARROWING);
  }
  return shares;
}

/** A share of the conversations, as many of either kind as in all; a smaller share is part of a larger one. */
export function takeShare(dataset: Dataset, share: number, seed: number): Dataset {
  if (share >= 1) return dataset;
  const converted = new Map<string, boolean>();
  dataset.groups.forEach((group, row) => {
    converted.set(group, converted.get(group) === true || dataset.y[row] === 1);
  });
  const kept = new Set<string>();
  for (const kind of [true, false]) {
    const groups = [...converted].filter(([, value]) => value === kind).map(([group]) => group);
    const order = shuffled(groups.sort(), createRandom(seed).fork(`rung ${kind}`));
    for (const group of order.slice(0, Math.ceil(share * order.length))) kept.add(group);
  }
  return takeRows(
    dataset,
    dataset.groups.flatMap((group, row) => (kept.has(group) ? [row] : [])),
  );
}
