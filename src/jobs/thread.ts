import type { ToWorker } from "./messages.ts";
import type { Task } from "./task.ts";

/**
 * Node starts a thread on JavaScript: where the TypeScript of this package is run as it is, by its tests, threads run what the
 * build has made of it.
 */
const built = (url: string) => url.replace(/^(.*)\/src\/(.*)\.ts$/, "$1/dist/$2.js");

/** What every thread runs. */
export const WORKER = new URL(built(import.meta.url.replace(/thread(\.[jt]s)$/, "worker$1")));

/** The first message to a thread: what it will be asked to do, and what every piece reads. */
export function beginOf<Shared, Input, Output>(
  { module, name }: Task<Shared, Input, Output>,
  shared: Shared,
): ToWorker {
  return { kind: "begin", module: built(module), name, shared };
}
