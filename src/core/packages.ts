import { SubnetError } from "./errors.ts";

/** A package that only some work needs, and that is not installed. */
export class PackageMissingError extends SubnetError {
  override readonly name = "PackageMissingError";
  readonly package: string;
  constructor({ name, version, work, cause }: { name: string; version: string; work: string; cause?: unknown }) {
    super(`${work} needs the package ${name}, which is not installed.`, {
      code: "PACKAGE_MISSING",
      cause,
      details: { Package: name, Version: version },
      // Without the flag npm does nothing in a clone of this package, where it is an optional peer.
      hint: `Run: npm install --save-prod ${name}@${version}`,
    });
    this.package = name;
  }
}

/** Loads a package by name; a test passes one that finds nothing. */
export type LoadPackage = (name: string) => Promise<unknown>;

/**
 * Loads a package that only some work needs. What it has is the caller's to know: its types are not there without it.
 *
 * @param work what needs it: "Writing rows.parquet".
 * @throws {PackageMissingError} with the command that installs it.
 * @example
 * await loadPackage({ name: "node:path", version: "20", work: "Joining paths" }); // { join, resolve, ... }
 */
export async function loadPackage(
  wanted: { readonly name: string; readonly version: string; readonly work: string },
  load: LoadPackage = (name) => import(name),
): Promise<unknown> {
  return load(wanted.name).catch((cause: unknown) => {
    throw new PackageMissingError({ ...wanted, cause });
  });
}
