import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * This package's own folder: CONVERSION_SUBNET_HOME, or in the home folder.
 *
 * ```
 * ~/.conversion-subnet/run/miner-4711.json   a node that runs
 * ~/.conversion-subnet/config.yaml             settings, where the current folder has none
 * ~/.conversion-subnet/admin.token           the token of admin servers that others reach
 * ```
 */
export function ownFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.CONVERSION_SUBNET_HOME?.trim() ?? "";
  return given === "" ? join(homedir(), ".conversion-subnet") : resolve(given.replace(/^~(?=$|\/)/, homedir()));
}
