import { createInterface } from "node:readline/promises";
import type { ReadStream } from "node:tty";
import { UserError } from "../core/index.ts";
import { InterruptedError } from "./run.ts";

/** Keys of a terminal in raw mode. */
const KEYS = { interrupt: "\x03", end: "\x04", eraseLine: "\x15", escape: "\x1b" } as const;
/** What arrow keys and pasting send along: none of it is part of a secret. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const SEQUENCES = /\x1b(?:\[[0-9;?]*[A-Za-z~]|O.)/g;

/** A terminal to ask on. */
export interface Terminal {
  readonly input: Pick<ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause" | "unshift">;
  readonly output: { write(text: string): unknown };
}
const OWN: Terminal = { input: process.stdin, output: process.stderr };

/** Whether somebody sits there who can be asked. */
export const isAttended = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/**
 * Asks for a line that is not shown. The question goes to stderr; what is typed is nowhere. Ctrl-C and Ctrl-D end the program as they
 * would outside of it.
 *
 * @throws {InterruptedError} on Ctrl-C and Ctrl-D; the signal's reason.
 */
export function askHidden(
  question: string,
  { signal, terminal = OWN }: { signal?: AbortSignal | undefined; terminal?: Terminal } = {},
): Promise<string> {
  const { input, output } = terminal;
  signal?.throwIfAborted();
  if (!input.isTTY) throw new UserError("Nobody can be asked: this is no terminal.");
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (settle: () => void) => {
      input.off("data", hear);
      signal?.removeEventListener("abort", give);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const give = () => end(() => reject(signal?.reason));
    const interrupt = () => end(() => reject(new InterruptedError({ signalName: "SIGINT", exitCode: 130 })));
    const hear = (chunk: Buffer) => {
      const text = chunk.toString("utf8").replace(SEQUENCES, "");
      for (const [i, key] of [...text].entries()) {
        if (key === KEYS.interrupt || key === KEYS.end) return interrupt();
        if (key === "\r" || key === "\n") {
          // What was pasted behind the line answers the next question.
          const rest = [...text]
            .slice(i + 1)
            .join("")
            .replace(/^\n/, "");
          end(() => resolve(typed));
          if (rest !== "") input.unshift(Buffer.from(rest));
          return;
        }
        if (key === "\x7f" || key === "\b") typed = [...typed].slice(0, -1).join("");
        else if (key === KEYS.eraseLine) typed = "";
        else if (key !== KEYS.escape) typed += key;
      }
    };
    // Silence first: whoever types as soon as the question stands there would be shown.
    input.setRawMode(true);
    output.write(question);
    input.on("data", hear);
    signal?.addEventListener("abort", give, { once: true });
    input.resume();
  });
}

/**
 * Asks for a yes on the terminal. Anything else is a no.
 *
 * @throws {InterruptedError} on Ctrl-C and Ctrl-D; the signal's reason.
 */
export async function askYes(
  question: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new Promise<never>((_, reject) => {
    const give = () => reject(new InterruptedError({ signalName: "SIGINT", exitCode: 130 }));
    lines.once("SIGINT", give);
    lines.once("close", give);
  });
  try {
    const answer = await Promise.race([lines.question(question, signal === undefined ? {} : { signal }), interrupted]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
