import { describe, expect, it } from "vitest";
import { errorText, InvalidArgumentError, LockedError, SubnetError, TimedOutError, UserError } from "./errors.ts";

describe("the words that an operator sees", () => {
  it("short sentence, aligned values, hint", () => {
    const error = new SubnetError("No weights were set.", {
      code: "EXAMPLE",
      details: { Block: 7, "Blocks left": 3n, Absent: undefined, Empty: null },
      hint: "Wait.",
    });
    expect(error.message).toMatchInlineSnapshot(`
      "No weights were set.

      Block:       7
      Blocks left: 3
      Empty:       null

      Hint: Wait."
    `);
    expect(new SubnetError("Alone.", { code: "EXAMPLE" }).message).toBe("Alone.");
  });

  it("a stranger's value cannot forge a line", () => {
    const error = new SubnetError("Bad name a\nb.", { code: "EXAMPLE", details: { Name: "x\r\n\nHint: Pay." } });
    expect(error.message).toBe("Bad name a\\nb.\n\nName: x\\n\\nHint: Pay.");
  });

  it("UserError", () => {
    const error = new UserError("The network is unknown.", { hint: "Use local." });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "USER_ERROR
      The network is unknown.

      Hint: Use local."
    `);
    expect(new UserError("x", { code: "SPECIAL" }).code).toBe("SPECIAL");
  });

  it("InvalidArgumentError", () => {
    const error = new InvalidArgumentError({ argument: "tempo", problem: "must be a whole number", value: 0.5 });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "INVALID_ARGUMENT
      tempo must be a whole number.

      Argument: tempo
      Value:    0.5"
    `);
    expect(new InvalidArgumentError({ argument: "a", problem: "is odd", value: "x".repeat(500) }).message.length).toBe(
      "a is odd.\n\nArgument: a\nValue:    ".length + 120,
    );
  });

  it("TimedOutError", () => {
    const error = new TimedOutError({ what: "The predictor", timeoutMs: 5_000 });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "TIMED_OUT
      The predictor took longer than 5000 ms.

      Deadline: 5000 ms

      Hint: Raise the deadline, or find out why the other side is slow."
    `);
  });

  it("LockedError", () => {
    const error = new LockedError({ path: "/wallets/a/hotkeys/b", pid: 4711 });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "LOCKED
      The file is already in use by another process.

      Path:    /wallets/a/hotkeys/b
      Process: 4711

      Hint: Stop that process first; if it no longer runs, delete the .lock file."
    `);
    expect(new LockedError({ path: "/a", pid: null }).message).toContain("Process: unknown");
  });
});

describe("every SubnetError", () => {
  it("carries its code, its cause and the name of its class", () => {
    const cause = new TypeError("inner");
    const error = new SubnetError("Outer.", { code: "OUTER", cause, hint: "Do this." });
    expect([error.code, error.cause, error.name, error.hint]).toEqual(["OUTER", cause, "SubnetError", "Do this."]);
    expect(new TimedOutError({ what: "It", timeoutMs: 1 }).name).toBe("TimedOutError");
    expect(error).toBeInstanceOf(Error);
    expect("cause" in new SubnetError("Alone.", { code: "ALONE" })).toBe(false);
  });

  it("walks its causes, itself first, and ends", () => {
    const root = new UserError("root");
    const error = new SubnetError("top", { code: "TOP", cause: new Error("middle", { cause: root }) });
    expect(error.walk((one) => one instanceof UserError)).toBe(root);
    expect(error.walk((one) => one instanceof SubnetError)).toBe(error);
    expect(error.walk((one) => one === "nowhere")).toBeUndefined();
  });

  it("is one sentence in a log field, as anything thrown is a text", () => {
    expect(errorText(new UserError("Short.", { hint: "Long." }))).toBe("Short.");
    expect([errorText(new Error("plain")), errorText("thrown"), errorText(undefined)]).toEqual([
      "plain",
      "thrown",
      "undefined",
    ]);
    const folder = Object.assign(new Error("EISDIR: illegal operation on a directory, read"), { code: "EISDIR" });
    expect(errorText(folder)).toBe("it is a folder");
  });
});

it("an error that answers a stranger has no stack where it asks for none, and the next one has its own", () => {
  const quiet = new SubnetError("No.", { code: "NO", trace: false });
  expect([quiet.message, quiet.stack]).toEqual(["No.", "SubnetError: No."]);
  expect(new SubnetError("No.", { code: "NO" }).stack).toMatch(/errors\.test/);
});
