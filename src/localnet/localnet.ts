import {
  type Clock,
  createAbortController,
  createClosers,
  InvalidArgumentError,
  type Logger,
  runEvery,
} from "../core/index.ts";
import { type RunningServer, serve } from "../protocol/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { type Ledger, ledgerOf } from "./ledger.ts";
import { createLedgerApp } from "./ledger-app.ts";
import { isLoopback } from "./loopback.ts";
import { genesis, type LedgerOptions, type LedgerState } from "./state.ts";
import { type LedgerStore, openLedgerStore } from "./store.ts";

/** Values of a local network. */
export interface LocalnetOptions extends LedgerOptions {
  /** Real milliseconds from one block to the next; the ledger's own clock takes the same when it begins. */
  readonly blockTimeMs: number;
  /** Where the ledger is served; null = in this process only. Loopback only. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /**
   * Folder that the ledger is kept in; null or left out = in memory. A chain that is there already goes on: seed, subnets and accounts are
   * then the ones it began with.
   */
  readonly stateFolder?: string | null;
  /** A snapshot is written so many blocks after the last. Default 1,000. */
  readonly saveEveryBlocks?: number;
}
/** An option that a ledger from a folder does not follow. */
export interface Outdone {
  /** `seed`, `faucetRao`, `accounts`, `subnets`, or a setting of a subnet: `tempo`. */
  readonly option: string;
  readonly asked: string;
  readonly kept: string;
}
/** A ledger that makes blocks by itself. */
export interface Localnet {
  /** With a folder: use it once `start` has taken up what is there. */
  readonly ledger: Ledger;
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): {
    readonly block: number;
    readonly url: string | null;
    /** Options that count for nothing, because the ledger that was taken up began otherwise. */
    readonly outdone: readonly Outdone[];
  };
}

/** What of the options a ledger does not follow, since it began with others. */
function outdoneBy({ seed, subnets = {}, faucetRao, accounts = {} }: LocalnetOptions, state: LedgerState): Outdone[] {
  const found: Outdone[] = [];
  const compare = (option: string, asked: unknown, kept: unknown) => {
    if (String(asked) !== String(kept)) found.push({ option, asked: String(asked), kept: String(kept) });
  };
  compare("seed", seed, state.seed);
  if (faucetRao !== undefined) compare("faucetRao", faucetRao, state.faucetRao);
  if (Object.keys(accounts).some((account) => !state.balances.has(account)))
    found.push({ option: "accounts", asked: String(Object.keys(accounts).length), kept: "those it began with" });
  for (const [netuid, changes] of Object.entries(subnets)) {
    const subnet = state.subnets.get(Number(netuid));
    if (subnet === undefined) compare("subnets", netuid, [...state.subnets.keys()].join(", "));
    else {
      const kept = new Map<string, unknown>(Object.entries(subnet.settings));
      for (const [name, asked] of Object.entries(changes)) compare(name, asked, kept.get(name));
    }
  }
  return found;
}

/** So large a journal is replaced by a snapshot, however few blocks it holds. */
const LARGEST_JOURNAL_BYTES = 16_000_000;

/**
 * A ledger with a block every `blockTimeMs`, served on loopback for nodes in other processes when asked, and kept on disk when asked.
 *
 * @throws {InvalidArgumentError} for an address that is not loopback: there is nothing of value here, and no guard.
 * @example
 * const localnet = createLocalnet({ seed: 7, blockTimeMs: 1_000, listen: { host: "127.0.0.1", port: 9944 } }, { clock, logger });
 * await localnet.start();
 * localnet.status().url; // "http://127.0.0.1:9944"
 */
export function createLocalnet(
  options: LocalnetOptions,
  { clock, logger }: { clock: Clock; logger: Logger },
): Localnet {
  const { listen, blockTimeMs, stateFolder = null, saveEveryBlocks = 1_000 } = options;
  if (!(blockTimeMs > 0))
    throw new InvalidArgumentError({ argument: "blockTimeMs", problem: "must be positive", value: blockTimeMs });
  if (listen !== null && !isLoopback(listen.host)) {
    throw new InvalidArgumentError({ argument: "host", problem: "must be a loopback address", value: listen.host });
  }
  let state = genesis(options);
  let store: LedgerStore | null = null;
  let savedAtBlock = 0;
  let outdone: readonly Outdone[] = [];
  const ledger = ledgerOf(() => state, {
    journal: (operation) => store?.append(operation),
    onReveal: ({ problem, ...where }) =>
      problem === null
        ? logger.debug("Timelocked weights revealed", where)
        : logger.warn("Timelocked weights thrown away", { ...where, problem }),
  });
  const closers = createClosers();
  const controller = createAbortController();
  let server: RunningServer | null = null;

  const takeUp = async (folder: string) => {
    if (state.block > 0 || state.blockHash !== state.genesisHash)
      throw new InvalidArgumentError({ argument: "ledger", problem: "was used before start took up its state" });
    const opened = await openLedgerStore(folder, () => state);
    outdone = outdoneBy(options, opened.state);
    ({ state, store } = opened);
    savedAtBlock = state.block;
    closers.push("ledger state", async () => {
      await opened.store.save(state);
      store = null;
      await opened.store.close();
    });
    logger.info(opened.isNew ? "Ledger begun" : "Ledger taken up", { folder, block: state.block, seed: state.seed });
  };
  const makeBlock = async () => {
    ledger.produceBlock();
    if (store === null) return;
    if (state.block - savedAtBlock < saveEveryBlocks && store.journalBytes < LARGEST_JOURNAL_BYTES) return;
    savedAtBlock = state.block;
    await store.save(state);
  };

  return {
    ledger,
    async start() {
      if (stateFolder !== null) await takeUp(stateFolder);
      if (listen !== null) {
        const self = keypairFromUri(`//ledger/${state.seed}`).address;
        server = await serve(createLedgerApp({ self }, { ledger, clock, logger }), {
          ...listen,
          signal: controller.signal,
        });
        closers.push("ledger server", () => server?.close());
        logger.info("Ledger serving: a chain for development, with no peers and no value", { url: server.url });
      }
      const blocks = runEvery(blockTimeMs, makeBlock, { signal: controller.signal, logger, what: "block" });
      closers.push("block loop", async () => void (await blocks));
    },
    async stop() {
      controller.abort(new Error("The local network was stopped."));
      await closers.closeAll();
      server = null;
    },
    status: () => ({ block: ledger.block, url: server?.url ?? null, outdone }),
  };
}
