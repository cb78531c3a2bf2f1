import fc from "fast-check";
import { expect, test } from "vitest";
import { type RawLine, splitLines } from "./lines.ts";

async function linesOf(chunks: readonly string[], maxLineBytes = 100): Promise<(string | null)[]> {
  const stream = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const lines: RawLine[] = [];
  for await (const line of splitLines(stream(), { maxLineBytes })) lines.push(line);
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_, i) => i + 1));
  return lines.map(({ bytes }) => (bytes === null ? null : Buffer.from(bytes).toString()));
}

test("finds the same lines however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom("a", "\n", "é") })), async (chunks) => {
      const whole = chunks.join("");
      const expected = whole.endsWith("\n") || whole === "" ? whole.split("\n").slice(0, -1) : whole.split("\n");
      expect(await linesOf(chunks, 1_000)).toEqual(expected);
    }),
  );
});

test("takes CRLF as a newline, and a last line without one", async () => {
  expect(await linesOf(["a\r", "\nb\r\n\r\nc"])).toEqual(["a", "b", "", "c"]);
});

test("throws a line away that is too long, and goes on with the next", async () => {
  expect(await linesOf(["1234", "5678", "9", "\nok\n", "123456"], 5)).toEqual([null, "ok", null]);
});
