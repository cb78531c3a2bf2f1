import {
  createAbortController,
  createLogger,
  type Logger,
  type LogLevel,
  printable,
  systemClock,
} from "../core/index.ts";
import type { Flags } from "./flags.ts";
import { EXIT, InterruptedError } from "./run.ts";

/** Lines of a person's result go to stdout; what happens on the way to stderr. */
export function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}
export function printAside(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part)));
}

/** As loud as the flags say. */
export const levelOf = (flags: Flags, quiet: "info" | "warn" = "info"): LogLevel =>
  flags["logging.trace"] === true ? "trace" : flags["logging.debug"] === true ? "debug" : quiet;

/** A logger on stderr, as loud as the flags say. */
export function loggerOf(flags: Flags, quiet: "info" | "warn" = "info"): Logger {
  const level = levelOf(flags, quiet);
  const format = flags["logging.json"] === true ? "json" : "human";
  return createLogger({ level, format, write: (line) => process.stderr.write(`${line}\n`), nowMs: systemClock.nowMs });
}

/** Width of a terminal; some say 0 for "not known". */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.columns > 0 ? stream.columns : 120;
}

/** A progress bar on a terminal, a line a quarter elsewhere. */
export interface Progress {
  /** @param share of the work done, 0 to 1. */
  update(share: number, note?: string): void;
  done(note?: string): void;
}

const BAR_CELLS = 24;
const REDRAW_MS = 80;

/**
 * @param stream where it is drawn: stderr, so that stdout holds results only.
 * @example
 * const bar = createProgress("Training");
 * bar.update(0.5, "loss 0.61");
 * bar.done();
 */
export function createProgress(label: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  const startMs = systemClock.monotonicMs();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let quarter = 0;
  const secondsSince = () => (systemClock.monotonicMs() - startMs) / 1_000;
  const line = (share: number, note: string) => {
    const cells = Math.round(share * BAR_CELLS);
    const bar = "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
    const left = share > 0.02 && share < 1 ? `  ${((secondsSince() / share) * (1 - share)).toFixed(0)} s left` : "";
    return `${label} ${bar} ${(share * 100).toFixed(0).padStart(3)}%${left}${note && `  ${note}`}`;
  };
  return {
    update(share, note = "") {
      if (stream.isTTY) {
        const now = systemClock.monotonicMs();
        if (now - drawnMs < REDRAW_MS && share < 1) return;
        drawnMs = now;
        stream.write(`\r\x1b[2K${line(share, note).slice(0, columnsOf(stream) - 1)}`);
      } else if (Math.floor(share * 4) > quarter) {
        quarter = Math.floor(share * 4);
        stream.write(`${label}: ${quarter * 25} % after ${secondsSince().toFixed(1)} s${note && `, ${note}`}\n`);
      }
    },
    done(note = "") {
      if (stream.isTTY)
        stream.write(`\r\x1b[2K${label} done in ${secondsSince().toFixed(1)} s${note && `  ${note}`}\n`);
    },
  };
}

/** A block of lines that is drawn over itself; on a terminal only. */
export function createScreen(stream: NodeJS.WriteStream): { draw(lines: readonly string[]): void } {
  let drawn = 0;
  // Lines that were drawn for another width stand wrapped somewhere: begin on a clean screen.
  stream.on("resize", () => {
    if (drawn > 0) stream.write("\x1b[2J\x1b[H");
    drawn = 0;
  });
  return {
    draw(lines) {
      const columns = columnsOf(stream);
      // The echo of a Ctrl-C may have moved the cursor off the first column.
      const up = drawn > 0 ? `\r\x1b[${drawn}A\x1b[0J` : "";
      stream.write(`${up}${lines.map((line) => line.slice(0, columns)).join("\n")}\n`);
      drawn = lines.length;
    },
  };
}

const ECHO_MS = 500;

/** How long work may take to close after a signal. */
const CLOSING_MS = 2_000;
/** The same for a node: below the ten seconds after which Docker kills. */
const NODE_CLOSING_MS = 9_000;

/**
 * Runs `work` with a signal that SIGINT or SIGTERM aborts; a second one, or `closingMs` of closing, ends the process at once.
 *
 * @param keeping said at the signal, by work that keeps what it has so far.
 */
export async function untilSignal<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { closingMs = CLOSING_MS, keeping }: { closingMs?: number; keeping?: string } = {},
): Promise<T> {
  const controller = createAbortController();
  let stoppedMs = 0;
  let stopped: { readonly signalName: string; readonly exitCode: number } | null = null;
  const stop = (name: NodeJS.Signals) => {
    const code = name === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (controller.signal.aborted) {
      // A terminal and `npm` each pass one Ctrl-C on: the echo is not a second one.
      if (name === "SIGTERM" || systemClock.monotonicMs() - stoppedMs > ECHO_MS) process.exit(code);
      return;
    }
    stoppedMs = systemClock.monotonicMs();
    stopped = { signalName: name, exitCode: code };
    if (keeping !== undefined) printAside(`\n${keeping} (Ctrl-C again ends at once)`);
    controller.abort(new Error(`Stopped by ${name}.`));
    setTimeout(() => {
      printAside(`It did not close within ${closingMs / 1_000} s, and was ended.`);
      process.exit(code);
    }, closingMs).unref();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw stopped === null ? error : new InterruptedError(stopped);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** {@link untilSignal} for a node, which finishes what it was asked. */
export const untilNodeSignal = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  untilSignal(work, { closingMs: NODE_CLOSING_MS });

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
