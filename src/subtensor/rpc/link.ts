import type { Clock, Logger, Random } from "../../core/index.ts";
import { backoffMs } from "./backoff.ts";
import { type Connection, openConnection } from "./connection.ts";
import { printableEndpoint } from "./endpoint.ts";
import type { WrongChainError } from "./errors.ts";
import type { RpcOptions } from "./options.ts";

/** What a link tells. */
export interface LinkHandlers {
  onUp(connection: Connection): void;
  /** Of a connection that was up. */
  onLost(connection: Connection, problem: string): void;
  onSign(): void;
  onLate(): void;
  /** Every endpoint serves another chain. */
  onHopeless(error: WrongChainError): void;
}

/** One connection at a time, to whichever endpoint works. */
export interface Link {
  start(): void;
  stop(): void;
  /** The connection that is up. */
  current(): Connection | null;
  status(): { readonly connections: number; readonly lost: number; readonly problem: string | null };
  readonly genesisHash: string | undefined;
}

/**
 * Keeps a connection up: the endpoints in turn, with waits that double, each refused for good if it serves another chain. Without a
 * genesis hash the first endpoint that answers says which chain is meant.
 */
export function createLink(
  options: RpcOptions,
  handlers: LinkHandlers,
  { clock, logger, random }: { readonly clock: Clock; readonly logger: Logger; readonly random: Random },
): Link {
  let left = [...options.endpoints];
  let genesisHash = options.genesisHash;
  let turn = 0;
  let attempt = 0;
  let opened: Connection | null = null;
  let up: Connection | null = null;
  let upAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let problem: string | null = null;
  const count = { connections: 0, lost: 0 };

  const onUp = (connection: Connection, found: string) => {
    genesisHash = found;
    up = connection;
    upAtMs = clock.monotonicMs();
    count.connections += 1;
    problem = null;
    logger.info("Connected to the chain", { endpoint: printableEndpoint(connection.endpoint) });
    handlers.onUp(connection);
  };
  const onDown = (connection: Connection, why: string, wrong?: WrongChainError) => {
    const endpoint = printableEndpoint(connection.endpoint);
    problem = `${endpoint}: ${why}`;
    if (wrong) {
      left = left.filter((one) => one !== connection.endpoint);
      logger.error("An endpoint serves another chain and is not used again", { endpoint, found: wrong.found });
      if (left.length === 0) return handlers.onHopeless(wrong);
    } else {
      turn += 1;
    }
    const wasUp = up === connection;
    // What lasted through a heartbeat was a good connection; one that breaks at once is waited for longer and longer.
    if (wasUp && clock.monotonicMs() - upAtMs > options.heartbeatMs) attempt = 0;
    const waitMs = backoffMs(Math.floor(attempt / left.length), options.backoff, random.next());
    attempt += 1;
    timer = setTimeout(connect, waitMs);
    opened = null;
    up = null;
    logger.warn("The connection to the chain failed", { endpoint, problem: why, waitMs: Math.round(waitMs) });
    if (!wasUp) return;
    count.lost += 1;
    handlers.onLost(connection, problem);
  };

  function connect(): void {
    const endpoint = left[turn % left.length];
    if (stopped || endpoint === undefined) return;
    const connection = openConnection(
      { ...options, endpoint, genesisHash },
      {
        onUp: (found) => onUp(connection, found),
        onDown: (why, wrong) => onDown(connection, why, wrong),
        onSign: handlers.onSign,
        onLate: handlers.onLate,
      },
    );
    opened = connection;
  }

  return {
    start: connect,
    stop() {
      stopped = true;
      clearTimeout(timer);
      opened?.close();
      opened = null;
      up = null;
    },
    current: () => up,
    status: () => ({ ...count, problem }),
    get genesisHash() {
      return genesisHash;
    },
  };
}
