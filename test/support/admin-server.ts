import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { cryptoRandom, silentLogger, systemClock } from "../../src/core/index.ts";
import {
  type AdminServer,
  type AdminServerOptions,
  type EventHub,
  type Feed,
  openAdminServer,
} from "../../src/dashboard/index.ts";
import { type EventStream, follow } from "./admin.ts";

export const TOKEN = "0123456789abcdef0123456789abcdef";
export const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A node whose words are the test's. */
export function stub() {
  let hub: EventHub | null = null;
  let reasons: ReturnType<Feed["reasons"]> = [];
  const node = {
    id: "miner",
    kind: "miner",
    name: "miner",
    hotkey: null,
    netuid: 1,
    network: "local",
    live: true,
  } as const;
  const feed: Feed = {
    node,
    reasons: () => reasons,
    read(path, query) {
      if (path[0] === "throws") throw new Error("a secret of the inside");
      if (path.length > 0) return undefined;
      return { node, limit: query.whole("limit", { least: 1, most: 100 }) };
    },
    start(given) {
      hub = given;
    },
    stop() {
      hub = null;
    },
  };
  return {
    feed,
    unwell(...now: ReturnType<Feed["reasons"]>) {
      reasons = now;
    },
    tell(swaps: number) {
      hub?.publish("model", { node: "miner", hash: "ab", swaps, failures: 0 });
    },
  };
}

export const open = async (
  options: Partial<AdminServerOptions> = {},
  modules: Partial<Parameters<typeof openAdminServer>[1]> = {},
): Promise<AdminServer> => {
  const server = await openAdminServer(
    { host: "127.0.0.1", port: 0, token: null, version: "1.2.3", ...options },
    { feeds: [], clock: systemClock, random: cryptoRandom, logger: silentLogger, ...modules },
  );
  closing.push(server.close);
  return server;
};
export const stream = async (...given: Parameters<typeof follow>): Promise<EventStream> => {
  const one = await follow(...given);
  closing.push(one.close);
  return one;
};
export const withPage = () => {
  const pageFolder = mkdtempSync(join(tmpdir(), "page-"));
  closing.push(() => rmSync(pageFolder, { recursive: true }));
  writeFileSync(join(pageFolder, "index.html"), "<!doctype html>");
  writeFileSync(join(pageFolder, "app.js"), "export const a = 1;");
  writeFileSync(join(pageFolder, "notes.txt"), "no");
  return pageFolder;
};
