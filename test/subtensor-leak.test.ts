import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createAbortController, createRandom, silentLogger, systemClock } from "../src/core/index.ts";
import { createRpc } from "../src/subtensor/rpc/index.ts";
import { noAnswer, startRpcServer } from "./support/rpc-server.ts";
import { until } from "./support/until.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What the process holds open: sockets and timers. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

it("loses nothing over 1,000 reconnects: no timer, socket, listener, request or memory", async () => {
  const server = await startRpcServer({
    chain_getBlockHash: () => `0x${"11".repeat(32)}`,
    chain_subscribeNewHeads: () => "heads",
    watch: () => "s1",
    unwatch: () => true,
    echo: ({ params }) => params[0],
    slow: () => noAnswer,
  });
  const before = handles();
  const rpc = createRpc(
    { endpoints: [server.url], backoff: { minMs: 0.1, maxMs: 1 }, deadAfterMs: 3_600_000 },
    { clock: systemClock, logger: silentLogger, random: createRandom(1) },
  );
  const controller = createAbortController();
  let items = 0;
  await rpc.subscribe({
    method: "watch",
    unsubscribe: "unwatch",
    onLoss: "again",
    onItem: () => (items += 1),
    onEnd: () => undefined,
  });

  const round = async () => {
    const connections = rpc.status().connections;
    const gone = createAbortController();
    const waits = [
      // Gets no answer, and is given up after the connection has broken.
      rpc.request("slow", [], { signal: gone.signal }),
      // On its way while the connection breaks; its fate is unknown.
      rpc.request("author_submitExtrinsic", ["0x00"], { signal: controller.signal }),
      rpc.request("echo", ["a".repeat(1_000)], { signal: controller.signal }),
    ].map((one) => one.catch(() => undefined));
    server.drop();
    await until(() => rpc.status().connections > connections);
    gone.abort();
    await Promise.all(waits);
    server.requests.splice(0);
  };
  const measure = () => {
    collect();
    const { pending, subscriptions, remembered, late } = rpc.status();
    return { heap: process.memoryUsage().heapUsed, pending, subscriptions, remembered, late, ...handles() };
  };

  for (let i = 0; i < 200; i++) await round();
  await rpc.request("echo", [1]);
  const early = measure();
  for (let i = 0; i < 800; i++) await round();
  await rpc.request("echo", [1]);
  const late = measure();

  expect(rpc.status().connections).toBeGreaterThanOrEqual(1_000);
  expect({ ...late, heap: 0, Timeout: 0 }).toEqual({ ...early, heap: 0, Timeout: 0 });
  expect(late).toMatchObject({ pending: 0, subscriptions: 2, remembered: 2 });
  expect(late.heap - early.heap).toBeLessThan(2_000_000);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  expect(server.open()).toBe(1);
  expect(items).toBe(0);

  rpc.close();
  await until(() => server.open() === 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // The runner has timers of its own, which come and go.
  const after = handles();
  expect(after.Timeout ?? 0).toBeLessThanOrEqual(before.Timeout ?? 0);
  expect({ ...after, Timeout: 0 }).toEqual({ ...before, Timeout: 0 });
  await server.close();
});
