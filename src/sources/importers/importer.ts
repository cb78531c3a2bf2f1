import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { errorText } from "../../core/index.ts";
import { firstIssue, type Transcript } from "../../schema.ts";
import { ForeignTranscriptError } from "../errors.ts";

/** One conversation of a foreign collection: taken, left out for a reason, or refused. */
export type Imported = { readonly share: number } & (
  | { readonly transcript: Transcript }
  | { readonly leftOut: string }
  | { readonly refused: ForeignTranscriptError }
);

/** Reads a collection from where it lies; `share` says how much of it was read. */
export type Importer = (path: string, signal?: AbortSignal) => AsyncGenerator<Imported>;

/** Larger files are not what they are taken for. */
const MAX_FILE_BYTES = 2 ** 28;

/** Runs of white space become one space, as chat windows show them. */
export const tidy = (text: string) => text.replace(/\s+/g, " ").trim();

/** A whole file as text. */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
    return await readFile(path, { encoding: "utf8", ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ForeignTranscriptError({ path, field: "(file)", problem: `cannot be read: ${errorText(cause)}` });
  }
}

/** Parses JSON through a door, or names the field that does not fit. */
export function parseJson<T>(schema: z.ZodType<T>, text: string, place: { path: string; line?: number }): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ForeignTranscriptError({ ...place, field: "(file)", problem: "is not JSON" });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ForeignTranscriptError({ ...place, ...firstIssue(parsed.error) });
}

/** Does one conversation; one that does not fit becomes a value, so that the next can be read. */
export function attempt(
  share: number,
  work: () => { readonly transcript: Transcript } | { readonly leftOut: string },
): Imported {
  try {
    return { share, ...work() };
  } catch (error) {
    if (error instanceof ForeignTranscriptError) return { share, refused: error };
    throw error;
  }
}
