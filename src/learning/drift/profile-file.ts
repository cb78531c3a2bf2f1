import { readFile } from "node:fs/promises";
import { z } from "zod";
import { errorText, UserError, writeFileAtomic } from "../../core/index.ts";
import { FEATURE_NAMES, FEATURE_TABLE_HASH, firstIssue } from "../../schema.ts";
import type { Profile } from "./profile.ts";

const FORMAT = "conversion-subnet/profile/1";
const MAX_EDGES = 64;

const share = z.number().min(0).max(1);
const profileSchema = z.object({
  format: z.literal(FORMAT),
  feature_table_hash: z.literal(FEATURE_TABLE_HASH),
  /** SHA-256 (hex) of the model file that it belongs to. */
  model: z.string().regex(/^[0-9a-f]{64}$/),
  rows: z.int().min(1),
  features: z
    .array(
      z.object({
        name: z.enum(FEATURE_NAMES),
        edges: z.array(z.number()).max(MAX_EDGES),
        shares: z.array(share).max(MAX_EDGES + 2),
      }),
    )
    .length(FEATURE_NAMES.length)
    .refine((features) => features.every(({ name }, i) => name === FEATURE_NAMES[i]), "must be in the table's order")
    .refine(
      (features) => features.every(({ edges, shares }) => shares.length === edges.length + 2),
      "must have a share a bin",
    ),
});

/**
 * Where the profile of a model file stands: beside it.
 *
 * @example
 * profilePath("model.safetensors"); // "model.profile.json"
 */
export function profilePath(modelPath: string): string {
  return `${modelPath.replace(/\.safetensors$/, "")}.profile.json`;
}

/** The text of a profile file. The same profile gives the same bytes. */
export function encodeProfile({ rows, features }: Profile, modelHash: string): string {
  const head = { format: FORMAT, feature_table_hash: FEATURE_TABLE_HASH, model: modelHash, rows };
  return `${JSON.stringify({ ...head, features })}\n`;
}

/**
 * Writes the profile of a model, whole or not at all.
 *
 * @param modelHash SHA-256 (hex) of the model's file, by which a profile of another model is told.
 * @example
 * await writeProfileFile("model.profile.json", profileOf(dataset), await fileHash("model.safetensors"));
 * (await readProfileFile("model.profile.json"))?.profile.rows; // 1000
 */
export async function writeProfileFile(path: string, profile: Profile, modelHash: string): Promise<void> {
  await writeFileAtomic(path, encodeProfile(profile, modelHash));
}

/**
 * Reads a profile; null when there is none.
 *
 * @throws {UserError} for a file that is no profile, or one of another feature table.
 * @example
 * (await readProfileFile("model.profile.json"))?.profile.rows; // 20000
 */
export async function readProfileFile(
  path: string,
): Promise<{ readonly profile: Profile; readonly modelHash: string } | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const hint = "Make it again: npx conversion-subnet drift MODEL --data TRAIN --write";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON.`, { details: { Reason: errorText(error) }, hint });
  }
  const parsed = profileSchema.safeParse(json);
  if (!parsed.success) {
    const { field, problem } = firstIssue(parsed.error);
    throw new UserError(`${path} is no profile of a model.`, { details: { Field: field, Problem: problem }, hint });
  }
  const { rows, features, model } = parsed.data;
  return { profile: { rows, features }, modelHash: model };
}
