import type { Server, ServerResponse } from "node:http";
import { isIPv4, type Socket } from "node:net";

/** How many connections a server holds. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Loopback counts for the first limit only. */
  readonly exemptLoopback: boolean;
}

/** `::ffff:127.0.0.1` is how an IPv4 caller looks to a server that listens on IPv6. */
const addressOf = (socket: Socket) => (socket.remoteAddress ?? "").replace(/^::ffff:/i, "");
const isLoopback = (address: string) => address === "::1" || (isIPv4(address) && address.startsWith("127."));

interface Held {
  readonly address: string;
  /** Being worked on. */
  requests: number;
  quietSince: number;
}

/**
 * Keeps a server within its limits. A newcomer beyond one takes the place of the connection that has been without a request for
 * longest (of its own address, or of all), so that silent ones shut nobody out; when all are busy it is dropped itself.
 *
 * @returns tells the connections over which no request is being worked on.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): () => readonly Socket[] {
  const { maxConnections, maxConnectionsPerAddress, exemptLoopback } = limits;
  const open = new Map<Socket, Held>();
  /** Counts what happens, so that of two quiet connections we know which has been so for longer. */
  let moment = 0;

  const drop = (socket: Socket) => {
    open.delete(socket);
    socket.destroy();
  };
  const isFull = (address: string) => {
    if (exemptLoopback && isLoopback(address)) return false;
    let held = 0;
    for (const other of open.values()) if (other.address === address) held += 1;
    return held >= maxConnectionsPerAddress;
  };
  /** Frees a place among those that `match`; false when all of them are busy. */
  const makePlace = (match: (held: Held) => boolean): boolean => {
    let longest: [Socket, Held] | undefined;
    for (const entry of open) {
      const [, held] = entry;
      if (held.requests === 0 && match(held) && (longest === undefined || held.quietSince < longest[1].quietSince))
        longest = entry;
    }
    if (longest === undefined) return false;
    drop(longest[0]);
    return true;
  };

  server.on("connection", (socket) => {
    const address = addressOf(socket);
    const welcome =
      (!isFull(address) || makePlace((held) => held.address === address)) &&
      (open.size < maxConnections || makePlace(() => true));
    if (!welcome) return socket.destroy();
    open.set(socket, { address, requests: 0, quietSince: moment++ });
    socket.once("close", () => drop(socket));
  });
  // One function for all: a question has no listener made for it.
  function onOver(this: ServerResponse) {
    const held = open.get(this.req.socket);
    if (held === undefined) return;
    held.requests -= 1;
    held.quietSince = moment++;
  }
  server.on("request", ({ socket }, response) => {
    const held = open.get(socket);
    if (held === undefined) return;
    held.requests += 1;
    response.on("close", onOver);
  });
  return () => [...open].filter(([, { requests }]) => requests === 0).map(([socket]) => socket);
}
