import { Agent } from "node:http";

/** Connections to one address at once: what a miner's `serve` takes from one of ours. Further questions wait in line, uncharged. */
const MAX_SOCKETS_PER_PEER = 64;
const MAX_IDLE_SOCKETS_PER_PEER = 8;

/**
 * Connections kept alive, pooled per host and port, so that a slow peer holds up nobody else. Hotkeys that announce the address of
 * a rival wait in its line: with a pool each they would bring the rival more connections than it takes from one address, and its
 * own questions would be dropped (measured: 58 of 64 lost to ten such hotkeys; none in one line, which is not charged).
 *
 * A connection on which something arrives while nothing was asked is dropped: it would be taken for the answer to the next question.
 */
export function createPeerAgent(): Agent {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MAX_SOCKETS_PER_PEER,
    maxFreeSockets: MAX_IDLE_SOCKETS_PER_PEER,
    scheduling: "lifo",
  });
  const { keepSocketAlive, reuseSocket } = agent;
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
