import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asked, NodeAsked } from "./asked.ts";
import type { WrittenReply } from "./replies.ts";

/** Answers a request of `node:http` if it is its own; says whether it is. */
export type NodeRoute = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/** How long the rest of an unread body may take to come: a caller that is cut off in the middle of it does not see why. */
const DRAIN_MS = 500;

/** Asked a turn after the reply, when most bodies are there; a timer that is needed all the same goes as soon as its body is. */
function drain(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.destroyed) return;
  const timer = setTimeout(() => incoming.destroy(), DRAIN_MS).unref();
  const stop = () => clearTimeout(timer);
  incoming.once("end", stop).once("close", stop);
  incoming.resume();
}

/**
 * A route straight from Node's server to an answer and back. A framework's Request and Response, made of Node's own and read again,
 * cost more than all that we ask of a question but its signature.
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
    const asked = new NodeAsked(incoming, outgoing);
    const send = ({ status, headers, body }: WrittenReply) => {
      if (outgoing.destroyed) return;
      if (!asked.isBodyRead) outgoing.once("finish", () => setImmediate(drain, incoming));
      const lines = ["content-length", String(Buffer.byteLength(body))];
      for (const name in headers) lines.push(name, headers[name] ?? "");
      outgoing.writeHead(status, lines);
      outgoing.end(body);
    };
    void answer(asked).then((written) => {
      try {
        send(written);
      } catch {
        outgoing.destroy();
      }
    });
    return true;
  };
}
