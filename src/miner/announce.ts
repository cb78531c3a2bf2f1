import { isIPv4 } from "node:net";
import { type AxonInfo, type Chain, serveAxon } from "../chain/index.ts";
import type { Logger } from "../core/index.ts";
import type { Signer } from "../wallet/index.ts";
import { NoExternalIpError } from "./errors.ts";

/** Where the chain is told that a miner serves. */
export interface AnnouncedAt {
  readonly netuid: number;
  readonly host: string;
  readonly externalIp?: string | undefined;
  readonly externalPort?: number | undefined;
  readonly version: number;
}

const ipOf = ({ externalIp, host }: AnnouncedAt) => externalIp ?? host;

/** @throws {NoExternalIpError} when what the chain is to be told is 0.0.0.0 or no IPv4 address. */
export function assertExternalIp(at: AnnouncedAt): void {
  const ip = ipOf(at);
  if (!isIPv4(ip) || ip === "0.0.0.0") throw new NoExternalIpError({ ip });
}

/** Tells the chain where we serve, when it does not know. */
export function createAnnouncer(
  at: AnnouncedAt,
  { chain, signer, logger }: { readonly chain: Chain; readonly signer: Signer; readonly logger: Logger },
): (port: number, known: AxonInfo | null, signal: AbortSignal) => Promise<void> {
  const { netuid, version } = at;
  return async (listening, known, signal) => {
    const [ip, port] = [ipOf(at), at.externalPort ?? listening];
    if (known !== null && known.ip === ip && known.port === port && known.version === version) return;
    await serveAxon(chain, { netuid, axon: { ip, port, version }, signer }, { signal });
    logger.info("Axon announced", { ip, port });
  };
}
