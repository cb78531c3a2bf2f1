import { InvalidArgumentError } from "../../core/index.ts";

/** Every number of these is 0 or more and finite; those that count are whole and above 0. */
export function assertLiveOptions(options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== "number") continue;
    const counts = argument.startsWith("max") && !argument.endsWith("Seconds");
    if (counts ? Number.isSafeInteger(value) && value > 0 : value >= 0 && Number.isFinite(value)) continue;
    const problem = counts ? "must be a whole number above 0" : "must be a number, 0 or more";
    throw new InvalidArgumentError({ argument, problem, value });
  }
}
