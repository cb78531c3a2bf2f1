import { readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second on every Linux that we know. */
const TICKS = 100;

/** Processor time of processes so far, s; 0 for one that is gone, or where there is no /proc. */
export function cpuSecondsOf(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      // After the name, which may hold spaces and brackets, stands the state; user and system time are 11 and 12 further.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // Gone.
    }
  }
  return ticks / TICKS;
}
