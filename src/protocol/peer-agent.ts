import { Agent, type ClientRequestArgs } from "node:http";

/** Connections to one peer at once: what a miner's `serve` takes from one address. Further questions wait in line, uncharged. */
const MAX_SOCKETS_PER_PEER = 64;
const MAX_IDLE_SOCKETS_PER_PEER = 8;

/** Options of a request, and whose pool of connections it uses. */
export type PooledRequest = ClientRequestArgs & { readonly pool: string };

/**
 * Connections kept alive, pooled per host, port and `pool` (a hotkey): a slow peer holds up nobody else, and neither does one
 * that announces the address of another. A connection on which something arrives while nothing was asked is dropped: it
 * would be taken for the answer to the next question.
 */
export function createPeerAgent(): Agent {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MAX_SOCKETS_PER_PEER,
    maxFreeSockets: MAX_IDLE_SOCKETS_PER_PEER,
    scheduling: "lifo",
  });
  const { getName, keepSocketAlive, reuseSocket } = agent;
  agent.getName = (options) => {
    const pool = options !== undefined && "pool" in options ? String(options.pool) : "";
    return `${getName.call(agent, options)}:${pool}`;
  };
  const dropped = function (this: { destroy(): unknown }) {
    this.destroy();
  };
  // Node's two hooks around the time that a connection lies idle.
  agent.keepSocketAlive = (socket) => {
    const kept = keepSocketAlive.call(agent, socket);
    socket.on("data", dropped);
    return kept;
  };
  agent.reuseSocket = (socket, request) => {
    socket.off("data", dropped);
    reuseSocket.call(agent, socket, request);
  };
  return agent;
}
