import { type Chain, ChainRefusedError, meteredChain } from "../chain/index.ts";
import { createAbortController, type Logger, type Metrics, systemClock, UserError } from "../core/index.ts";
import { connectLedger } from "../localnet/index.ts";
import { connectSubtensor, isSubtensorNetwork } from "../subtensor/index.ts";
import type { Flags } from "./flags.ts";
import { loggerOf } from "./terminal.ts";

/** Where `localnet` serves when nothing else is said. */
const LOCAL_ENDPOINT = "http://127.0.0.1:9944";
/** Deadline of what a command asks of Subtensor: somebody waits for it, unlike for a node. */
const COMMAND_TIMEOUT_MS = 12_000;
const LEDGER_URL = /^http:\/\/[^/?#]+\/?$/;

/** Where the ledger of this machine is: BT_SUBTENSOR_CHAIN_ENDPOINT where it is a ledger's, else {@link LOCAL_ENDPOINT}. */
function localEndpoint(env: NodeJS.ProcessEnv = process.env): string {
  const endpoint = env.BT_SUBTENSOR_CHAIN_ENDPOINT?.trim() ?? "";
  return LEDGER_URL.test(endpoint) ? endpoint.replace(/\/$/, "") : LOCAL_ENDPOINT;
}

/** Endpoints that the flags name, or a network's name: explicit endpoint, explicit network, environment, default. */
export function networkOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): string {
  const text = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined);
  return (
    text(flags["subtensor.chain_endpoint"]) ??
    text(flags["subtensor.network"]) ??
    text(env.BT_SUBTENSOR_CHAIN_ENDPOINT) ??
    text(env.BT_SUBTENSOR_NETWORK) ??
    text(env.BT_NETWORK) ??
    "local"
  );
}

/** Who is told how a node's chain does. */
export interface ChainWatchers {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The chain that the flags name. `local` is a served ledger at {@link LOCAL_ENDPOINT}, as is any `http://` address; `finney`, `test` and
 * `archive`, and `ws://` and `wss://` addresses (several, with commas between) are Subtensor.
 *
 * @throws {UserError} for a name that is none of these.
 */
export function connectChain(
  flags: Flags,
  {
    onDead,
    timeoutMs,
    node,
  }: { onDead?: (error: unknown) => void; timeoutMs?: number | undefined; node?: ChainWatchers | undefined } = {},
): Chain {
  const network = networkOf(flags);
  if (network === "local") return connectLedger({ endpoint: localEndpoint() }, { clock: systemClock });
  if (LEDGER_URL.test(network)) return connectLedger({ endpoint: network.replace(/\/$/, "") }, { clock: systemClock });
  const urls = network.split(",").map((url) => url.trim());
  if (isSubtensorNetwork(network) || urls.every((url) => /^wss?:\/\/[^/?#]+/.test(url)))
    return connectSubtensor(
      { network, ...(timeoutMs !== undefined && { timeoutMs }) },
      { clock: systemClock, logger: loggerOf(flags, "warn"), ...node, ...(onDead && { onDead }) },
    );
  throw new UserError(`"${network}" is no network.`, {
    hint: `finney, test, archive and local are, ws(s):// addresses of Subtensor nodes, and a served ledger's, which looks like ${LOCAL_ENDPOINT}`,
  });
}

/**
 * Runs what asks the chain, and hangs up after it. The work's signal is the caller's, and is aborted too when the connection is given
 * up for good: then this rejects with why, when the work has ended.
 */
export async function withChain<T>(
  flags: Flags,
  outer: AbortSignal,
  work: (chain: Chain, signal: AbortSignal) => Promise<T>,
  {
    connect = connectChain,
    timeoutMs,
    node,
  }: { connect?: typeof connectChain; timeoutMs?: number; node?: ChainWatchers } = {},
): Promise<T> {
  const controller = createAbortController();
  const passOn = () => controller.abort(outer.reason);
  if (outer.aborted) passOn();
  outer.addEventListener("abort", passOn, { once: true });
  let death: { readonly error: unknown } | null = null;
  const connected = connect(flags, {
    timeoutMs,
    node,
    onDead(error) {
      death = { error };
      controller.abort(error);
    },
  });
  const chain = node === undefined ? connected : meteredChain(connected, { ...node, clock: systemClock });
  try {
    const result = await work(chain, controller.signal);
    // Work that ends well when it is told to stop has not done what it was to do.
    if (death !== null) controller.signal.throwIfAborted();
    return result;
  } finally {
    outer.removeEventListener("abort", passOn);
    await chain.close();
  }
}

/** {@link withChain} for a command that somebody waits for: it gives up sooner than a node. */
export const withChainNow: typeof withChain = (flags, outer, work, options) =>
  withChain(flags, outer, work, { timeoutMs: COMMAND_TIMEOUT_MS, ...options });

/** {@link withChain} for a node, which counts what it asks and logs how its connection does. */
export const nodeChain =
  (node: ChainWatchers) =>
  <T>(flags: Flags, outer: AbortSignal, work: (chain: Chain, signal: AbortSignal) => Promise<T>): Promise<T> =>
    withChain(flags, outer, work, { node });

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

const NOT_REGISTERED = new Set(["HotKeyNotRegisteredInSubNet", "HotKeyNotRegisteredInNetwork"]);

/** Runs what asks the chain; a hotkey that is not registered is told the very command that registers it. */
export async function withRegisterHint<T>(flags: Flags, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChainRefusedError) || !NOT_REGISTERED.has(error.refusal)) throw error;
    const { refusal, values } = error;
    throw new ChainRefusedError({ refusal, values, hint: `Register it: ${registerCommand(flags)}` });
  }
}

/** `--netuid`. */
export function netuidOf(flags: Flags): number {
  return Number(flags.netuid);
}
