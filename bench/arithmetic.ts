import { defineTask } from "../src/jobs/index.ts";

/** Arithmetic in registers: no memory, no garbage, so nothing but the cores themselves is shared. */
export const arithmetic = defineTask(import.meta.url, "arithmetic", async (_: null, steps: number): Promise<number> => {
  let x = 0.5;
  for (let i = 0; i < steps; i++) x = 3.7 * x * (1 - x);
  return x;
});
