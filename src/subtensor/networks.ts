import { UserError } from "../core/index.ts";

/** A chain that is known by its name. */
export interface SubtensorNetwork {
  /** The favourite first. */
  readonly endpoints: readonly string[];
  /** Hash of block 0; undefined = every chain may be it. */
  readonly genesisHash: string | undefined;
}

const FINNEY = "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03";
const TEST = "0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105";

/** The chains known by name. `archive` is finney with all its past. */
export const SUBTENSOR_NETWORKS = {
  finney: {
    endpoints: [
      "wss://entrypoint-finney.opentensor.ai:443",
      "wss://lite.chain.opentensor.ai:443",
      "wss://lite.sub.latent.to:443",
    ],
    genesisHash: FINNEY,
  },
  test: { endpoints: ["wss://test.finney.opentensor.ai:443"], genesisHash: TEST },
  archive: {
    endpoints: ["wss://archive.chain.opentensor.ai:443", "wss://archive.sub.latent.to:443"],
    genesisHash: FINNEY,
  },
  local: { endpoints: ["ws://127.0.0.1:9944"], genesisHash: undefined },
} as const satisfies Record<string, SubtensorNetwork>;

/** A chain known by name. */
export type SubtensorNetworkName = keyof typeof SUBTENSOR_NETWORKS;

/**
 * Whether a text names a network of Subtensor.
 *
 * @example
 * isSubtensorNetwork("finney"); // true
 */
export function isSubtensorNetwork(name: string): name is SubtensorNetworkName {
  return Object.hasOwn(SUBTENSOR_NETWORKS, name);
}

/** What somebody may say about where the chain is. */
export interface NetworkChoice {
  /** Goes before everything else. */
  readonly endpoints?: readonly string[] | undefined;
  /** A name, or a `ws(s)://` URL, or several with commas between. */
  readonly network?: string | undefined;
}

/** Where a chain is, and what to call it in logs. */
export interface ResolvedNetwork extends SubtensorNetwork {
  readonly network: string;
}

const isUrl = (text: string) => /^wss?:\/\//.test(text);
const listOf = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
/** For logs: its name where the endpoint is a known one, else the host. */
function nameOf(endpoint: string): string {
  const known = Object.entries(SUBTENSOR_NETWORKS).find(([, { endpoints }]) =>
    endpoints.some((one) => one === endpoint),
  );
  return known?.[0] ?? (URL.canParse(endpoint) ? new URL(endpoint).host : endpoint);
}

function fromEndpoints(endpoints: readonly string[]): ResolvedNetwork {
  const network = nameOf(endpoints[0] ?? "");
  const genesisHash = isSubtensorNetwork(network) ? SUBTENSOR_NETWORKS[network].genesisHash : undefined;
  return { network, endpoints, genesisHash };
}

function fromName(name: string): ResolvedNetwork {
  if (isSubtensorNetwork(name)) return { network: name, ...SUBTENSOR_NETWORKS[name] };
  const endpoints = listOf(name);
  if (endpoints.length > 0 && endpoints.every(isUrl)) return fromEndpoints(endpoints);
  throw new UserError(`"${name}" is no network.`, {
    hint: `Known are ${Object.keys(SUBTENSOR_NETWORKS).join(", ")}, and any ws:// or wss:// address.`,
  });
}

/**
 * Where the chain is: endpoints go before a network, and nothing is finney. Who reads the environment is the caller.
 *
 * @throws {UserError} for a name that nobody knows.
 * @example
 * resolveNetwork({ network: "test" }).endpoints; // ["wss://test.finney.opentensor.ai:443"]
 */
export function resolveNetwork({ endpoints, network }: NetworkChoice): ResolvedNetwork {
  return endpoints !== undefined && endpoints.length > 0 ? fromEndpoints(endpoints) : fromName(network || "finney");
}
