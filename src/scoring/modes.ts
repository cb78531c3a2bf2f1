import { UserError } from "../core/index.ts";
import type { ScoringMode, StoredMode } from "./mode.ts";
import { PROPER_V1_VERSIONS, properV1 } from "./proper-v1.ts";
import { readmeV1 } from "./readme-v1.ts";
import { seedV1 } from "./seed-v1.ts";

/** Names of the built-in modes. */
export const SCORING_MODES = ["seed-v1", "readme-v1", "proper-v1"] as const;

/**
 * A built-in mode by name, or one of your own.
 *
 * @param own modes besides the built-in ones, found by their names; a built-in name cannot be taken.
 * @throws {UserError} for a name that is none.
 * @example
 * scoringMode("proper-v1").version; // 2
 */
export function scoringMode(
  name: string,
  { own = [], ...options }: { alpha?: number; own?: readonly ScoringMode[] } = {},
): ScoringMode {
  if (name === "seed-v1") return seedV1(options);
  if (name === "readme-v1") return readmeV1(options);
  if (name === "proper-v1") return properV1();
  const found = own.find((mode) => mode.name === name);
  if (found !== undefined) return found;
  const names = [...SCORING_MODES, ...own.map((mode) => mode.name)];
  throw new UserError(`There is no scoring mode "${name}".`, { hint: `Choose one of ${names.join(", ")}.` });
}

/**
 * The mode that scored a record: that version, with the constants that were stored. Null when it is not known here: a mode of
 * somebody's own that was not given, or a version of later days.
 *
 * @example
 * storedMode({ name: "seed-v1", version: 1, constants: { classification: 0.6 } })?.constants.classification; // 0.6
 */
export function storedMode(stored: StoredMode, own: readonly ScoringMode[] = []): ScoringMode | null {
  const { name, version, constants } = stored;
  if (name === "seed-v1" || name === "readme-v1") {
    if (version !== 1) return null;
    return name === "seed-v1" ? seedV1({ constants }) : readmeV1({ constants });
  }
  if (name === "proper-v1") {
    const known = PROPER_V1_VERSIONS.find((candidate) => candidate === version);
    return known === undefined ? null : properV1({ version: known, constants });
  }
  return own.find((mode) => mode.name === name && mode.version === version) ?? null;
}
