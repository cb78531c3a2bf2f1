import { InvalidArgumentError } from "../core/index.ts";
import type { Transcript } from "../schema.ts";
import { ForeignTranscriptError } from "./errors.ts";
import type { Importer } from "./importers/importer.ts";
import { importPersuasion } from "./importers/p4g.ts";
import { importRedial } from "./importers/redial.ts";
import { importStar } from "./importers/star.ts";

/** Public collections of real chats that can be read from a local clone; the package ships none. */
export const COLLECTIONS = {
  star: "RasaHQ/STAR, tasks that end in a booking, a report or a change: clock and date",
  redial: "ReDial, films suggested and liked: seconds, no date",
  p4g: "PersuasionForGood, donations: no clock",
} as const;
/** A name of {@link COLLECTIONS}. */
export type Collection = keyof typeof COLLECTIONS;

const IMPORTERS: Readonly<Record<Collection, Importer>> = {
  star: importStar,
  redial: importRedial,
  p4g: importPersuasion,
};

/** How {@link importTranscripts} reads. */
export interface ImportOptions {
  /** Go on after a conversation that does not fit (default false: the first one is thrown). */
  readonly skipBad?: boolean;
  /** Told of every conversation that is skipped. */
  readonly onBad?: (error: ForeignTranscriptError) => void;
  /** Told which share of the collection was read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** What an import came to. */
export interface ImportCounts {
  readonly transcripts: number;
  readonly bad: number;
  /** Conversations that are sound but have no outcome to forecast, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Conversations of a public collection in our own form, one at a time, from files that the reader brings. Texts are kept but for
 * white space: e-mail addresses and phone numbers that people wrote are still in them. The return value counts.
 *
 * @throws {ForeignTranscriptError} with file and field at the first conversation that does not fit, unless `skipBad`.
 * @example
 * for await (const transcript of importTranscripts("star", "STAR")) transcript.id; // "star-00006"
 */
export async function* importTranscripts(
  collection: string,
  path: string,
  { skipBad = false, onBad, onProgress, signal }: ImportOptions = {},
): AsyncGenerator<Transcript, ImportCounts> {
  const importer = Object.entries(IMPORTERS).find(([name]) => name === collection)?.[1];
  if (importer === undefined) {
    const problem = `must be one of ${Object.keys(COLLECTIONS).join(", ")}`;
    throw new InvalidArgumentError({ argument: "collection", problem, value: collection });
  }
  const seen = new Set<string>();
  const leftOut: Record<string, number> = {};
  let bad = 0;
  for await (const one of importer(path, signal)) {
    signal?.throwIfAborted();
    onProgress?.(one.share);
    if ("leftOut" in one) {
      leftOut[one.leftOut] = (leftOut[one.leftOut] ?? 0) + 1;
      continue;
    }
    const twice = "transcript" in one && seen.has(one.transcript.id);
    if ("transcript" in one && !twice) {
      seen.add(one.transcript.id);
      yield one.transcript;
      continue;
    }
    const error =
      "refused" in one
        ? one.refused
        : new ForeignTranscriptError({ path, field: "id", problem: `${one.transcript.id} was there before` });
    if (!skipBad) throw error;
    bad += 1;
    onBad?.(error);
  }
  return { transcripts: seen.size, bad, leftOut };
}
