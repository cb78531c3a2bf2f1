import { systemClock } from "../core/index.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const REDRAW_MS = 100;

/** Something that takes a while, of which nothing more can be said. */
export interface Spinner {
  stop(): void;
}

/**
 * Turns beside a text on a terminal, with the seconds; elsewhere the text is one line, once.
 *
 * @example
 * const spinner = createSpinner("Unlocking the coldkey...");
 * spinner.stop();
 */
export function createSpinner(text: string, stream: NodeJS.WriteStream = process.stderr): Spinner {
  if (!stream.isTTY) {
    stream.write(`${text}\n`);
    return { stop: () => undefined };
  }
  const startMs = systemClock.monotonicMs();
  let frame = 0;
  const draw = () => {
    const seconds = ((systemClock.monotonicMs() - startMs) / 1_000).toFixed(0);
    stream.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${text} ${seconds} s`);
  };
  draw();
  const turning = setInterval(draw, REDRAW_MS);
  return {
    stop() {
      clearInterval(turning);
      stream.write("\r\x1b[2K");
    },
  };
}
