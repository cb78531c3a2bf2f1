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
import { createLedger, type Ledger } from "./ledger.ts";
import { createLedgerApp } from "./ledger-app.ts";
import { isLoopback } from "./loopback.ts";
import type { LedgerOptions } from "./state.ts";

/** Values of a local network. */
export interface LocalnetOptions extends LedgerOptions {
  readonly blockTimeMs: number;
  /** Where the ledger is served; null = in this process only. Loopback only. */
  readonly listen: { readonly host: string; readonly port: number } | null;
}
/** A ledger that makes blocks by itself. */
export interface Localnet {
  readonly ledger: Ledger;
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): { readonly block: number; readonly url: string | null };
}

/**
 * A ledger with a block every `blockTimeMs`, served on loopback for nodes in other processes when asked.
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
  const { listen, blockTimeMs } = options;
  if (!(blockTimeMs > 0))
    throw new InvalidArgumentError({ argument: "blockTimeMs", problem: "must be positive", value: blockTimeMs });
  if (listen !== null && !isLoopback(listen.host)) {
    throw new InvalidArgumentError({ argument: "host", problem: "must be a loopback address", value: listen.host });
  }
  const ledger = createLedger(options);
  const closers = createClosers();
  const controller = createAbortController();
  let server: RunningServer | null = null;
  return {
    ledger,
    async start() {
      if (listen !== null) {
        const self = keypairFromUri(`//ledger/${options.seed}`).address;
        server = await serve(createLedgerApp({ self }, { ledger, clock, logger }), {
          ...listen,
          signal: controller.signal,
        });
        closers.push("ledger server", () => server?.close());
        logger.info("Ledger serving: a chain for development, with no consensus, no peers and no value", {
          url: server.url,
        });
      }
      const blocks = runEvery(blockTimeMs, async () => void ledger.produceBlock(), {
        signal: controller.signal,
        logger,
        what: "block",
      });
      closers.push("block loop", async () => void (await blocks));
    },
    async stop() {
      controller.abort(new Error("The local network was stopped."));
      await closers.closeAll();
      server = null;
    },
    status: () => ({ block: ledger.block, url: server?.url ?? null }),
  };
}
