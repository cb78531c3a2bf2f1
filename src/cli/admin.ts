import { join, resolve } from "node:path";
import { createClosers, cryptoRandom, type Logger, type LogRing, systemClock } from "../core/index.ts";
import {
  assertToken,
  type Feed,
  isLoopback,
  openAdminServer,
  openToken,
  type RenderMetrics,
  type RunKind,
  writeRunFile,
} from "../dashboard/index.ts";
import { ADMIN_PORTS, SPARE_PORTS } from "./admin-flags.ts";
import type { Flags } from "./flags.ts";
import { ownFolder } from "./own-folder.ts";
import { packageVersion } from "./version.ts";

/** What is to be shown of a node. */
export interface AdminSubject {
  readonly kind: RunKind;
  readonly hotkey: string | null;
  readonly netuid: number | null;
  readonly network: string | null;
  readonly logFile: string | null;
  readonly feeds: readonly Feed[];
  readonly metrics: RenderMetrics | null;
  readonly ring: LogRing | null;
  readonly logger: Logger;
}
/** An admin server that runs, and the file that tells of it. */
export interface Admin {
  /** Null = `--no-admin`. */
  readonly url: string | null;
  close(): Promise<void>;
}

/** Null = nobody is asked for one. */
async function tokenOf(
  flags: Flags,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly token: string; readonly file: string | null } | null> {
  const file = flags["admin.token_file"];
  if (typeof file === "string") return { token: await openToken(resolve(file)), file: resolve(file) };
  const given = env.CONVERSION_SUBNET_ADMIN_TOKEN?.trim() ?? "";
  if (given !== "") return { token: assertToken(given, "in CONVERSION_SUBNET_ADMIN_TOKEN"), file: null };
  const strange = !isLoopback(String(flags["admin.ip"])) || Array.isArray(flags["admin.allow_host"]);
  if (!strange) return null;
  const own = join(ownFolder(env), "admin.token");
  return { token: await openToken(own), file: own };
}

/**
 * Opens the admin server that the flags ask for, and writes the node down for `status` and others. When the signal is aborted, it says
 * "not ready" until it is closed.
 */
export async function openAdmin(
  flags: Flags,
  subject: AdminSubject,
  { signal, env = process.env }: { readonly signal: AbortSignal; readonly env?: NodeJS.ProcessEnv },
): Promise<Admin> {
  const { kind, hotkey, netuid, network, logFile, feeds, metrics, ring, logger } = subject;
  const closers = createClosers();
  const startedAtMs = systemClock.nowMs();
  const wanted = flags["admin.port"];
  let [url, tokenFile] = [null as string | null, null as string | null];
  try {
    if (flags.admin !== false) {
      const token = await tokenOf(flags, env);
      tokenFile = token?.file ?? null;
      const allowHosts = flags["admin.allow_host"];
      const server = await openAdminServer(
        {
          host: String(flags["admin.ip"] ?? "127.0.0.1"),
          port: typeof wanted === "number" ? wanted : ADMIN_PORTS[kind],
          sparePorts: typeof wanted === "number" ? 0 : SPARE_PORTS,
          token: token?.token ?? null,
          allowHosts: Array.isArray(allowHosts) ? allowHosts.map(String) : [],
          version: packageVersion(),
        },
        { feeds, metrics, logs: ring, clock: systemClock, random: cryptoRandom, logger },
      );
      closers.push("admin server", server.close);
      signal.addEventListener("abort", server.drain, { once: true });
      url = server.url;
      logger.info("Dashboard", { url, ...(tokenFile !== null && { tokenFile }) });
    }
    const run = { kind, pid: process.pid, url, tokenFile, hotkey, netuid, network, startedAtMs, logFile };
    closers.push("run file", await writeRunFile(ownFolder(env), run));
    return { url, close: closers.closeAll };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
