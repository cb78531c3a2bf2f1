import { closeSync, openSync } from "node:fs";
import type { Command } from "commander";
import { errorText, type LogFields, type Logger } from "../core/index.ts";
import { rereadConfig } from "./config/apply.ts";
import { ConfigError } from "./config/resolve.ts";
import type { Flags } from "./flags.ts";

/** A terminal that was closed says so by SIGHUP too, and then nobody is left to reload for. */
function terminalIsGone(): boolean {
  if (process.stdin.isTTY !== true) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}

/**
 * On SIGHUP, reads file and environment again and hands the flags to the node, which goes on serving. A configuration with mistakes
 * changes nothing. Reloads come one after another.
 *
 * @param changes which settings a running node takes over; of others that have changed it is said that they count from the next start.
 */
export function reloadOnHangup(
  { command, flags, changes }: { command: Command; flags: Flags; changes: (key: string) => boolean },
  { logger, reload }: { logger: Logger; reload: (flags: Flags) => Promise<LogFields> },
): { close(): void } {
  let current = flags;
  let running: Promise<void> = Promise.resolve();
  const once = async () => {
    try {
      const { flags: next, changed } = await rereadConfig(command, current);
      const said = await reload(next);
      const taken = changed.filter(changes);
      const later = changed.filter((key) => !changes(key));
      current = next;
      logger.info("Reloaded", { changed: taken.join(", ") || "nothing", ...said });
      if (later.length > 0) logger.warn("These settings count from the next start", { settings: later.join(", ") });
    } catch (error) {
      const mistakes =
        error instanceof ConfigError ? error.problems.map(({ place, problem }) => `${place}: ${problem}`) : [];
      logger.error("Not reloaded: it goes on as it was", { error: mistakes.join("; ") || errorText(error) });
    }
  };
  const onHangup = () => {
    if (terminalIsGone()) process.kill(process.pid, "SIGTERM");
    else running = running.then(once);
  };
  process.on("SIGHUP", onHangup);
  return { close: () => void process.off("SIGHUP", onHangup) };
}
