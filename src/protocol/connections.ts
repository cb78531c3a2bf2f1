import type { Server } from "node:http";
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

/**
 * Keeps a server within its limits. A newcomer beyond one takes the place of the connection that has been without a request for
 * longest (of its own address, or of all), so that silent ones shut nobody out; when all are busy it is dropped itself.
 *
 * @returns the connections over which no request is being worked on, the one quiet for longest first.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): ReadonlySet<Socket> {
  const { maxConnections, maxConnectionsPerAddress, exemptLoopback } = limits;
  const open = new Map<Socket, { readonly address: string; requests: number }>();
  const quiet = new Set<Socket>();

  const drop = (socket: Socket) => {
    open.delete(socket);
    quiet.delete(socket);
    socket.destroy();
  };
  const isFull = (address: string) => {
    if (exemptLoopback && isLoopback(address)) return false;
    let held = 0;
    for (const other of open.values()) if (other.address === address) held += 1;
    return held >= maxConnectionsPerAddress;
  };
  /** Frees a place among those that `match`; false when all of them are busy. */
  const makePlace = (match: (socket: Socket) => boolean): boolean => {
    for (const socket of quiet) {
      if (!match(socket)) continue;
      drop(socket);
      return true;
    }
    return false;
  };

  server.on("connection", (socket) => {
    const address = addressOf(socket);
    const welcome =
      (!isFull(address) || makePlace((other) => open.get(other)?.address === address)) &&
      (open.size < maxConnections || makePlace(() => true));
    if (!welcome) return socket.destroy();
    open.set(socket, { address, requests: 0 });
    quiet.add(socket);
    socket.once("close", () => drop(socket));
  });
  server.on("request", ({ socket }, response) => {
    const entry = open.get(socket);
    if (entry === undefined) return;
    entry.requests += 1;
    quiet.delete(socket);
    response.once("close", () => {
      entry.requests -= 1;
      if (entry.requests === 0 && open.has(socket)) quiet.add(socket);
    });
  });
  return quiet;
}
