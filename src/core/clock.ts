/** Where time comes from. Nodes take a clock as a module; nothing below `cli/` reads the system's by itself. */
export interface Clock {
  /** Milliseconds since 1970, of the wall clock: may jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, never going back: for latencies and deadlines. */
  monotonicMs(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * A clock that stands still until it is moved, for tests.
 *
 * @example
 * const clock = createManualClock(1_000);
 * clock.advance(500);
 * clock.nowMs(); // 1500
 */
export function createManualClock(startMs = 0): Clock & { advance(ms: number): void } {
  let offsetMs = 0;
  return {
    nowMs: () => startMs + offsetMs,
    monotonicMs: () => offsetMs,
    advance(ms) {
      offsetMs += ms;
    },
  };
}
