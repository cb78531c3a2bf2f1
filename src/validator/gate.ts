/** Counts what is on its way to each miner; see {@link createGate}. */
export interface Gate {
  /** Takes a place for a hotkey; false when all of its places are taken. */
  enter(hotkey: string): boolean;
  leave(hotkey: string): void;
}

/**
 * Places per miner, not for all together: one that holds its answers back uses up its own and nobody else's.
 *
 * @param places questions on their way to one miner at once.
 * @example
 * const gate = createGate(1);
 * [gate.enter("5Grwva…"), gate.enter("5Grwva…"), gate.enter("5FHneW…")]; // [true, false, true]
 */
export function createGate(places: number): Gate {
  const taken = new Map<string, number>();
  return {
    enter(hotkey) {
      const count = taken.get(hotkey) ?? 0;
      if (count >= places) return false;
      taken.set(hotkey, count + 1);
      return true;
    },
    leave(hotkey) {
      const count = (taken.get(hotkey) ?? 0) - 1;
      if (count > 0) taken.set(hotkey, count);
      else taken.delete(hotkey);
    },
  };
}
