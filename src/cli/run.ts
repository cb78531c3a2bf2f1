import { basename, dirname, join } from "node:path";
import { type Command, CommanderError } from "commander";
import { SubnetError, UserError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";

/** What the process ends with. */
export const EXIT = { ok: 0, expected: 1, usage: 2, bug: 70, interrupted: 130, terminated: 143 } as const;
/** The table of docs/cli.md. */
export const EXIT_MEANINGS: readonly (readonly [code: keyof typeof EXIT, meaning: string])[] = [
  ["ok", "done; also a node, demo or training that was stopped by Ctrl-C or SIGTERM and closed in order"],
  [
    "expected",
    "an expected error: its message says what happened and what to do ([errors.md](errors.md)); or the answer of a command that looks is no: a signature that does not hold, a configuration with mistakes, a failed check of `doctor`",
  ],
  ["usage", "the command line was not understood: a flag, command or value that is none"],
  ["bug", "a bug: the stack is printed; please report it"],
  [
    "interrupted",
    "ended by Ctrl-C (SIGINT): work with nothing to show yet, a second one, or closing that took too long",
  ],
  ["terminated", "the same for SIGTERM; closing may take two seconds, that of a node nine"],
];

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

/** Errors may quote strangers: the name of a tensor, the id of a conversation. */
function complain(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

const SPACE = "Free some, or choose another place.";
const PERMISSION = "Check whose it is and its permissions, or choose another place.";
const ELSEWHERE = "Move it away, or choose another place.";
const FOLDER_IS_FILE = ["A file stands where a folder is needed.", ELSEWHERE] as const;
/** What a person is told of an error of the system, and what to do. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [sentence: string, hint: string]>> = {
  ENOENT: ["There is no such file or folder.", "Check the path."],
  ENOSPC: ["No space is left to write to.", SPACE],
  EDQUOT: ["No space is left to you to write to.", SPACE],
  EISDIR: ["A folder stands where a file is needed.", "Give the path of a file."],
  ENOTDIR: FOLDER_IS_FILE,
  EEXIST: ["It is there already.", ELSEWHERE],
  EACCES: ["This may not be read or written by you.", PERMISSION],
  EPERM: ["This may not be changed by you.", PERMISSION],
  EROFS: ["Nothing can be written there.", "Choose another place."],
  EIO: ["The disk or terminal failed.", "Look into the system's log, or choose another place."],
};

/** The file that a person meant, whose temporary name has ours in it. */
function meantPath(path: string): string {
  const name = basename(path)
    .replace(/^\.(.+)\.[0-9a-f]{12}\.tmp$/, "$1")
    .replace(/\.[0-9a-f]{12}\.tmp$/, "")
    .replace(new RegExp(`\\.${process.pid}\\.tmp(\\.done)?$`), "");
  return name === basename(path) ? path : join(dirname(path), name);
}

/** An error of the system in words; null = it is none. */
function systemSentence(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall, path, dest = path } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (code === undefined || syscall === undefined) return null;
  const [sentence, hint] = (syscall === "mkdir" && code === "EEXIST" ? FOLDER_IS_FILE : SYSTEM_ERRORS[code]) ?? [];
  if (sentence === undefined || hint === undefined) return error.message;
  return new UserError(sentence, { details: { Path: dest === undefined ? dest : meantPath(dest) }, hint }).message;
}

/** A reader that went away (`| head`) wants no more: that is no error. A full disk is one, and no bug. */
function watchStream(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    // What cannot be said on stderr is told by the exit code alone.
    if (stream === process.stdout) complain(systemSentence(error) ?? error.message);
    process.exit(EXIT.expected);
  });
}

/** Runs the command line and says how it ended. An expected error shows its message, a bug its stack. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  watchStream(process.stdout);
  watchStream(process.stderr);
  try {
    await program.parseAsync([...argv]);
    // A command that did its work and found something wrong (a broken signature, a damaged file) has said so here.
    return typeof process.exitCode === "number" ? process.exitCode : EXIT.ok;
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
    const sentence = systemSentence(error);
    if (sentence !== null) {
      complain(sentence);
      return EXIT.expected;
    }
    complain(`This is a bug; please report it.\n${error instanceof Error ? error.stack : String(error)}`);
    return EXIT.bug;
  }
}
