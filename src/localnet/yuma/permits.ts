/**
 * Shares of the stake: what is below the threshold counts for nothing, but for the owner's.
 *
 * @param ownerUid null = the subnet has no owner's neuron.
 * @example
 * stakeShares([3n, 1n, 0n], 1n, null); // [0.75, 0.25, 0]
 */
export function stakeShares(stakesRao: readonly bigint[], thresholdRao: bigint, ownerUid: number | null): number[] {
  const counted = stakesRao.map((rao, uid) => (rao < thresholdRao && uid !== ownerUid ? 0n : rao));
  const totalRao = counted.reduce((sum, rao) => sum + rao, 0n);
  return counted.map((rao) => (totalRao === 0n ? 0 : Number(rao) / Number(totalRao)));
}

/**
 * Who may validate in the epoch to come: the largest stakes that are not 0, of equal ones the lower uid; and the owner always.
 *
 * @example
 * permitsOf([0.2, 0, 0.5, 0.3], 2, null); // [false, false, true, true]
 */
export function permitsOf(stake: readonly number[], maxValidators: number, ownerUid: number | null): boolean[] {
  const largest = stake
    .map((share, uid) => ({ share, uid }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || a.uid - b.uid)
    .slice(0, maxValidators);
  const permitted = new Set(largest.map(({ uid }) => uid));
  return stake.map((_, uid) => permitted.has(uid) || uid === ownerUid);
}
