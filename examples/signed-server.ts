/**
 * A server of your own, without our middleware, that knows who calls it: btauth/1 over plain node:http. It asks itself a few times and ends.
 * Run it in the repository's folder: npm run example -- signed-server
 */
import { createServer, type IncomingMessage } from "node:http";
import { createMemoryNonceStore, signedFetch, verifyRequest } from "conversion-subnet/protocol";
import { keypairFromUri } from "conversion-subnet/wallet";

const BODY_LIMIT_BYTES = 65_536;
const server = keypairFromUri("//Bob").signer;
const friend = keypairFromUri("//Alice").signer;
const stranger = keypairFromUri("//Eve", { scheme: "ed25519" }).signer;
const nonceStore = createMemoryNonceStore();

/** The bytes as they came, for they were signed: no parser may have touched them. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) throw Object.assign(new Error("the body is too large"), { status: 413 });
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function answer(request: IncomingMessage): Promise<[status: number, value: object]> {
  try {
    // Express: req.headers, req.method, req.originalUrl, express.raw({ type: "*/*" }) and req.body.
    // Fastify: request.headers, request.method, request.url, and a content-type parser that gives the buffer.
    const { headers, method = "GET", url = "/" } = request;
    const body = await bodyOf(request);
    const caller = await verifyRequest({ headers, method, target: url, body }, { self: server.address, nonceStore });
    // Proven is not welcome: 401 is for whoever cannot prove who they are, 403 for whoever can and is not wanted.
    if (caller.hotkey !== friend.address) return [403, { error: "you are not on the list" }];
    return [200, { hello: caller.hotkey, bytes: body.length }];
  } catch (error) {
    const status = error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : 500;
    return [status, { error: status < 500 && error instanceof Error ? error.message : "internal error" }];
  }
}

const http = createServer((request, response) => {
  void answer(request).then(([status, value]) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  });
});
await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
const address = http.address();
const port = typeof address === "object" && address !== null ? address.port : 0;
const url = `http://127.0.0.1:${port}/weights?netuid=1`;

const body = new TextEncoder().encode('{"weights":[1]}');
const late = { nowMs: () => Date.now() - 14_000, monotonicMs: () => performance.now() };
for (const [who, receiver, modules] of [
  ["a friend", server.address, { signer: friend }],
  ["a stranger", server.address, { signer: stranger }],
  ["somebody who asks another", friend.address, { signer: friend }],
  ["a friend whose clock is late", server.address, { signer: friend, clock: late }],
] as const) {
  const response = await signedFetch(url, { method: "POST", body, receiver }, modules);
  console.log(`${who}: ${response.status} ${JSON.stringify(response.json())}`);
}
http.close();
