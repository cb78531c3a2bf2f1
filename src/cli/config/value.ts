import { homedir } from "node:os";
import { InvalidArgumentError, type Option } from "commander";
import { isRepeated } from "../flags.ts";
import type { Entry } from "./entries.ts";
import { secretIn } from "./secrets.ts";

/** What a flag makes of a value, or why it refuses it. */
export type Judged = { readonly value: unknown } | { readonly problem: string };

/** Addresses of a chain, one after another where there are more. */
const LISTED = new Set(["subtensor.chain_endpoint", "subtensor.network"]);
const BOOLEAN: Readonly<Record<string, boolean>> = { true: true, false: false, "1": true, "0": false };

/** A shell does it for a flag, and nobody for a file. */
const atHome = (option: Option, text: string) =>
  /<(file|folder|path)>/.test(option.flags) ? text.replace(/^~(?=$|\/)/, homedir()) : text;

/** Hands a value to the parser of its flag. */
export function judge(option: Option, { key, texts, isList }: Entry): Judged {
  if (!option.required && !option.optional) {
    const [text = ""] = texts;
    const value = isList ? undefined : BOOLEAN[text];
    return value === undefined ? { problem: `${key} is true or false, and not "${texts.join(",")}"` } : { value };
  }
  const given = texts.map((text) => atHome(option, text));
  const { parseArg } = option;
  const mayBeList = parseArg === undefined ? LISTED.has(key) : option.argChoices === undefined;
  if (isList && !mayBeList) return { problem: `${key} wants one value, and not a list` };
  if (parseArg === undefined) return { value: given.join(",") };
  const parts = isRepeated(parseArg) ? given : [given.join(",")];
  try {
    return { value: parts.reduce<unknown>((before, text) => parseArg(text, before), undefined) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const said = secretIn(key, given.join(",")) === null ? `: "${given.join(",")}"` : "";
    return { problem: `${key} is refused${said}. ${error.message}` };
  }
}
