import { type Command, CommanderError } from "commander";
import { SubnetError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";

/** What the process ends with; documented in docs/cli.md. */
export const EXIT = { ok: 0, expected: 1, usage: 2, bug: 70 } as const;

/** Work that a signal cut short, with nothing to show: neither an error of anybody nor a bug. */
export class InterruptedError extends SubnetError {
  override readonly name = "InterruptedError";
  /** 130 for SIGINT, 143 for SIGTERM, as shells have it. */
  readonly exitCode: number;
  constructor({ signalName, exitCode }: { signalName: string; exitCode: number }) {
    super(`Stopped by ${signalName}.`, { code: "INTERRUPTED" });
    this.exitCode = exitCode;
  }
}

/** A reader that went away (`| head`) wants no more: that is no error either. */
function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(EXIT.ok);
  });
}

/** Errors may quote strangers: the name of a tensor, the id of a conversation. */
function complain(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Runs the command line and says how it ended. An expected error shows its message, a bug its stack. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe(process.stdout);
  endQuietlyOnClosedPipe(process.stderr);
  try {
    await program.parseAsync([...argv]);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof InterruptedError) {
      complain(error.message);
      return error.exitCode;
    }
    if (error instanceof SubnetError) {
      complain(error.message);
      return EXIT.expected;
    }
    const system = error as NodeJS.ErrnoException;
    if (error instanceof Error && system.code !== undefined && system.syscall !== undefined) {
      const missing = system.code === "ENOENT" && system.path !== undefined;
      complain(missing ? `There is no ${system.path}.\n\nHint: Check the path.` : error.message);
      return EXIT.expected;
    }
    complain(`This is a bug; please report it.\n${error instanceof Error ? error.stack : String(error)}`);
    return EXIT.bug;
  }
}
