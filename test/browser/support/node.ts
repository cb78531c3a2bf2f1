/** A real admin server with the page as it was built, and nodes whose words are the test's. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { cryptoRandom, silentLogger, systemClock } from "../../../src/core/index.ts";
import {
  type AdminServer,
  type EventHub,
  type Feed,
  type NodeView,
  openAdminServer,
} from "../../../src/dashboard/index.ts";
import { ROOT } from "../../support/processes.ts";

const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
export const PAGE = join(ROOT, "dist/dashboard/page");

/** Documents of one node, and a way to tell events of it. */
export interface Spoken {
  readonly feed: Feed;
  readonly documents: Map<string, unknown>;
  hub(): EventHub;
}
export function speak(kind: NodeView["kind"], id: string, documents: Readonly<Record<string, unknown>>): Spoken {
  const node = { id, kind, name: id, hotkey: null, netuid: 1, network: "local", live: true } as const;
  const known = new Map(Object.entries(documents));
  let hub: EventHub | undefined;
  return {
    documents: known,
    hub() {
      if (hub === undefined) throw new Error("The server has not begun.");
      return hub;
    },
    feed: {
      node,
      reasons: () => [],
      read(path) {
        const document = known.get(path.join("/"));
        if (document instanceof Error) throw document;
        return path.length === 0 && document !== undefined ? { node, ...(document as object) } : document;
      },
      start(given) {
        hub = given;
      },
      stop() {},
    },
  };
}

export const openNode = (nodes: readonly Spoken[], port = 0): Promise<AdminServer> =>
  openAdminServer(
    { host: "127.0.0.1", port, token: null, version, pageFolder: PAGE },
    { feeds: nodes.map(({ feed }) => feed), clock: systemClock, random: cryptoRandom, logger: silentLogger },
  );
