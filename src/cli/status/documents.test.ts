import { expect, it } from "vitest";
import { logsSchema } from "./documents.ts";

it.each([1e300, -1, 8.64e15 + 1])("a moment of %d, which no calendar has, is refused at the door", (atMs) => {
  const line = { sequence: 1, atMs, level: "warn", message: "a", fields: {} };
  expect(logsSchema.safeParse({ lines: [{ ...line, atMs: 0 }], next: null }).success).toBe(true);
  expect(logsSchema.safeParse({ lines: [line], next: null }).success).toBe(false);
});
