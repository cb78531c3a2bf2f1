import { expect, test } from "vitest";
import { passwordProblem } from "./index.ts";

test.each([
  ["12345", "has fewer than 6 characters"],
  ["aaaaaaaaaa", "repeats one or two characters"],
  ["ababababab", "repeats one or two characters"],
  ["      ", "repeats one or two characters"],
  ["123456", "is a walk along the keyboard"],
  ["987654321", "is a walk along the keyboard"],
  ["ABCDEFGH", "is a walk along the keyboard"],
  ["Qwertyuiop", "is a walk along the keyboard"],
  ["Password", "is among the first that are guessed"],
  ["bittensor", "is among the first that are guessed"],
])("the new password %j %s", (password, problem) => {
  expect(passwordProblem(password)).toBe(problem);
});

test.each(["testing 123", "hunter2", "correct horse", "aB3$xy", "пароль ящик", "   a b c   "])(
  "the new password %j will do",
  (password) => {
    expect(passwordProblem(password)).toBeNull();
  },
);
