/** A way to a server that fails as networks do. */
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Ends every connection now. */
  cut(): void;
  /** Whether new connections are taken. */
  isOpen: boolean;
  /** Each piece waits so long, in both directions. */
  delayMs: number;
  /** Whether pieces are lost on the way while connections stand, as behind a cable that was pulled. */
  isDeaf: boolean;
  /** Makes all connections that stand deaf for ever, as a firewall does that has forgotten them; new ones are well. */
  deafen(): void;
  /** Told of each piece on its way to the server; true = it is handed on, and the connection is cut before an answer comes back. */
  cutAfter: (piece: Buffer) => boolean;
  /** Told of each piece on its way to the server; true = it never gets there. */
  swallow: (piece: Buffer) => boolean;
  end(): Promise<void>;
}

export async function startTcpProxy(to: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let generation = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    if (!proxy.isOpen) return near.destroy();
    const far = keep(connect(to, "127.0.0.1"));
    const made = generation;
    let isLost = false;
    near.on("data", (piece) => {
      if (proxy.isDeaf || made < generation) return;
      if (proxy.swallow(piece)) return;
      if (proxy.cutAfter(piece)) isLost = true;
      setTimeout(() => far.write(piece), proxy.delayMs);
    });
    // An answer has come: what was asked is done, and nobody on the near side hears of it.
    far.on("data", (piece) => {
      if (proxy.isDeaf || made < generation) return;
      if (isLost) near.destroy();
      else setTimeout(() => near.write(piece), proxy.delayMs);
    });
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const proxy: TcpProxy = {
    port: address.port,
    isOpen: true,
    delayMs: 0,
    isDeaf: false,
    deafen() {
      generation += 1;
    },
    cutAfter: () => false,
    swallow: () => false,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async end() {
      const ended = new Promise((resolve) => server.close(resolve));
      proxy.cut();
      await ended;
    },
  };
  return proxy;
}
