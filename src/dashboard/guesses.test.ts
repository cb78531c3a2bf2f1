import { expect, it } from "vitest";
import { createGuesses, placeOf } from "./guesses.ts";

it("wrong tokens are counted by address, each once, for a minute", () => {
  let now = 0;
  const guesses = createGuesses({ clock: { monotonicMs: () => now } });
  for (let i = 0; i < 100; i++) guesses.wrong("192.0.2.1", "stale");
  for (let i = 0; i < 18; i++) guesses.wrong("192.0.2.1", `guess ${i}`);
  guesses.check("192.0.2.1");
  guesses.wrong("192.0.2.1", "one more");
  expect(() => guesses.check("::ffff:192.0.2.1")).toThrow("too many wrong tokens");
  guesses.check("192.0.2.2");
  now = 60_000;
  guesses.check("192.0.2.1");
});

it("of many addresses the latest are counted", () => {
  const guesses = createGuesses({ clock: { monotonicMs: () => 0 } });
  for (let i = 0; i < 20; i++) guesses.wrong("192.0.2.1", `${i}`);
  for (let i = 0; i < 1_000; i++) guesses.wrong(`198.51.${i >> 8}.${i & 255}`, "a");
  guesses.check("192.0.2.1");
});

it.each([
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::1", "0:0:0:0"],
  ["2001:db8::7", "2001:db8:0:0"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
])("%s is at %s", (address, place) => expect(placeOf(address)).toBe(place));
