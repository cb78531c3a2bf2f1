import { type Command, CommanderError } from "commander";
import { SubnetError } from "../core/errors.ts";

/** What the process ends with; documented in docs/cli.md. */
export const EXIT = { ok: 0, expected: 1, usage: 2, bug: 70 } as const;

/** Runs the command line and says how it ended. An expected error shows its message, a bug its stack. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...argv]);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof SubnetError) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.expected;
    }
    const system = error as NodeJS.ErrnoException;
    if (error instanceof Error && system.code !== undefined && system.syscall !== undefined) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.expected;
    }
    process.stderr.write(`This is a bug; please report it.\n${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.bug;
  }
}
