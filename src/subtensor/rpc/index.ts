/**
 * JSON-RPC over WebSocket: connections, deadlines, failover, subscriptions, a watchdog. It knows nothing of what is asked.
 *
 * @example
 * createRpc({ endpoints: ["ws://127.0.0.1:9944"] }, { clock, logger }).status().state; // "idle"
 */

export { printableEndpoint } from "./endpoint.ts";
export { ChainDeadError, FateUnknownError, RpcRefusedError, WrongChainError } from "./errors.ts";
export { RPC_DEFAULTS, type RpcOptions } from "./options.ts";
export type { RequestOptions } from "./requests.ts";
export { createRpc, type Rpc, type RpcModules, type RpcStatus } from "./rpc.ts";
export type { Subscription, SubscriptionRequest } from "./subscriptions.ts";
