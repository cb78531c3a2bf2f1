import { describe, expect, it } from "vitest";
import { createLogger, LOG_LEVELS, silentLogger } from "./logger.ts";

function logged(options: { level: (typeof LOG_LEVELS)[number]; format?: "human" | "json" }) {
  const lines: string[] = [];
  return { lines, logger: createLogger({ ...options, write: (line) => lines.push(line), nowMs: () => 1_000 }) };
}

describe("a logger", () => {
  it("writes a fixed sentence and flat fields for people", () => {
    const { lines, logger } = logged({ level: "info" });
    logger.info("Weights set", { uids: 2, block: 7n, notes: undefined, hotkey: null, forced: true });
    logger.warn("Refused", { problem: 'says "no", twice', key: "a=b", plain: "x" });
    logger.error("Alone");
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "00:00:01.000 INFO  Weights set  uids=2  block=7  hotkey=null  forced=true
      00:00:01.000 WARN  Refused  problem="says \\"no\\", twice"  key="a=b"  plain=x
      00:00:01.000 ERROR Alone"
    `);
  });

  it("writes one JSON object a line for machines, whatever is in the fields", () => {
    const { lines, logger } = logged({ level: "info", format: "json" });
    logger.info("Staked", { amountRao: 12_345_678_901_234_567_890n, text: "two\nlines", none: undefined });
    expect(lines).toMatchInlineSnapshot(`
      [
        "{"time":"1970-01-01T00:00:01.000Z","level":"info","message":"Staked","amountRao":"12345678901234567890","text":"two\\nlines"}",
      ]
    `);
  });

  it.each(LOG_LEVELS)("at %s says that and what is louder", (level) => {
    const { lines, logger } = logged({ level });
    for (const each of LOG_LEVELS) logger[each]("x");
    expect(lines.length).toBe(LOG_LEVELS.length - LOG_LEVELS.indexOf(level));
  });

  it("keeps a stranger's text on one line, and away from the terminal's cursor", () => {
    const { lines, logger } = logged({ level: "info" });
    logger.info("Failed", { error: "one\ntwo", problem: "\u001b[2J" });
    expect(lines[0]).toBe('00:00:01.000 INFO  Failed  error="one\\ntwo"  problem="\\u001b[2J"');
  });

  it.each(["human", "json"] as const)("lets neither C1 controls nor bidirectional marks through (%s)", (format) => {
    const { lines, logger } = logged({ level: "info", format });
    logger.warn("Refused", { problem: "a\u009b31m\u202eb", plain: "\u2066x" });
    expect(lines[0]).toContain("a\\u009b31m\\u202eb");
    expect(lines[0]).toContain('"\\u2066x"');
    expect(lines[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("takes no field under a name that every line has of itself", () => {
    const { logger } = logged({ level: "info" });
    // @ts-expect-error: it would replace the sentence in JSON
    logger.info("Refused", { message: "another" });
  });

  it("can be silent", () => {
    for (const level of LOG_LEVELS) expect(silentLogger[level]("x")).toBeUndefined();
  });
});
