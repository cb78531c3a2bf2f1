import { expect, test } from "vitest";
import { BadTranscriptError, ForeignTranscriptError, TranscriptsUnreadableError } from "./errors.ts";

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

    Hint: Correct the line, or go on without it: --skip-bad-lines (skipBadLines in a program)."
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

test("a foreign conversation that does not fit says file, line, field and what to do", () => {
  const place = { path: "valid_data.jsonl", line: 3, field: "messages.0.text", problem: "is missing" };
  const error = new ForeignTranscriptError(place);
  expect(error.code).toBe("FOREIGN_TRANSCRIPT");
  expect(error.message).toMatchInlineSnapshot(`
    "A conversation of the collection does not have the form it is known for.

    File:    valid_data.jsonl
    Line:    3
    Field:   messages.0.text
    Problem: is missing

    Hint: Check that the path is a clone of that collection, or leave such conversations out with skipBad (--skip-bad)."
  `);
  expect(new ForeignTranscriptError({ path: "7.json", field: "id", problem: "is missing" }).line).toBeNull();
});
