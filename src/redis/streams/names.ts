import { InvalidArgumentError } from "../../core/index.ts";

/** Where a stream of events and what belongs to it are kept. */
export interface StreamNames {
  /** Entries `s` (source) and `e` (the event, JSON). */
  readonly events: string;
  /** Entries `group`, `id` and `reason`, then the fields of the entry that nobody could take. */
  readonly dead: string;
  /** How often an entry was tried alone, by group and id: it outlives the worker that it kills. */
  readonly attempts: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** All in one slot, should it ever be a cluster: the braces say so. */
export function streamNames(stream: string): StreamNames {
  if (!NAME.test(stream)) {
    const problem = "must be 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first";
    throw new InvalidArgumentError({ argument: "stream", problem, value: stream });
  }
  const events = `conversion-subnet:events:{${stream}}`;
  return { events, dead: `${events}:dead`, attempts: `${events}:attempts` };
}
