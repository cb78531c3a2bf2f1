import { type Chain, ChainRefusedError } from "../chain/index.ts";
import { systemClock, UserError } from "../core/index.ts";
import { connectLedger } from "../localnet/index.ts";
import type { Flags } from "./flags.ts";

/** Where `localnet` serves when nothing else is said. */
const LOCAL_ENDPOINT = "http://127.0.0.1:9944";

/**
 * The chain that the flags name: an explicit endpoint, else an explicit network. `local` is BT_SUBTENSOR_CHAIN_ENDPOINT,
 * or {@link LOCAL_ENDPOINT}.
 */
export function connectChain(flags: Flags): Chain {
  const explicit = flags["subtensor.chain_endpoint"];
  const network = String(flags["subtensor.network"] ?? "local");
  const named = /^https?:\/\//.test(network) ? network : undefined;
  const local = network === "local" ? (process.env.BT_SUBTENSOR_CHAIN_ENDPOINT ?? LOCAL_ENDPOINT) : undefined;
  const endpoint = typeof explicit === "string" ? explicit : (named ?? local);
  if (endpoint === undefined) {
    throw new UserError(`The network "${network}" cannot be reached by this version.`, {
      hint: "Subtensor comes with a later version; until then use --subtensor.network local and `npx conversion-subnet localnet`.",
    });
  }
  if (!/^http:\/\/[^/?#]+\/?$/.test(endpoint)) {
    throw new UserError(`The endpoint ${endpoint} is not a served ledger.`, {
      hint: `It looks like ${LOCAL_ENDPOINT}`,
    });
  }
  return connectLedger({ endpoint: endpoint.replace(/\/$/, "") }, { clock: systemClock });
}

/** The command that registers the hotkey of these flags, on the chain of these flags. */
export function registerCommand(flags: Flags): string {
  const names = [
    "netuid",
    "subtensor.network",
    "subtensor.chain_endpoint",
    "wallet.name",
    "wallet.hotkey",
    "wallet.path",
  ];
  const given = names.flatMap((name) => (flags[name] === undefined ? [] : [`--${name} ${String(flags[name])}`]));
  return `npx conversion-subnet subnets register ${given.join(" ")}`;
}

/** Runs what asks the chain; a hotkey that is not registered is told the very command that registers it. */
export async function withRegisterHint<T>(flags: Flags, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChainRefusedError) || error.refusal !== "HotKeyNotRegisteredInSubNet") throw error;
    const { refusal, values } = error;
    throw new ChainRefusedError({ refusal, values, hint: `Register it: ${registerCommand(flags)}` });
  }
}

/** `--netuid`. */
export function netuidOf(flags: Flags): number {
  return Number(flags.netuid);
}
