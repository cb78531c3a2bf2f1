import { getRequestListener } from "@hono/node-server";

/**
 * The adaptor's own kind of Response: a text that it hands to Node as it is, with its length, in one piece. The platform's makes a stream
 * of every text, which the adaptor then reads to its end: a third of all that a request costs, its signature apart. It gives its kind
 * out only by putting it in the place of the global one, so it is let do so, and both globals are put back at once.
 */
function plainResponse(): typeof Response {
  const before = (["Request", "Response"] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  getRequestListener(() => new Response());
  const { Response: plain } = globalThis;
  for (const [name, descriptor] of before)
    if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
  return plain;
}

/** A Response for texts, quick to make and to send. */
export const PlainResponse: typeof Response = plainResponse();
