import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { errorText, UserError } from "../core/index.ts";
import { explain, explanationLines, type ScoringMode } from "../scoring/index.ts";
import { signExplanation, verifyExplanation } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { withHistory } from "./history-anywhere.ts";
import { print, printJson } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";

const isMode = (value: unknown): value is ScoringMode =>
  typeof value === "object" &&
  value !== null &&
  ["name", "version", "constants", "score", "average"].every((key) => key in value);

/** The scoring modes that the file of `--scoring.module` exports. */
export async function ownModes(flags: Flags): Promise<ScoringMode[]> {
  const file = flags["scoring.module"];
  if (typeof file !== "string") return [];
  let exported: unknown;
  try {
    exported = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UserError(`The scoring modes of ${file} cannot be loaded: ${errorText(error)}`, { cause: error });
  }
  const modes = Object.values(typeof exported === "object" && exported !== null ? exported : {}).filter(isMode);
  if (modes.length > 0) return modes;
  throw new UserError(`${file} exports no scoring mode.`, {
    hint: "Export a value with name, version, constants, score and average: examples/custom-scoring.ts shows one.",
  });
}

/** `conversion-subnet explain` */
export async function runExplain(question: number, hotkey: string, flags: Flags): Promise<void> {
  const own = await ownModes(flags);
  const explained = await withHistory(flags, "read", async ({ history }) => {
    const record = await history.question(question);
    if (record !== undefined) return explain(record, hotkey, { own });
    const [newest] = await history.latest(1);
    const hint = newest === undefined ? "It holds none." : `The newest is ${newest}; old ones may be pruned.`;
    throw new UserError(`The history holds no question ${question}.`, { hint });
  });
  if (flags.sign === true) {
    const { signer } = await unlockKey(flags, "hotkey");
    return printJson(await signExplanation(explained, signer));
  }
  if (flags.json === true) return printJson(explained);
  for (const line of explanationLines(explained)) print(line);
}

/** `conversion-subnet check-explanation` */
export async function runCheckExplanation(file: string, flags: Flags): Promise<void> {
  const own = await ownModes(flags);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file} cannot be read as JSON: ${errorText(error)}`, { cause: error });
  }
  const { signed, holds, reason, validator, explanation } = verifyExplanation(value, { own });
  if (flags.json === true) printJson({ signed, holds, reason, validator, explanation });
  else {
    for (const line of explanationLines(explanation)) print(line);
    print(`signed      ${signed ? `by ${validator}` : `NOT by ${validator}`}`);
    print(`number      ${holds === null ? "not checked" : holds ? "holds" : "DOES NOT HOLD"}: ${reason}`);
  }
  if (!signed || holds === false) process.exitCode = 1;
}
