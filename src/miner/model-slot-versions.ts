import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { lockFile, UserError, writeFileAtomic } from "../core/index.ts";

/** A model file that was served before. */
export interface ModelVersion {
  /** Rising. */
  readonly number: number;
  /** SHA-256 (hex) of the file. */
  readonly hash: string;
  readonly path: string;
}

/** What stands beside a model file and goes with it, by its path: the profile of its training rows. */
export type CompanionOf = (modelPath: string) => string;

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const folderOf = (path: string) => `${path}.versions`;
const NAME = /^(\d{6})-([0-9a-f]{64})$/;

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * What was served before the model in a file, the latest first.
 *
 * @example
 * (await modelVersions("model.safetensors"))[0]?.number; // 3
 */
export async function modelVersions(path: string): Promise<ModelVersion[]> {
  const names = await readdir(folderOf(path)).catch(() => []);
  const ending = extname(path);
  return names
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => {
      const [, number, hash] = NAME.exec(basename(name, ending)) ?? [];
      if (number === undefined || hash === undefined) return [];
      return [{ number: Number(number), hash, path: join(folderOf(path), name) }];
    })
    .sort((a, b) => b.number - a.number);
}

/** A model's bytes with its companion's; the companion goes first, since whoever watches looks at the model. */
async function put(path: string, bytes: Uint8Array, companion: Uint8Array | null, companionOf: CompanionOf) {
  if (companion === null) await rm(companionOf(path), { force: true });
  else await writeFileAtomic(companionOf(path), companion);
  await writeFileAtomic(path, bytes);
}

async function drop(version: ModelVersion, companionOf: CompanionOf): Promise<void> {
  await rm(version.path, { force: true });
  await rm(companionOf(version.path), { force: true });
}

/**
 * Puts a model file in the place of another, atomically, and keeps the other beside it: `model.safetensors.versions/`, the file's
 * SHA-256 in its name.
 *
 * @param keep how many are kept.
 * @returns the hash of what stands there now.
 * @throws {UserError} when the candidate is not there; {@link LockedError} while another promotion runs.
 * @example
 * await promoteModel("candidate.safetensors", "model.safetensors", { companionOf: profilePath }); // "9f2c..."
 */
export async function promoteModel(
  candidate: string,
  path: string,
  { keep = 5, companionOf }: { keep?: number; companionOf: CompanionOf },
): Promise<string> {
  const unlock = await lockFile(path);
  try {
    const bytes = await readIfThere(candidate);
    if (bytes === null) throw new UserError(`There is no model at ${candidate}.`);
    const companion = await readIfThere(companionOf(candidate));
    const old = await readIfThere(path);
    const versions = await modelVersions(path);
    if (old !== null && hashOf(old) !== hashOf(bytes)) {
      await mkdir(folderOf(path), { recursive: true });
      const number = String((versions[0]?.number ?? 0) + 1).padStart(6, "0");
      const target = join(folderOf(path), `${number}-${hashOf(old)}${extname(path)}`);
      await put(target, old, await readIfThere(companionOf(path)), companionOf);
    }
    await put(path, bytes, companion, companionOf);
    for (const version of (await modelVersions(path)).slice(keep)) await drop(version, companionOf);
    return hashOf(bytes);
  } finally {
    await unlock();
  }
}

/**
 * Puts the version before back, if its bytes are still those that its name says; what stood there is kept as `undone`. Done again, it
 * goes one further back.
 *
 * @returns the version that stands there now.
 * @throws {UserError} when there is none, or it was changed.
 * @example
 * (await rollbackModel("model.safetensors", { companionOf: profilePath })).number; // 3
 */
export async function rollbackModel(
  path: string,
  { companionOf }: { companionOf: CompanionOf },
): Promise<ModelVersion> {
  const unlock = await lockFile(path);
  try {
    const now = await readIfThere(path);
    const current = now === null ? "" : hashOf(now);
    for (const version of await modelVersions(path)) {
      const bytes = await readFile(version.path);
      if (hashOf(bytes) !== version.hash) {
        throw new UserError(`${version.path} is not what its name says; it is not put back.`, {
          details: { Expected: version.hash, Found: hashOf(bytes) },
          hint: "Move it away to go back to the version before it.",
        });
      }
      // A kill between keeping and replacing leaves a version that is the current one.
      if (version.hash !== current) {
        const companion = await readIfThere(companionOf(version.path));
        const undone = join(folderOf(path), `undone${extname(path)}`);
        if (now !== null) await put(undone, now, await readIfThere(companionOf(path)), companionOf);
        await put(path, bytes, companion, companionOf);
        await drop(version, companionOf);
        return version;
      }
      await drop(version, companionOf);
    }
    throw new UserError(`No version before ${path} is kept.`, {
      hint: "Versions are kept by retrain --promote, in the folder with .versions after the model's name.",
    });
  } finally {
    await unlock();
  }
}
