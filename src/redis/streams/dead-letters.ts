import type { Logger } from "../../core/index.ts";
import { type Entry, entriesIn } from "./entries.ts";
import { type LinkOptions, openLink } from "./link.ts";
import { streamNames } from "./names.ts";
import { REQUEUE } from "./scripts.ts";

/** An entry that nobody could take. */
export interface DeadLetter {
  readonly id: string;
  /** When it was given up, ms since 1970, by the clock of Redis. */
  readonly atMs: number;
  /** Of the entry that it was. */
  readonly entry: string;
  readonly group: string;
  /** A code, and words: `"EVENT_CONFLICT: id: was used for another event"`. */
  readonly reason: string;
  /** What the entry held, name, value, name, value: what people wrote may be in it. */
  readonly fields: readonly string[];
}
/** Dead letters of a stream; see {@link openDeadLetters}. */
export interface DeadLetters {
  /** The oldest first, after the one of that id. */
  list(options?: { readonly count?: number; readonly after?: string }): Promise<DeadLetter[]>;
  /** Puts one back among the events. False = the stream is full; one that is not there is none to put back. */
  requeue(id: string): Promise<boolean>;
  close(): void;
}

const OWN_FIELDS = 6;
const letterOf = ({ id, fields }: Entry): DeadLetter => {
  const [, group = "", , entry = "", , reason = ""] = fields;
  return { id, atMs: Number.parseInt(id, 10), entry, group, reason, fields: fields.slice(OWN_FIELDS) };
};

/**
 * What workers gave up, with the reasons.
 *
 * @throws as `createEventProducer`.
 * @example
 * const letters = await openDeadLetters({ url: "redis://127.0.0.1:6379" }, { logger });
 * for (const { id, reason } of await letters.list()) if (reason.startsWith("SINK_FAILED")) await letters.requeue(id); // true
 * letters.close();
 */
export async function openDeadLetters(
  options: Partial<LinkOptions> & {
    readonly url: string;
    /** Name of the stream. Default `"live"`. */
    readonly stream?: string;
    /** As the producers'. Default 200,000. */
    readonly maxEntries?: number;
  },
  { logger }: { readonly logger: Logger },
): Promise<DeadLetters> {
  const { url, stream = "live", maxEntries = 200_000, timeoutMs = 5_000, load } = options;
  const names = streamNames(stream);
  const link = await openLink({ url, timeoutMs, load }, { logger });
  return {
    async list({ count = 1_000, after } = {}) {
      const from = after === undefined ? "-" : `(${after}`;
      return entriesIn(await link.call("XRANGE", names.dead, from, "+", "COUNT", String(count))).map(letterOf);
    },
    async requeue(id) {
      return (await link.call("EVAL", REQUEUE, "2", names.events, names.dead, id, String(maxEntries))) !== -1;
    },
    close: link.close,
  };
}
