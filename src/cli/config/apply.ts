import type { Command } from "commander";
import { UserError } from "../../core/index.ts";
import { isConfigured, keyOf, pathOf } from "../config-flags.ts";
import type { Flags } from "../flags.ts";
import { ConfigError, effectiveOf, flagsOf, type Places, readConfig } from "./resolve.ts";

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));
/** Where configuration is read from in this process. */
export const placesOf = (command: Command): Places => {
  const file: unknown = rootOf(command).opts().config;
  return { env: process.env, file: typeof file === "string" ? file : undefined };
};

/** Sets what file and environment say as the options of a command that is about to run. */
export async function applyConfig(command: Command): Promise<void> {
  const places = placesOf(command);
  if (!isConfigured(command)) {
    if (places.file === undefined || ["config", "doctor"].includes(pathOf(command)[0] ?? "")) return;
    throw new UserError(`\`${pathOf(command).join(" ")}\` reads no configuration.`, {
      hint: "Leave --config out: docs/configuration.md says which commands read one.",
    });
  }
  const config = await readConfig(command, places);
  if (config.problems.length > 0) throw new ConfigError(config);
  for (const { option, value, from } of effectiveOf(command, config)) {
    if (from !== "flag" && value !== undefined) command.setOptionValueWithSource(option.attributeName(), value, from);
  }
}

/** What a running node reads anew. */
export interface Reread {
  readonly flags: Flags;
  /** Names of the settings that are not what they were. */
  readonly changed: readonly string[];
}
/**
 * Reads file and environment again, for a node that goes on running: what was typed stays.
 *
 * @param before as it is now.
 * @throws {ConfigError} when it has mistakes; then nothing is to change.
 */
export async function rereadConfig(command: Command, before: Flags): Promise<Reread> {
  const config = await readConfig(command, placesOf(command));
  if (config.problems.length > 0) throw new ConfigError(config);
  const effective = effectiveOf(command, config);
  const text = (value: unknown) => JSON.stringify(value ?? null);
  const changed = effective.filter(({ option, value }) => text(value) !== text(before[option.attributeName()]));
  return { flags: flagsOf(command, effective), changed: changed.map(({ option }) => keyOf(option)) };
}
