import type { Option } from "commander";
import { isCommon, keyOf, settingsOf } from "../config-flags.ts";
import type { SettingsTable } from "./table.ts";

/** Which parts a file holds. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  miner: ["miner"],
  validator: ["validator"],
  owner: ["validator", "localnet"],
};
/** What everybody looks at first: written as it is, all else behind a #. */
const PLAIN = new Set(["netuid", "subtensor.network", "wallet.name", "wallet.hotkey"]);
const DEFAULTS: Readonly<Record<string, string>> = { "subtensor.network": "local" };
/** On top, since they are the same for all nodes of one person. */
const TOP = /^(netuid|subtensor\.|wallet\.|logging\.)/;

function defaultText(option: Option): string | null {
  const key = keyOf(option);
  if (option.negate) return "true";
  if (!option.required && !option.optional) return "false";
  const value: unknown = option.defaultValue ?? DEFAULTS[key];
  if (value === undefined) return null;
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}
const placeholder = (option: Option) => (/[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? "").toUpperCase();

function lines(option: Option, indent: string): string[] {
  const key = keyOf(option);
  const value = defaultText(option);
  const choices = option.argChoices === undefined ? "" : ` (${option.argChoices.join(", ")})`;
  // What `--no-x` does is what false says.
  const about = option.negate ? `false: ${option.description}` : `${option.description}${choices}`;
  return [`${indent}# ${about}`, `${indent}${PLAIN.has(key) ? "" : "# "}${key}: ${value ?? placeholder(option)}`];
}

/** A file for a role: every setting with its meaning and its default. */
export function templateOf(role: string, { sections }: SettingsTable): string {
  const parts = (PARTS[role] ?? []).flatMap((name) => {
    const command = sections.get(name);
    return command === undefined ? [] : [{ name, options: settingsOf(command).filter(({ hidden }) => !hidden) }];
  });
  const top = new Map<string, Option>();
  for (const { options } of parts)
    for (const one of options)
      if (isCommon(keyOf(one)) && TOP.test(keyOf(one))) top.set(keyOf(one), top.get(keyOf(one)) ?? one);
  const body = parts.flatMap(({ name, options }) => [
    "",
    `${name}:`,
    ...options.filter((one) => !top.has(keyOf(one))).flatMap((one) => lines(one, "  ")),
  ]);
  return [
    `# Settings of conversion-subnet for ${role === "owner" ? "an owner" : `a ${role}`}. Names are those of the flags, without --; \`config check\` reads them as the flags do.`,
    "# Flags stand over the environment (CONVERSION_SUBNET_*), that over this file, and a part of it over its top.",
    "# No passwords, phrases or tokens here: docs/configuration.md says where they belong.",
    "",
    ...[...top.values()].flatMap((one) => lines(one, "")),
    ...body,
    "",
  ].join("\n");
}
