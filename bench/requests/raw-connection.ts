import { connect } from "node:net";

/** A connection that sends bytes and hears statuses: no HTTP library, so that the load's own core is not what is measured. */
export interface RawConnection {
  /** Sends one request; further ones wait for nothing, so ask again when this one is answered. */
  ask(request: Uint8Array): Promise<number>;
  close(): void;
}

const END = Buffer.from("\r\n\r\n");

/** The first response in some bytes, and where it ends; null while it is not whole. */
function responseIn(bytes: Buffer): { status: number; end: number } | null {
  const at = bytes.indexOf(END);
  if (at < 0) return null;
  const head = bytes.toString("latin1", 0, at);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`a response without a length: ${head}`);
  const end = at + END.length + Number(length);
  return bytes.length < end ? null : { status: Number(head.slice(9, 12)), end };
}

export async function openConnection(port: number, localAddress = "127.0.0.1"): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let rest: Buffer = Buffer.alloc(0);
  const waiting: { resolve(status: number): void; reject(error: unknown): void }[] = [];
  socket.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let found = responseIn(rest); found !== null; found = rest.length === 0 ? null : responseIn(rest)) {
      rest = rest.subarray(found.end);
      waiting.shift()?.resolve(found.status);
    }
  });
  const fail = (error: unknown) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}
