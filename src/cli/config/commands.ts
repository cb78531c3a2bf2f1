import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { UserError, writeFileAtomic } from "../../core/index.ts";
import { keyOf, pathOf } from "../config-flags.ts";
import type { Flags } from "../flags.ts";
import { EXIT } from "../run.ts";
import { columns } from "../table.ts";
import { print, printJson } from "../terminal.ts";
import { placesOf } from "./apply.ts";
import type { Problem } from "./entries.ts";
import { type Effective, effectiveOf, HERE, readConfig } from "./resolve.ts";
import { secretIn } from "./secrets.ts";
import { settingsTable } from "./table.ts";
import { templateOf } from "./template.ts";

/** `conversion-subnet config init` */
export async function runConfigInit(role: string, flags: Flags, command: Command): Promise<void> {
  const { file } = placesOf(command);
  const path = resolve(typeof flags.out === "string" ? flags.out : (file ?? HERE));
  if (flags.overwrite !== true && existsSync(path))
    throw new UserError(`${path} is there already.`, { hint: "Choose another place with --out, or give --overwrite." });
  await writeFileAtomic(path, templateOf(role, settingsTable(command)), {
    mode: 0o600,
    overwrite: flags.overwrite === true,
  });
  if (flags.json === true) printJson({ file: path, role });
  else print(`Written: ${path}\nSee what comes of it with \`config show --config ${path}\`.`);
}

/** A value as one would write it; what is secret is not shown. */
function shown({ option, value }: Effective): unknown {
  if (value === undefined || value === null) return null;
  return secretIn(keyOf(option), String(value)) === null ? value : "(hidden)";
}
const text = (value: unknown) =>
  value === null
    ? "-"
    : typeof value === "string"
      ? value
      : JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
const whence = ({ from, place }: Effective) => (place === null ? from : from === "file" ? place : `${from} ${place}`);

const problemLine = ({ place, problem, hint }: Problem) =>
  `${place}: ${problem}${hint === undefined ? "" : `. ${hint}`}`;
function complain(problems: readonly Problem[]): void {
  for (const problem of problems) print(problemLine(problem));
  if (problems.length > 0) process.exitCode = EXIT.expected;
}

/** `conversion-subnet config show` */
export async function runConfigShow(node: string | undefined, flags: Flags, command: Command): Promise<void> {
  const config = await readConfig(command, placesOf(command));
  const { sections } = config.table;
  if (node !== undefined && !sections.has(node))
    throw new UserError(`"${node}" is no part of the configuration.`, {
      hint: `${[...sections.keys()].join(", ")} are.`,
    });
  const parts = [...sections].filter(([name]) => node === undefined || name === node);
  const settings = parts.map(([name, one]) => ({
    name,
    command: pathOf(one).join(" "),
    all: effectiveOf(one, config),
  }));
  const { file, problems } = config;
  if (flags.json === true) {
    const values = settings.map(({ name, all }) => [
      name,
      Object.fromEntries(
        all.map((one) => [keyOf(one.option), { value: shown(one), from: one.from, place: one.place }]),
      ),
    ]);
    printJson({ file, settings: Object.fromEntries(values), problems });
    if (problems.length > 0) process.exitCode = EXIT.expected;
    return;
  }
  print(file === null ? "No file: environment, and defaults." : `File: ${file}`);
  for (const { command: name, all } of settings) {
    print(`\n${name}`);
    for (const line of columns(all.map((one) => [`  ${keyOf(one.option)}`, text(shown(one)), whence(one)])))
      print(line);
  }
  if (problems.length > 0) print("\nNot taken:");
  complain(problems);
}

/** `conversion-subnet config check` */
export async function runConfigCheck(flags: Flags, command: Command): Promise<void> {
  const { file, entries, problems } = await readConfig(command, placesOf(command));
  if (flags.json === true) {
    printJson({ file, ok: problems.length === 0, settings: entries.length, problems });
    if (problems.length > 0) process.exitCode = EXIT.expected;
    return;
  }
  complain(problems);
  if (problems.length > 0) return;
  const said = `${entries.length} settings, and nothing wrong with them.`;
  print(file === null ? `There is no file; the environment has ${said}` : `${file} and the environment: ${said}`);
}
