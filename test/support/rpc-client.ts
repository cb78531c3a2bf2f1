import { createRandom, silentLogger, systemClock } from "../../src/core/index.ts";
import { createRpc, type Rpc, type RpcModules, type RpcOptions } from "../../src/subtensor/rpc/index.ts";
import { type Handler, type RpcServer, startRpcServer } from "./rpc-server.ts";

export const GENESIS = `0x${"11".repeat(32)}`;
/** Of another chain. */
export const OTHER = `0x${"22".repeat(32)}`;
/** Quick to connect again, and patient enough for a busy machine. */
const LIMITS = {
  heartbeatMs: 20,
  heartbeatTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  backoff: { minMs: 2, maxMs: 20 },
};

/** What a test of the RPC client has opened, closed in its end. */
export function createRpcStage() {
  const servers: RpcServer[] = [];
  const clients: Rpc[] = [];
  return {
    async node(handlers: Readonly<Record<string, Handler>> = {}, genesis = GENESIS): Promise<RpcServer> {
      const server = await startRpcServer({
        chain_getBlockHash: () => genesis,
        chain_subscribeNewHeads: () => "heads",
        chain_unsubscribeNewHeads: () => true,
        echo: ({ params }) => params[0],
        ...handlers,
      });
      servers.push(server);
      return server;
    },
    client(nodes: readonly RpcServer[], options: Partial<RpcOptions> = {}, modules: Partial<RpcModules> = {}): Rpc {
      const rpc = createRpc(
        { endpoints: nodes.map(({ url }) => url), ...LIMITS, ...options },
        { clock: systemClock, logger: silentLogger, random: createRandom(1), ...modules },
      );
      clients.push(rpc);
      return rpc;
    },
    async clear() {
      for (const client of clients.splice(0)) client.close();
      for (const server of servers.splice(0)) await server.close();
    },
  };
}
