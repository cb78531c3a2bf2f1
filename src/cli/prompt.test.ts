import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { askHidden, type Terminal } from "./prompt.ts";

/** A terminal of nobody: what is shown, whether it is raw, and keys to press. */
function createTerminal(isTTY = true) {
  const events = new EventEmitter();
  const seen = { output: "", raw: false, unshifted: "" };
  const input: Terminal["input"] = Object.assign(events, {
    isTTY,
    setRawMode(mode: boolean) {
      seen.raw = mode;
      return this as never;
    },
    resume() {
      return this as never;
    },
    pause() {
      return this as never;
    },
    unshift(chunk: Buffer) {
      seen.unshifted += chunk.toString();
    },
  }) as never;
  const terminal: Terminal = { input, output: { write: (text: string) => (seen.output += text) } };
  return { terminal, seen, press: (text: string) => events.emit("data", Buffer.from(text)) };
}

describe("a hidden question", () => {
  it("shows itself and nothing of the answer, and leaves the terminal as it was", async () => {
    const { terminal, seen, press } = createTerminal();
    const asking = askHidden("Password: ", { terminal });
    expect(seen.raw).toBe(true);
    for (const key of "sécret 🔑\r") press(key);
    expect(await asking).toBe("sécret 🔑");
    expect(seen).toEqual({ output: "Password: \n", raw: false, unshifted: "" });
  });

  it.each([
    ["backspace", "abx\x7fc\r", "abc"],
    ["backspace over an astral letter", "ab🔑\x7fc\n", "abc"],
    ["Ctrl-U", "wrong\x15right\r", "right"],
    ["arrows, and the marks around what is pasted", "\x1b[200~pas\x1b[201~\x1b[Dted\x1bOA\r", "pasted"],
    ["nothing at all", "\r", ""],
  ])("understands %s", async (_, keys, answer) => {
    const { terminal, press } = createTerminal();
    const asking = askHidden("?", { terminal });
    press(keys);
    expect(await asking).toBe(answer);
  });

  it("keeps a second pasted line for the next question", async () => {
    const { terminal, seen, press } = createTerminal();
    const asking = askHidden("?", { terminal });
    press("one\r\ntwo\r\n");
    expect([await asking, seen.unshifted]).toEqual(["one", "two\r\n"]);
  });

  it.each(["\x03", "\x04"])("ends the program with 130 on %j, the terminal as it was", async (key) => {
    const { terminal, seen, press } = createTerminal();
    const asking = askHidden("?", { terminal });
    press(`ab${key}`);
    await expect(asking).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
    expect(seen.raw).toBe(false);
  });

  it("is taken back when the work is given up, and never put where nobody sits", async () => {
    const { terminal, seen } = createTerminal();
    const controller = new AbortController();
    const asking = askHidden("?", { terminal, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(asking).rejects.toThrow("enough");
    expect(seen.raw).toBe(false);
    expect(() => askHidden("?", { terminal: createTerminal(false).terminal })).toThrow("no terminal");
  });
});
