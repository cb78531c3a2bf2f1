import type { Argument, Command, Option } from "commander";
import { keyOf, pathOf } from "../config-flags.ts";

/** What may stand as a value: these words, a file, a folder, or what nobody can foretell. */
export type Values = readonly string[] | "file" | "folder" | "any";
/** A flag as a shell sees it. */
export interface Flag {
  /** `--wallet.name`, `-h`. */
  readonly names: readonly string[];
  readonly about: string;
  /** Null = it takes none. */
  readonly values: Values | null;
}
/** A command as a shell sees it. */
export interface Node {
  /** "miner run"; "" = the program. */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly about: string }[];
  readonly flags: readonly Flag[];
  /** Of its arguments, one set for all. */
  readonly values: Values;
}

/** Values that are words though their flags take other texts too. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "subtensor.network": ["local", "finney", "test", "archive"],
  wires: ["btauth", "axon", "btauth,axon"],
  speed: ["max"],
};
const FILE = /<(file|path|model)>/;
const FOLDER = /<folder>/;
/** Arguments that name no file. */
const NAMED = new Set(["id", "conversation", "node", "command"]);

function valuesOf(option: Option): Values | null {
  if (!option.required && !option.optional) return null;
  const words = option.argChoices ?? WORDS[keyOf(option)];
  return words ?? (FILE.test(option.flags) ? "file" : FOLDER.test(option.flags) ? "folder" : "any");
}
function argumentValues(given: readonly Argument[]): Values {
  const words = given.flatMap(({ argChoices }) => argChoices ?? []);
  if (words.length > 0) return words;
  return given.some((one) => !NAMED.has(one.name())) ? "file" : "any";
}

/** Every command of a program, the program first; hidden ones and hidden flags are left out. */
export function commandTree(command: Command): readonly Node[] {
  const help = command.createHelp();
  const flags = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map((option) => ({
    names: [option.long, option.short].filter((name) => name !== undefined),
    about: option.description,
    values: valuesOf(option),
  }));
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const node: Node = {
    path: pathOf(command).join(" "),
    children: children.map((child) => ({ name: child.name(), about: child.description() })),
    flags,
    values: argumentValues(command.registeredArguments),
  };
  return [node, ...children.flatMap(commandTree)];
}

/** Flags with values, by what they take: where one name takes the same everywhere, its command is "*". */
export function valueRules(tree: readonly Node[]): { path: string; names: readonly string[]; values: Values }[] {
  const rules = tree.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, values }) => (values === null ? [] : [{ path, names, values }])),
  );
  const text = ({ names, values }: { names: readonly string[]; values: Values }) => `${names.join()} ${values}`;
  const kinds = new Map<string, Set<string>>();
  for (const rule of rules) kinds.set(rule.names.join(), (kinds.get(rule.names.join()) ?? new Set()).add(text(rule)));
  const seen = new Set<string>();
  return rules.flatMap((rule) => {
    if (kinds.get(rule.names.join())?.size !== 1) return [rule];
    if (seen.has(text(rule))) return [];
    seen.add(text(rule));
    return [{ ...rule, path: "*" }];
  });
}
