import { describe, expect, it } from "vitest";
import { createLogRing, type LogRecord, teeLogger } from "./log-ring.ts";
import { createLogger } from "./logger.ts";

const ringOf = (options: Partial<Parameters<typeof createLogRing>[0]> = {}) =>
  createLogRing({ level: "info", ...options }, { nowMs: () => 1_000 });
const messages = (records: readonly LogRecord[]) => records.map(({ message }) => message);

describe("a ring of log records", () => {
  it("keeps level, time, message and fields, and no big integer", () => {
    const ring = ringOf();
    ring.logger.info("Staked", { rao: 12n, none: undefined, hotkey: null, ok: true });
    expect(ring.records()).toEqual([
      { number: 1, timeMs: 1_000, level: "info", message: "Staked", fields: { rao: "12", hotkey: null, ok: true } },
    ]);
  });

  it("keeps so many of the newest, in order, and what went wrong for longer", () => {
    const ring = ringOf({ capacity: 3, loudCapacity: 2 });
    for (const name of ["a", "b", "c"]) ring.logger.warn(`warned ${name}`);
    for (const name of ["d", "e", "f", "g"]) ring.logger.info(name);
    expect(messages(ring.records())).toEqual(["warned b", "warned c", "e", "f", "g"]);
    expect(messages(ring.records({ level: "warn" }))).toEqual(["warned b", "warned c"]);
    expect(messages(ring.records({ after: 3, last: 2 }))).toEqual(["f", "g"]);
    ring.logger.error("h");
    expect(messages(ring.records())).toEqual(["warned c", "f", "g", "h"]);
  });

  it("leaves out what is quieter than its level", () => {
    const ring = ringOf({ level: "warn" });
    ring.logger.info("quiet");
    ring.logger.error("loud");
    expect(messages(ring.records())).toEqual(["loud"]);
  });

  it("is bounded in size too, whatever a stranger sends", () => {
    const ring = ringOf();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, "x".repeat(1e5)]));
    ring.logger.warn("Refused", many);
    expect(JSON.stringify(ring.records()).length).toBeLessThan(70_000);
  });

  it("tells whoever listens, until they stop or throw", () => {
    const ring = ringOf();
    const heard: string[] = [];
    const stop = ring.subscribe(({ message }) => heard.push(message));
    let told = 0;
    ring.subscribe(() => {
      told += 1;
      throw new Error("gone");
    });
    ring.logger.info("one");
    ring.logger.info("two");
    stop();
    ring.logger.info("three");
    expect(heard).toEqual(["one", "two"]);
    expect(told).toBe(1);
  });
});

describe("a logger to several", () => {
  it("says everything to each, as loud as it is", () => {
    const lines: string[] = [];
    const ring = ringOf({ level: "debug" });
    const terminal = createLogger({ level: "info", write: (line) => lines.push(line), nowMs: () => 0 });
    const logger = teeLogger(terminal, ring.logger);
    logger.debug("quiet", { n: 1 });
    logger.info("heard");
    expect(lines).toEqual(["00:00:00.000 INFO  heard"]);
    expect(messages(ring.records())).toEqual(["quiet", "heard"]);
  });
});
