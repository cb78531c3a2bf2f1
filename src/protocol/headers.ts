import type { IncomingMessage } from "node:http";
import type { HeaderReader } from "./wire.ts";

/**
 * Headers as some framework has them: anything with `get(name)` (the platform's `Headers`), or a plain object as `node:http`,
 * Express and Fastify give it, with names in any case and repeated headers as lists.
 */
export type HeaderSource = HeaderReader | Readonly<Record<string, string | readonly string[] | undefined>>;

const isReader = (source: HeaderSource): source is HeaderReader => typeof source.get === "function";

/** The headers of a message of `node:http`, as they are: a look-up, where the platform's `Headers` checks each name anew. */
export class NodeHeaders implements HeaderReader {
  readonly #headers: IncomingMessage["headers"];
  constructor({ headers }: Pick<IncomingMessage, "headers">) {
    this.#headers = headers;
  }
  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }
}

/** One way of asking for a header, whatever it came in. A repeated header is its values joined, as HTTP has it. */
export function headerReader(source: HeaderSource): HeaderReader {
  if (isReader(source)) return source;
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    const text = typeof value === "string" ? value : value.join(", ");
    const before = values.get(key);
    values.set(key, before === undefined ? text : `${before}, ${text}`);
  }
  return { get: (name) => values.get(name.toLowerCase()) ?? null };
}
