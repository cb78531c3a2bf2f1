import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileHash, type ModelSlotStatus, modelVersions } from "../miner/index.ts";
import type { MinerView } from "./views.ts";

type Shelved = Pick<NonNullable<MinerView["model"]>, "versions" | "candidate">;
/** What lies beside the model that is served. */
export interface ModelShelf {
  look(served: Pick<ModelSlotStatus, "file" | "hash">): Promise<Shelved>;
}

const MAX_VERSIONS = 20;
const CANDIDATE = /^candidate[\w.-]{0,60}$/;

async function candidateBeside({ file, hash }: Pick<ModelSlotStatus, "file" | "hash">): Promise<Shelved["candidate"]> {
  const folder = dirname(file);
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name !== basename(file) && CANDIDATE.test(name) && extname(name) === extname(file),
  );
  let latest: { readonly path: string; readonly writtenAtMs: number } | null = null;
  for (const name of names.slice(0, 20)) {
    const path = join(folder, name);
    const writtenAtMs = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
    if (latest === null || writtenAtMs > latest.writtenAtMs) latest = { path, writtenAtMs };
  }
  const found = latest === null ? "" : await fileHash(latest.path).catch(() => "");
  // What was promoted is served now.
  if (latest === null || found === "" || found === hash) return null;
  return { file: latest.path, hash: found, writtenAtMs: Math.round(latest.writtenAtMs) };
}

/**
 * Looks at the folder of a model file, at most every so often: versions that can be rolled back to, and the file `candidate...` that
 * `retrain --out candidate` has put there and nobody has promoted.
 *
 * @example
 * await createModelShelf({ clock: systemClock }).look({ file: "model.safetensors", hash: "9f2c" }); // { versions: [], candidate: null }
 */
export function createModelShelf({
  clock,
  maxAgeMs = 5_000,
}: {
  readonly clock: { monotonicMs(): number };
  readonly maxAgeMs?: number;
}): ModelShelf {
  let last: { readonly key: string; readonly atMs: number; readonly shelved: Promise<Shelved> } | null = null;
  return {
    look(served) {
      const key = `${served.file} ${served.hash}`;
      if (last === null || last.key !== key || clock.monotonicMs() - last.atMs > maxAgeMs) {
        const look = async (): Promise<Shelved> => ({
          versions: (await modelVersions(served.file))
            .slice(0, MAX_VERSIONS)
            .map(({ number, hash }) => ({ number, hash })),
          candidate: await candidateBeside(served),
        });
        last = { key, atMs: clock.monotonicMs(), shelved: look() };
      }
      return last.shelved;
    },
  };
}
