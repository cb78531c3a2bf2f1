import { type Command, InvalidArgumentError, Option } from "commander";

/** What commander hands to an action: the options, dotted names as they are. */
export type Flags = Readonly<Record<string, unknown>>;

/** A whole number of at least `least`. */
export const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  }
  return value;
};
/** A number above 0. */
export const positive = (text: string) => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
};
/** A number of at least 0. */
export const notNegative = (text: string) => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number of at least 0.");
  return value;
};
/** Any number, or NaN. */
export const numberOrNan = (text: string) => {
  const value = text.toLowerCase() === "nan" ? Number.NaN : Number(text);
  if (text.trim() === "" || (!Number.isFinite(value) && !/^nan$/i.test(text))) {
    throw new InvalidArgumentError("It must be a number, or NaN.");
  }
  return value;
};
/** A factor, or "max". */
export const speed = (text: string) => (text === "max" ? "max" : positive(text));
/** "64,32". */
export const sizes = (text: string) => text.split(",").map(whole(1));
/** "5Grw...,5FHn...": addresses, not names of keys. */
export const hotkeys = (text: string) =>
  text.split(",").map((address) => {
    const trimmed = address.trim();
    if (/^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(trimmed)) return trimmed;
    throw new InvalidArgumentError(`"${trimmed}" is no SS58 address: give addresses, not names of hotkeys.`);
  });
/** "btauth,axon": the formats of signed HTTP, the preferred one first. */
export const wires = (text: string) =>
  text.split(",").map((name) => {
    if (name === "btauth" || name === "axon") return name;
    throw new InvalidArgumentError(`"${name}" is no wire format: btauth (SDK 11) and axon (SDK 10 and before) are.`);
  });
const REPEATED = new WeakSet<object>();
/** A parser of a flag that may be given again: it adds to what came before. */
export const repeated = <Parse extends (text: string, before?: never) => unknown>(parse: Parse): Parse => {
  REPEATED.add(parse);
  return parse;
};
/** Whether a flag that this parses may be given again. */
export const isRepeated = (parse: object) => REPEATED.has(parse);

/** "4,8,60s": after so many messages, or so many seconds after the first. */
export const landmarks = (text: string): (number | string)[] =>
  text.split(",").map((part) => {
    const [, time] = /^(.*)s$/.exec(part.trim()) ?? [];
    return time === undefined ? whole(1)(part) : `${positive(time)}s`;
  });
/** "shop=2,90s", given again for another source. */
export const landmarksBySource = repeated(
  (text: string, before: Readonly<Record<string, readonly (number | string)[]>> = {}) => {
    const at = text.lastIndexOf("=");
    if (at < 1) throw new InvalidArgumentError("It must be a source and landmarks: shop=2,90s");
    return { ...before, [text.slice(0, at)]: landmarks(text.slice(at + 1)) };
  },
);
/** "60,120.5". */
export const seconds = (text: string) => text.split(",").map(positive);
/** A number between 0 and 1. */
export const share = (text: string) => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("It must be between 0 and 1.");
  return value;
};

/** "0,1,2". */
export const uids = (text: string) => text.split(",").map(whole(0));
/** ".5,.3,.2": numbers of at least 0. */
export const numbers = (text: string) =>
  text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
    throw new InvalidArgumentError(`"${part}" is no number of at least 0.`);
  });

/** Options that several commands share. */
export const option = {
  json: () => new Option("--json", "print one JSON object, and nothing else, on stdout"),
  seed: () => new Option("--seed <number>", "tells everything that is drawn").argParser(whole(0)).default(7),
  wires: (what: string, { axonSince }: { axonSince: string }) =>
    new Option("--wires <names>", `${what}: btauth (SDK 11), axon (SDK ${axonSince} to 10)`)
      .argParser(wires)
      .default(["btauth", "axon"], "btauth,axon"),
  netuid: () => new Option("--netuid <number>", "subnet").argParser(whole(0)).default(1),
  scoring: () =>
    new Option("--scoring <mode>", "how answers are paid")
      .choices(["seed-v1", "readme-v1", "proper-v1"])
      .default("seed-v1"),
};
/** Which subnet of which chain, in Bittensor's spelling. */
export const chainFlags = (command: Command) =>
  command
    .addOption(option.netuid())
    .option("--subtensor.network <name>", "local, finney, test, archive, or an address (default: local)")
    .option("--subtensor.chain_endpoint <url>", "address of the chain, before --subtensor.network");
/** Which key, in Bittensor's spelling. */
export const walletFlags = (command: Command) =>
  command
    .option("--wallet.name <name>", "wallet (coldkey)", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default")
    .option("--wallet.path <folder>", "folder of wallets (default: ~/.bittensor/wallets)");
/** How loud. */
export const logFlags = (command: Command) =>
  command
    .option("--logging.debug", "say more")
    .option("--logging.trace", "say everything")
    .option("--logging.json", "one JSON object a line");
/** What stands under the help of a command. */
export const examples = (...lines: string[]) =>
  `\nExamples:\n${lines.map((line) => `  $ conversion-subnet ${line}`).join("\n")}`;
