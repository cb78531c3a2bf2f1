import type { Command } from "commander";
import { placesOf } from "../config/apply.ts";
import type { Problem } from "../config/entries.ts";
import { effectiveOf, flagsOf, readConfig } from "../config/resolve.ts";
import type { Flags } from "../flags.ts";
import { type Check, type Finding, failed, ok } from "./check.ts";

/** What file and environment say, and what of it cannot be taken. */
export interface Settings {
  /** Null = there is none. */
  readonly file: string | null;
  readonly taken: number;
  readonly problems: readonly Problem[];
}

/** The flags as the node's own command would have them: what was typed for doctor, the environment, the file, defaults. */
export async function settingsFor(
  doctor: Command,
  node: Command,
): Promise<{ readonly flags: Flags; readonly settings: Settings }> {
  for (const option of node.options) {
    const name = option.attributeName();
    if (doctor.getOptionValueSource(name) === "cli")
      node.setOptionValueWithSource(name, doctor.getOptionValue(name), "cli");
  }
  const config = await readConfig(node, placesOf(doctor));
  const effective = effectiveOf(node, config);
  const { file, problems } = config;
  const taken = effective.filter(({ from }) => from === "file" || from === "env").length;
  return { flags: { ...doctor.opts<Flags>(), ...flagsOf(node, effective) }, settings: { file, taken, problems } };
}

function checkSettings({ file, taken, problems }: Settings): Finding {
  const values = { file, taken, problems: problems.length };
  if (problems.length > 0)
    return failed(
      problems
        .map(({ place, problem, hint }) => `${place}: ${problem}${hint === undefined ? "" : ` (${hint})`}`)
        .join("; "),
      values,
      `npx conversion-subnet config check${file === null ? "" : ` --config ${file}`}`,
    );
  return ok(`${file ?? "no file"}; ${taken} settings are taken from file and environment`, values);
}

export const settingsChecks = (settings: Settings): Check[] => [{ name: "config", run: () => checkSettings(settings) }];
