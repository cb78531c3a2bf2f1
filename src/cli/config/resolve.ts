import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { SubnetError } from "../../core/index.ts";
import { keyOf, sectionOf, settingsOf } from "../config-flags.ts";
import type { Flags } from "../flags.ts";
import { ownFolder } from "../own-folder.ts";
import type { Entry, Problem } from "./entries.ts";
import { readEnv } from "./read-env.ts";
import { ENV_FILE, RIVALS, type SettingsTable, settingsTable } from "./table.ts";
import { judge } from "./value.ts";

/** A configuration that cannot be taken: every mistake of it, with its place. */
export class ConfigError extends SubnetError {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];
  constructor({ problems }: { problems: readonly Problem[] }) {
    const lines = new Map<string, string[]>();
    for (const { place, problem, hint } of problems)
      lines.set(place, [...(lines.get(place) ?? []), `${problem}${hint === undefined ? "" : `. ${hint}`}`]);
    super(
      problems.length === 1 ? "The configuration has a mistake." : `The configuration has ${problems.length} mistakes.`,
      {
        code: "CONFIG_REFUSED",
        details: Object.fromEntries([...lines].map(([place, said]) => [place, said.join("; ")])),
        hint: "`config check` says it again after a change; `config show` lists every name.",
      },
    );
    this.problems = problems;
  }
}

/** Where a value comes from, the strongest first. */
export type From = "flag" | "env" | "file" | "default";
/** What one flag is in the end, and why. */
export interface Effective {
  readonly option: Option;
  readonly value: unknown;
  readonly from: From;
  /** Null = the default. */
  readonly place: string | null;
}
/** All that file and environment say. */
export interface Config {
  /** Null = there is none. */
  readonly file: string | null;
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
  readonly table: SettingsTable;
}
/** What configuration is read from. */
export interface Places {
  readonly env: NodeJS.ProcessEnv;
  /** `--config`. */
  readonly file: string | undefined;
}

export const HERE = "conversion-subnet.yaml";

/** The file that is read: named by flag or environment, else the one here, else the one in our own folder; null = none is there. */
export function configFile({ env, file }: Places): string | null {
  const named = file ?? env[ENV_FILE];
  if (named !== undefined && named !== "") return named.replace(/^~(?=$|\/)/, homedir());
  return [HERE, join(ownFolder(env), "config.yaml")].find((path) => existsSync(path)) ?? null;
}

/** In the order of the file, what is elsewhere first. */
function byPlace(a: Problem, b: Problem): number {
  const at = ({ place }: Problem) => /:(\d+):(\d+)$/.exec(place)?.slice(1).map(Number) ?? [0, 0];
  const [[line = 0, column = 0], [otherLine = 0, otherColumn = 0]] = [at(a), at(b)];
  return line - otherLine || column - otherColumn;
}

/** Reads file and environment, and hands every value to the flags that it is for. */
export async function readConfig(anyCommand: Command, places: Places): Promise<Config> {
  const table = settingsTable(anyCommand);
  const file = configFile(places);
  const fromEnv = readEnv(places.env, table);
  // The library is loaded where there is a file.
  const { readYaml } = file === null ? { readYaml: null } : await import("./read-yaml.ts");
  const known = { sections: new Set(table.sections.keys()), keysOf: table.keysOf };
  const fromFile = file === null ? null : await readYaml?.(file, known);
  const entries = [...fromEnv.entries, ...(fromFile?.entries ?? [])];
  const refused = entries.flatMap((entry) => {
    const problems = table.judgesOf(entry.key, entry.section).flatMap((option) => {
      const judged = judge(option, entry);
      return "problem" in judged ? [judged.problem] : [];
    });
    return [...new Set(problems)].map((problem) => ({ place: entry.place, problem }));
  });
  const problems = [...fromEnv.problems, ...(fromFile?.problems ?? []), ...refused].sort(byPlace);
  return { file, entries, problems, table };
}

const defaultOf = (option: Option) => (option.negate ? (option.defaultValue ?? true) : option.defaultValue);
const RANKS: readonly From[] = ["flag", "env", "file", "default"];

/** What every flag of a command is: as typed, else of the environment, else of its part of the file, else of the file's top. */
export function effectiveOf(command: Command, { entries }: Pick<Config, "entries">): readonly Effective[] {
  const section = sectionOf(command);
  const all = settingsOf(command).map((option): Effective => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === "cli")
      return { option, value: command.getOptionValue(name), from: "flag", place: option.long ?? null };
    const said = entries.filter(({ key }) => key === keyOf(option));
    const entry =
      said.find(({ from }) => from === "env") ??
      said.find((one) => one.section !== null && one.section === section) ??
      said.find((one) => one.from === "file" && one.section === null);
    const judged = entry === undefined ? null : judge(option, entry);
    if (entry === undefined || judged === null || "problem" in judged)
      return { option, value: defaultOf(option), from: "default", place: null };
    return { option, value: judged.value, from: entry.from, place: entry.place };
  });
  return all.map((one) => (isOutdone(one, all) ? { ...one, value: undefined, from: "default", place: null } : one));
}

/** An address of the file does not stand against a network that was typed. */
function isOutdone({ option, from }: Effective, all: readonly Effective[]): boolean {
  const rival = RIVALS.find(([first]) => first === keyOf(option))?.[1];
  const other = all.find((one) => keyOf(one.option) === rival);
  return other !== undefined && RANKS.indexOf(other.from) < RANKS.indexOf(from);
}

/** The flags of a command as if all had been typed. */
export const flagsOf = (command: Command, effective: readonly Effective[]): Flags => ({
  ...command.opts<Flags>(),
  ...Object.fromEntries(effective.map(({ option, value }) => [option.attributeName(), value])),
});
