import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Flags } from "./flags.ts";

/**
 * Where a neuron keeps what is its own: in the folder that Bittensor's neurons have for it.
 *
 * ```
 * ~/.bittensor/miners/WALLET/HOTKEY/netuid1/miner/      miner.log miner.log.1 ...
 * ~/.bittensor/miners/WALLET/HOTKEY/netuid1/validator/  validator.log history.db
 * ```
 */
export function neuronFolder(flags: Flags, kind: "miner" | "validator"): string {
  const home = homedir();
  const given = flags["logging.logging_dir"];
  const folder =
    typeof given === "string" ? resolve(given.replace(/^~(?=$|\/)/, home)) : join(home, ".bittensor", "miners");
  const [wallet, hotkey] = [String(flags["wallet.name"]), String(flags["wallet.hotkey"])];
  return join(folder, wallet, hotkey, `netuid${Number(flags.netuid)}`, kind);
}

/**
 * Where a neuron's log is, when it is asked to keep one: where `--logging.file FILE` says, or in its folder. It holds JSON lines, whatever
 * the terminal gets; the full files beside it are told by `logFilesOf(path)` of core. Null = it was not asked.
 */
export function logPathOf(flags: Flags, kind: "miner" | "validator"): string | null {
  const file = flags["logging.file"];
  if (typeof file === "string") return resolve(file);
  return file === true ? defaultLogPath(flags, kind) : null;
}

/** Where it is with `--logging.file` alone. */
export const defaultLogPath = (flags: Flags, kind: "miner" | "validator"): string =>
  join(neuronFolder(flags, kind), `${kind}.log`);
