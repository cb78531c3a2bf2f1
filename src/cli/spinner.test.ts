import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSpinner } from "./spinner.ts";

function createStream(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

test("a line elsewhere, once", () => {
  const { written, stream } = createStream(false);
  createSpinner("Unlocking...", stream).stop();
  expect(written).toEqual(["Unlocking...\n"]);
});

test("on a terminal it turns until it is stopped, and leaves the line empty", async () => {
  const { written, stream } = createStream(true);
  const spinner = createSpinner("Unlocking...", stream);
  while (written.length < 3) await pause(10);
  spinner.stop();
  const count = written.length;
  expect(written[0]).toContain("Unlocking... 0 s");
  expect(written[1]?.[5]).not.toBe(written[0]?.[5]);
  expect(written.at(-1)).toBe("\r\x1b[2K");
  await pause(250);
  expect(written).toHaveLength(count);
});
