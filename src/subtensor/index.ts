/**
 * @module subtensor
 * Row 4: Subtensor behind the Chain port: networks, a JSON-RPC client that survives its nodes (`rpc/`), what their bytes mean (`codec/`), and
 * transactions that are followed to the end. The libraries that it needs are loaded when it connects.
 *
 * @example
 * connectSubtensor({ network: "finney" }, { clock: systemClock, logger }).network; // "finney"
 */
export {
  connectSubtensor,
  SUBTENSOR_DEFAULTS,
  type SubtensorChain,
  type SubtensorModules,
  type SubtensorOptions,
} from "./connect.ts";
export {
  isSubtensorNetwork,
  type NetworkChoice,
  type ResolvedNetwork,
  resolveNetwork,
  SUBTENSOR_NETWORKS,
  type SubtensorNetwork,
  type SubtensorNetworkName,
} from "./networks.ts";
export {
  ChainDeadError,
  FateUnknownError,
  RPC_DEFAULTS,
  type RpcOptions,
  RpcRefusedError,
  type RpcStatus,
  WrongChainError,
} from "./rpc/index.ts";
