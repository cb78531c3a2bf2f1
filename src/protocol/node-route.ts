import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asked, NodeAsked } from "./asked.ts";
import type { WrittenReply } from "./replies.ts";

/** Answers a request of `node:http` if it is its own; says whether it is. */
export type NodeRoute = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/** How long the rest of a refused body may take to come: a caller that is cut off in the middle of it does not see why. */
const DRAIN_MS = 500;

function send(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: WrittenReply): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.end(body);
  if (incoming.complete) return;
  incoming.resume();
  setTimeout(() => {
    if (!incoming.complete) incoming.destroy();
  }, DRAIN_MS).unref();
}

/**
 * A route straight from Node's server to an answer and back. A framework's Request and Response, made of Node's own and read again, cost more than
 * all that we ask of a question but its signature.
 *
 * @param answer never rejects.
 */
export function nodeRoute(
  { method, path }: { readonly method: string; readonly path: string },
  answer: (asked: Asked) => Promise<WrittenReply>,
): NodeRoute {
  const withQuery = `${path}?`;
  return (incoming, outgoing) => {
    const { url = "" } = incoming;
    if (incoming.method !== method || (url !== path && !url.startsWith(withQuery))) return false;
    answer(new NodeAsked(incoming, outgoing)).then(
      (reply) => send(incoming, outgoing, reply),
      () => outgoing.destroy(),
    );
    return true;
  };
}
