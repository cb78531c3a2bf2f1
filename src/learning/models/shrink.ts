/**
 * How far to trust a forecast over a constant, from held-back rows: the least-squares `w` of `truth - base` on
 * `forecast - base`, less one standard error, cut to [0, 1]. For probabilities it is the weight with the best Brier score. On
 * chats that say little the error is as large as `w`, and the forecast becomes the constant: it may gain nothing, but it
 * does not lose. The error counts groups, not rows: two landmarks of one conversation are not two witnesses (Liang and
 * Zeger 1986).
 *
 * @example
 * shrinkWeight({ forecasts: [0.9, 0.1], truths: [1, 0], base: 0.5, groups: ["a", "b"] }); // 1
 */
export function shrinkWeight({
  forecasts,
  truths,
  base,
  groups,
}: {
  forecasts: ArrayLike<number>;
  truths: ArrayLike<number>;
  base: number;
  groups: readonly string[];
}): number {
  let product = 0;
  let squares = 0;
  for (let i = 0; i < forecasts.length; i++) {
    product += (forecasts[i] - base) * (truths[i] - base);
    squares += (forecasts[i] - base) ** 2;
  }
  if (!(squares > 0)) return 0;
  const weight = product / squares;
  const scores = new Map<string, number>();
  for (let i = 0; i < forecasts.length; i++) {
    const distance = forecasts[i] - base;
    const residual = truths[i] - base - weight * distance;
    scores.set(groups[i], (scores.get(groups[i]) ?? 0) + distance * residual);
  }
  let variance = 0;
  for (const score of scores.values()) variance += score * score;
  return Math.min(1, Math.max(0, weight - Math.sqrt(variance) / squares));
}
