import type { Clock } from "../../core/index.ts";

/** Watches that a node answers and that its chain goes on. */
export interface Watchdog {
  start(): void;
  /** A node said something sensible. */
  sign(): void;
  /** A new block. */
  head(): void;
  stop(): void;
  status(): { readonly sinceSignMs: number; readonly sinceHeadMs: number };
}

/**
 * @param deadAfterMs null = watches, and never gives up.
 * @param onDead told once, in words for people.
 * @example
 * createWatchdog({ deadAfterMs: 300_000 }, { clock: systemClock, onDead: (problem) => giveUp(problem) }).start(); // undefined
 */
export function createWatchdog(
  { deadAfterMs }: { readonly deadAfterMs: number | null },
  { clock, onDead }: { readonly clock: Clock; onDead(problem: string): void },
): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  let signAtMs = clock.monotonicMs();
  let headAtMs = signAtMs;
  const stop = () => clearInterval(timer);

  const look = (limitMs: number) => {
    const nowMs = clock.monotonicMs();
    const seconds = Math.round(limitMs / 1000);
    const problem =
      nowMs - signAtMs > limitMs
        ? `no node has answered for ${seconds} s`
        : nowMs - headAtMs > limitMs
          ? `no new block for ${seconds} s, though a node answers`
          : null;
    if (problem === null) return;
    stop();
    onDead(problem);
  };

  return {
    start() {
      signAtMs = clock.monotonicMs();
      headAtMs = signAtMs;
      if (deadAfterMs !== null) timer = setInterval(() => look(deadAfterMs), Math.max(1, deadAfterMs / 4));
    },
    sign() {
      signAtMs = clock.monotonicMs();
    },
    head() {
      headAtMs = clock.monotonicMs();
    },
    stop,
    status: () => ({ sinceSignMs: clock.monotonicMs() - signAtMs, sinceHeadMs: clock.monotonicMs() - headAtMs }),
  };
}
