import { availableParallelism, networkInterfaces, totalmem } from "node:os";
import {
  type Chain,
  type ChainInfo,
  type Head,
  type Hyperparameters,
  type Metagraph,
  type Neuron,
  neuronOf,
} from "../../chain/index.ts";
import { type Clock, lockHolder, SubnetError, systemClock, UserError } from "../../core/index.ts";
import { type Keypair, readHotkey, readHotkeyPublic, type WalletLocation, walletPaths } from "../../wallet/index.ts";
import type { Flags } from "../flags.ts";
import { connectChain, netuidOf } from "../network.ts";
import { walletOf } from "../wallet.ts";

/** What there is of this machine. */
export interface Machine {
  /** "v22.1.0" */
  readonly nodeVersion: string;
  readonly cores: number;
  totalBytes(): number;
  /** What a process may still take; within a container's limit where there is one. */
  availableBytes(): number;
  /** IPv4 addresses of its network cards, loopback too. */
  addresses(): readonly string[];
}

/** The machine that this runs on. */
export const thisMachine: Machine = {
  nodeVersion: process.version,
  cores: availableParallelism(),
  totalBytes: totalmem,
  availableBytes: () => process.availableMemory(),
  addresses: () =>
    Object.values(networkInterfaces()).flatMap((cards = []) =>
      cards.flatMap(({ family, address }) => (family === "IPv4" ? [address] : [])),
    ),
};

/** Deadline of what is asked of a chain here: shorter than that of a check, so that it says why. */
const CHAIN_TIMEOUT_MS = 6_000;

/** Live parts of doctor; a test puts its own in their place. */
export interface DoctorModules {
  readonly clock: Clock;
  readonly machine: Machine;
  readonly connect: (flags: Flags) => Chain;
}
export const doctorModules: DoctorModules = {
  clock: systemClock,
  machine: thisMachine,
  connect: (flags) => connectChain(flags, { timeoutMs: CHAIN_TIMEOUT_MS }),
};

/** What checks need to know, found out once and by whoever asks first. */
export interface Facts extends DoctorModules {
  readonly as: "miner" | "validator";
  readonly flags: Flags;
  readonly netuid: number;
  readonly signal: AbortSignal;
  wallet(): WalletLocation;
  /** Address of the hotkey. */
  hotkey(): Promise<string>;
  /** The hotkey with its secret; null where that is under a password, for which nobody is asked. */
  keypair(): Promise<Keypair | null>;
  /** The running process that holds the hotkey; null = none. */
  holder(): Promise<number | null>;
  info(): Promise<ChainInfo>;
  head(): Promise<Head>;
  metagraph(): Promise<Metagraph>;
  hyperparameters(): Promise<Hyperparameters>;
  /** Rejects when the hotkey is not registered. */
  neuron(): Promise<Neuron>;
  close(): Promise<void>;
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** @param signal ends all that is asked of others. */
export function createFacts(
  as: "miner" | "validator",
  flags: Flags,
  modules: DoctorModules,
  signal: AbortSignal,
): Facts {
  const netuid = netuidOf(flags);
  const wallet = () => walletOf(flags);
  let chain: Chain | undefined;
  const connected = () => {
    chain ??= modules.connect(flags);
    return chain;
  };
  const hotkey = once(async () => (await readHotkeyPublic(wallet())).address);
  const metagraph = once(async () => connected().metagraph({ netuid }, { signal }));
  return {
    ...modules,
    ...{ as, flags, netuid, signal, wallet, hotkey, metagraph },
    keypair: once(async () =>
      readHotkey(wallet()).catch((error: unknown) => {
        if (error instanceof SubnetError && error.code === "KEYFILE_ENCRYPTED") return null;
        throw error;
      }),
    ),
    holder: once(async () => lockHolder(walletPaths(wallet()).hotkey)),
    info: once(async () => connected().info({ signal })),
    head: once(async () => connected().head({ signal })),
    hyperparameters: once(async () => connected().hyperparameters({ netuid }, { signal })),
    neuron: once(async () => {
      const found = neuronOf(await metagraph(), await hotkey());
      if (found === undefined) throw new UserError("the hotkey is not registered");
      return found;
    }),
    close: async () => chain?.close(),
  };
}

/** The node's own command with other flags, for a fix that can be pasted. */
export function runCommand({ as, flags }: Pick<Facts, "as" | "flags">, changes: Readonly<Record<string, string>> = {}) {
  const kept = ["netuid", "subtensor.network", "subtensor.chain_endpoint", "wallet.name", "wallet.hotkey"];
  const more = ["wallet.path", "model", "axon.ip", "axon.port", "axon.external_ip", "axon.external_port"];
  const own = as === "miner" ? [...kept, ...more] : [...kept, "wallet.path", "history", "events.port"];
  const words = [...own, ...Object.keys(changes).filter((name) => !own.includes(name))].flatMap((name) => {
    const value = changes[name] ?? flags[name];
    return value === undefined || value === null ? [] : [`--${name} ${quoted(String(value))}`];
  });
  return `npx conversion-subnet ${as} run ${words.join(" ")}`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
