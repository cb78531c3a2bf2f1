import { describe, expect, it } from "vitest";
import { ago, count, duration, fixed, millis, percent, plural, shortKey, signed, tao } from "./format.ts";

describe("numbers as people read them", () => {
  it.each([
    [fixed(null), "–"],
    [fixed(Number.NaN), "–"],
    [fixed(-0.00001, 3), "0.000"],
    [fixed(-0.25, 2), "−0.25"],
    [percent(0.1384), "13.8 %"],
    [percent(1, 0), "100 %"],
    [signed(0.02, 2), "+0.02"],
    [signed(-0.02, 2), "−0.02"],
    [signed(0.0001, 2), "0.00"],
    [count(1_234_567), "1,234,567"],
    [plural(1, "miner"), "1 miner"],
    [plural(1_000, "miner"), "1,000 miners"],
    [tao("1000500000000"), "1,000.5"],
    [tao(null), "–"],
    [shortKey("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), "5Grwva…utQY"],
    [shortKey("short"), "short"],
  ])("%s", (said, expected) => {
    expect(said).toBe(expected);
  });

  it.each([
    [0, "0 s"],
    [0.05, "0.05 s"],
    [0.42, "0.4 s"],
    [8, "8 s"],
    [9.97, "10 s"],
    [59.6, "1 min"],
    [200, "3 min 20 s"],
    [3_600, "1 h"],
    [5_400, "1 h 30 min"],
    [187_200, "2 d 4 h"],
    [-75, "−1 min 15 s"],
    [null, "–"],
  ])("%s seconds", (seconds, expected) => {
    expect(duration(seconds)).toBe(expected);
  });

  it.each([
    [9.7, "9.7 ms"],
    [5, "5 ms"],
    [120.4, "120 ms"],
    [1_010.5, "1.01 s"],
    [2_000, "2 s"],
    [12_000, "12 s"],
  ])("%s milliseconds", (ms, expected) => {
    expect(millis(ms)).toBe(expected);
  });

  it("ages in one unit, by the clock that is given", () => {
    expect(ago(null, 0)).toBe("–");
    expect(ago(1_000, 1_500)).toBe("just now");
    expect(ago(5_000, 1_000)).toBe("just now");
    expect(ago(0, 8_400)).toBe("8 s ago");
    expect(ago(0, 200_000)).toBe("3 min ago");
  });
});
