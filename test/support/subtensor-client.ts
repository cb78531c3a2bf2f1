import { createRandom, silentLogger, systemClock } from "../../src/core/index.ts";
import {
  connectSubtensor,
  type SubtensorChain,
  type SubtensorModules,
  type SubtensorOptions,
} from "../../src/subtensor/index.ts";
import type { RpcServer } from "./rpc-server.ts";
import { smallMetadata } from "./small-metadata.ts";
import { startSubtensorServer } from "./subtensor-server.ts";
import { createScriptedChain, type ScriptedChain, type ScriptedRuntime } from "./test-chain.ts";

/** Runtimes of the plays: an old one, a newer one, and one that comes after it. */
export const OLD: ScriptedRuntime = { specVersion: 293, metadata: smallMetadata({ spec: 293, version: 15 }) };
export const NEW: ScriptedRuntime = { specVersion: 424, metadata: smallMetadata({ spec: 424 }) };

/** What a test has opened, closed in its end. */
export function createStage() {
  const servers: RpcServer[] = [];
  const chains: SubtensorChain[] = [];
  return {
    async node(chain: ScriptedChain = createScriptedChain(NEW, { startAt: 100 })) {
      const server = await startSubtensorServer(chain);
      servers.push(server);
      return { chain, server };
    },
    /** Impatient where a test waits, patient where it does not. */
    connect(
      nodes: readonly { readonly server: RpcServer }[],
      options: SubtensorOptions = {},
      modules: Partial<SubtensorModules> = {},
    ) {
      const chain = connectSubtensor(
        {
          endpoints: nodes.map(({ server }) => server.url),
          backoff: { minMs: 1, maxMs: 10 },
          pollMs: 10,
          freshMs: 0,
          timeoutMs: 10_000,
          deadAfterMs: null,
          ...options,
        },
        { clock: systemClock, logger: silentLogger, random: createRandom(1), ...modules },
      );
      chains.push(chain);
      return chain;
    },
    async clear() {
      for (const chain of chains.splice(0)) await chain.close();
      for (const server of servers.splice(0)) await server.close();
    },
  };
}

/** What a promise is rejected with. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error: unknown) => error,
  );
