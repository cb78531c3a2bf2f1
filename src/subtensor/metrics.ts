import { followTotal, type Metrics } from "../core/index.ts";
import type { RpcStatus } from "./rpc/index.ts";

/**
 * Tells how a connection is, whenever it is asked for.
 *
 * @returns ends it.
 */
export function followConnection(metrics: Metrics, status: () => RpcStatus): () => void {
  const connected = metrics.gauge("conversion_subnet_chain_connected");
  const total = (event: string) => followTotal(metrics.counter("conversion_subnet_chain_connections_total", { event }));
  const [up, lost, failover] = [total("up"), total("lost"), total("failover")];
  return metrics.onScrape(() => {
    const now = status();
    connected(now.state === "connected" ? 1 : 0);
    up(now.connections);
    lost(now.lost);
    failover(now.failovers);
  });
}
