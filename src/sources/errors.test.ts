import { expect, test } from "vitest";
import { BadTranscriptError, TranscriptsUnreadableError } from "./errors.ts";

test("a bad line says file, line, field and what to do", () => {
  const error = new BadTranscriptError({
    path: "a.jsonl",
    line: 3,
    field: "messages.3.at_seconds",
    problem: "is a word",
  });
  expect(error.code).toBe("BAD_TRANSCRIPT");
  expect(error.message).toMatchInlineSnapshot(`
    "A line of the transcript file is not a valid conversation.

    File:    a.jsonl
    Line:    3
    Field:   messages.3.at_seconds
    Problem: is a word

    Hint: Correct the line, or read with skipBadLines to go on without it."
  `);
});

test("an unreadable file says which and why", () => {
  const error = new TranscriptsUnreadableError({ path: "a.jsonl", cause: new Error("no such file") });
  expect(error.code).toBe("TRANSCRIPTS_UNREADABLE");
  expect(error.message).toMatchInlineSnapshot(`
    "The transcript file cannot be read.

    File:   a.jsonl
    Reason: no such file

    Hint: Check the path and its permissions; it must be a JSON Lines file, one conversation a line."
  `);
});
