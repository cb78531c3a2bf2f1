import type { Command, Option } from "commander";
import { isCommon, isNode, keyOf, leavesOf, NODES, pathOf, sectionOf, settingsOf } from "../config-flags.ts";

export const ENV_PREFIX = "CONVERSION_SUBNET_";
/** Names a file, as `--config` does. */
export const ENV_FILE = `${ENV_PREFIX}CONFIG`;
/** Variables under this prefix that are no settings: where our own files are, and a secret that no file may hold. */
export const OWN_ENV: ReadonlySet<string> = new Set([`${ENV_PREFIX}HOME`, `${ENV_PREFIX}ADMIN_TOKEN`]);
/** Variables of Bittensor's own tools that say the same, the first one first. */
export const ENV_ALIASES: Readonly<Record<string, readonly string[]>> = {
  "subtensor.chain_endpoint": ["BT_SUBTENSOR_CHAIN_ENDPOINT"],
  "subtensor.network": ["BT_SUBTENSOR_NETWORK", "BT_NETWORK"],
  "wallet.path": ["BT_WALLET_PATH"],
};
/** Two that say the same: one from a higher place puts the other out, and in one place the first comes first. */
export const RIVALS: readonly (readonly [first: string, second: string])[] = [
  ["subtensor.chain_endpoint", "subtensor.network"],
];

/** The one rule: upper case, and every dot or hyphen an underline. `axon.external_ip`: CONVERSION_SUBNET_AXON_EXTERNAL_IP. */
export const envOf = (key: string) => `${ENV_PREFIX}${key.toUpperCase().replace(/[-.]/g, "_")}`;

/** One name that file and environment may give, and what takes it. */
export interface Setting {
  readonly key: string;
  readonly env: string;
  /** The options of that name, each with its command. */
  readonly uses: readonly { readonly command: Command; readonly option: Option }[];
}
/** All that file and environment may say, made of the flags of the commands. */
export interface SettingsTable {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly sections: ReadonlyMap<string, Command>;
  /** Names that are taken in a part of the file; null = on top. */
  keysOf(section: string | null): ReadonlySet<string>;
  /** Those that judge a value: the options of that name in a part, or everywhere. */
  judgesOf(key: string, section: string | null): readonly Option[];
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));

/** The table of a command line. */
export function settingsTable(anyCommand: Command): SettingsTable {
  const settings = new Map<string, Setting>();
  const sections = new Map<string, Command>();
  const keys = new Map<string | null, Set<string>>([[null, new Set()]]);
  for (const command of leavesOf(rootOf(anyCommand))) {
    const section = isNode(command) ? sectionOf(command) : null;
    if (section !== null) sections.set(section, command);
    for (const option of settingsOf(command)) {
      const key = keyOf(option);
      const earlier = settings.get(key);
      settings.set(key, { key, env: envOf(key), uses: [...(earlier?.uses ?? []), { command, option }] });
      if (isCommon(key)) keys.get(null)?.add(key);
      if (section !== null) keys.set(section, (keys.get(section) ?? new Set()).add(key));
    }
  }
  return {
    settings,
    // In the order of the table, whatever the help's is.
    sections: new Map(
      Object.keys(NODES).flatMap((name) => (sections.has(name) ? [[name, sections.get(name)]] : [])) as [
        string,
        Command,
      ][],
    ),
    keysOf: (section) => keys.get(section) ?? new Set(),
    judgesOf(key, section) {
      const uses = settings.get(key)?.uses ?? [];
      const own = uses.filter(({ command }) => section !== null && sections.get(section) === command);
      return (own.length > 0 ? own : uses).map(({ option }) => option);
    },
  };
}

/** The table of docs/configuration.md. */
export function settingsMarkdown(program: Command): string {
  const { settings } = settingsTable(program);
  const rows = [...settings.values()].map(({ key, env, uses }) => {
    const nodes = uses.filter(({ command }) => isNode(command)).map(({ command }) => pathOf(command).join(" "));
    const others = uses.length - nodes.length;
    const [{ option } = { option: null }] = uses;
    const value =
      option === null ? "" : (/[<[].*[>\]]/.exec(option.flags)?.[0] ?? "true or false").replace(/[<>[\]]/g, "");
    const readBy = [...nodes.map((name) => `\`${name}\``), ...(others > 0 ? [`${others} that ask`] : [])];
    return `| \`${key}\` | \`${env}\` | ${value.replace("|", "\\|")} | ${readBy.join(", ")} |`;
  });
  return ["| key, and flag after `--` | environment | value | read by |", "|---|---|---|---|", ...rows.sort()].join(
    "\n",
  );
}
