import { ChainUnreachableError } from "../../chain/index.ts";
import { type Clock, createDeferred, cryptoRandom, errorText, type Logger, type Random } from "../../core/index.ts";
import { printableEndpoint } from "./endpoint.ts";
import { ChainDeadError } from "./errors.ts";
import { createLink } from "./link.ts";
import { checkedOptions, type RpcOptions } from "./options.ts";
import { createRequests, type RequestOptions } from "./requests.ts";
import { createSubscriptions, type Subscription, type SubscriptionRequest } from "./subscriptions.ts";
import { createWatchdog } from "./watchdog.ts";

/** How a client is. */
export interface RpcStatus {
  readonly state: "idle" | "connecting" | "connected" | "dead" | "closed";
  /** Where it is connected to. */
  readonly endpoint: string | null;
  /** Connections that came up, and those that were lost. */
  readonly connections: number;
  readonly lost: number;
  /** Connections that came up at another node than the one before. */
  readonly failovers: number;
  /** Requests that wait, streams that run, and all that the connection itself remembers. */
  readonly pending: number;
  readonly subscriptions: number;
  readonly remembered: number;
  /** Answers that came when nobody waited any more. */
  readonly late: number;
  readonly sinceSignMs: number;
  readonly sinceHeadMs: number;
  /** Why there is no connection. */
  readonly problem: string | null;
}

/** JSON-RPC with whichever of some nodes works. */
export interface Rpc {
  /**
   * @throws {RpcRefusedError} when the node answers with an error.
   * @throws {FateUnknownError} when a write was on its way as the connection, or its time, ended.
   * @throws {ChainUnreachableError} when there is no answer in time; {@link ChainDeadError} when the watchdog has given up.
   */
  request(method: string, params?: readonly unknown[], options?: RequestOptions): Promise<unknown>;
  subscribe(request: SubscriptionRequest, options?: RequestOptions): Promise<Subscription>;
  status(): RpcStatus;
  /** Rejects when the client gives up for good; never resolves. */
  readonly died: Promise<never>;
  /** Ends everything: what waits is refused, sockets, timers and listeners are gone. */
  close(): void;
}

/** What a client works with. */
export interface RpcModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the waits between attempts. */
  readonly random?: Random | undefined;
  /** Told once, when the client gives up for good. */
  onDead?(error: unknown): void;
}

/**
 * A JSON-RPC client over WebSocket that survives its nodes: it connects at the first request, fails over, looks after its connection,
 * and gives every request a deadline. It does not survive a chain that is silent for `deadAfterMs`: then it says so, loudly and for good.
 *
 * @throws {InvalidArgumentError} when an endpoint is no `ws://` or `wss://` URL.
 * @example
 * const rpc = createRpc({ endpoints: ["ws://127.0.0.1:9944"] }, { clock: systemClock, logger: silentLogger });
 * await rpc.request("system_accountNextIndex", ["5Grwva…"]); // 7
 */
export function createRpc(
  given: Pick<RpcOptions, "endpoints"> & Partial<RpcOptions>,
  { clock, logger, random = cryptoRandom, onDead }: RpcModules,
): Rpc {
  const options = checkedOptions(given);
  const died = createDeferred<never>();
  const names = options.endpoints.map(printableEndpoint);
  let state: "idle" | "running" | "dead" | "closed" = "idle";
  let late = 0;
  let failovers = 0;
  let lastEndpoint: string | null = null;
  let headsTimer: NodeJS.Timeout | undefined;

  const finish = (as: "dead" | "closed", error: unknown) => {
    state = as;
    clearTimeout(headsTimer);
    watchdog.stop();
    link.stop();
    subscriptions.endAll(error);
    requests.endAll(error);
  };
  const die = (error: unknown) => {
    if (state === "dead" || state === "closed") return;
    finish("dead", error);
    logger.error("The connection to the chain is given up", { error: errorText(error) });
    died.reject(error);
    onDead?.(error);
  };

  const watchdog = createWatchdog(options, {
    clock,
    onDead: (problem) => {
      const last = link.status().problem;
      die(new ChainDeadError({ endpoints: names, problem: last === null ? problem : `${problem}; last, ${last}` }));
    },
  });
  const link = createLink(
    options,
    {
      onUp(connection) {
        if (lastEndpoint !== null && connection.endpoint !== lastEndpoint) failovers += 1;
        lastEndpoint = connection.endpoint;
        requests.onUp(connection);
        subscriptions.onUp();
      },
      onLost(connection, problem) {
        subscriptions.onLost(connection, problem);
        requests.onLost(connection, problem);
      },
      onSign: watchdog.sign,
      onLate: () => {
        late += 1;
      },
      onHopeless: die,
    },
    { clock, logger, random },
  );
  const connection = () => link.current();
  const requests = createRequests(options, {
    connection,
    where: () => ({ endpoint: names.join(", "), problem: link.status().problem }),
  });
  const subscriptions = createSubscriptions(requests, { connection, logger });

  /** Asked for again and again: without new blocks the watchdog barks. */
  const watchHeads = () => {
    const again = (error: unknown) => {
      if (state !== "running") return;
      logger.debug("New blocks are not heard of", { error: errorText(error) });
      headsTimer = setTimeout(watchHeads, options.heartbeatMs);
    };
    const [method, unsubscribe] = ["chain_subscribeNewHeads", "chain_unsubscribeNewHeads"];
    const heads = { method, unsubscribe, onLoss: "again", onItem: watchdog.head, onEnd: again } as const;
    subscriptions.open(heads, {}).catch(again);
  };
  const start = () => {
    if (state !== "idle") return;
    state = "running";
    link.start();
    watchdog.start();
    watchHeads();
  };

  return {
    async request(method, params = [], request = {}) {
      start();
      return requests.ask(method, params, request);
    },
    async subscribe(request, bounds = {}) {
      start();
      return subscriptions.open(request, bounds);
    },
    status() {
      const { problem, ...counts } = link.status();
      const up = link.current();
      return {
        state: state === "running" ? (up ? "connected" : "connecting") : state,
        endpoint: up ? printableEndpoint(up.endpoint) : null,
        ...counts,
        pending: requests.size(),
        subscriptions: subscriptions.size(),
        remembered: up?.size() ?? 0,
        late,
        failovers,
        ...watchdog.status(),
        problem,
      };
    },
    died: died.promise,
    close() {
      if (state === "closed") return;
      const error = new ChainUnreachableError({ endpoint: names.join(", "), problem: "the client was closed" });
      finish("closed", error);
    },
  };
}
