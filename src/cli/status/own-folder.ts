import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** This package's own folder: CONVERSION_SUBNET_HOME, or in the home folder. */
export function ownFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.CONVERSION_SUBNET_HOME?.trim() ?? "";
  return given === "" ? join(homedir(), ".conversion-subnet") : resolve(given.replace(/^~(?=$|\/)/, homedir()));
}
