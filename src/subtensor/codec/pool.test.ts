import { describe, expect, it } from "vitest";
import { POOL_REFUSALS } from "../../chain/index.ts";
import { poolAnswer } from "./index.ts";

const custom = (number: number) => ({ code: 1010, message: "Invalid Transaction", data: `Custom error: ${number}` });

describe("a refusal of the pool", () => {
  it.each(Object.entries(POOL_REFUSALS))("with custom error %s has the runtime's reason", (number, candidates) => {
    expect(poolAnswer(custom(Number(number)))).toEqual({ kind: "refused", refusal: candidates[0], candidates });
  });

  it.each([
    [1, "add_stake", "StakeAmountTooLow"],
    [1, "set_weights", "NotEnoughStakeToSetWeights"],
    [6, "set_weights", "SettingWeightsTooFast"],
    [6, "commit_weights", "CommittingWeightsTooFast"],
    [6, "commit_timelocked_weights", "CommittingWeightsTooFast"],
    [6, "register", "RateLimitExceeded"],
  ] as const)("with the shared number %i is for %s: %s", (number, call, refusal) => {
    expect(poolAnswer(custom(number), call)).toMatchObject({ kind: "refused", refusal });
  });

  it.each([
    ["as an object", { code: 1010, message: "Invalid Transaction", data: { Custom: 19 } }],
    ["in the message", { code: 1010, message: "Invalid Transaction: Custom error: 19" }],
  ])("may say its number %s", (_, failure) => {
    expect(poolAnswer(failure)).toMatchObject({ refusal: "HotKeyNotRegisteredInSubNet" });
  });

  it.each([
    [1010, "Invalid Transaction", "Transaction has a bad signature", "bad-proof"],
    [1010, "Invalid Transaction", "Transaction is outdated", "nonce-passed"],
    [1010, "Invalid Transaction", "Transaction has an ancient birth block", "outdated"],
    [1010, "Invalid Transaction", "Inability to pay some fees (e.g. account balance too low)", "unfunded"],
    [1010, "Invalid Transaction", "Transaction will be valid in the future", "nonce-ahead"],
    [1012, "Transaction is temporarily banned", undefined, "busy"],
    [1013, "Transaction Already Imported", "0xabc", "pending"],
    [1014, "Priority is too low: (1 vs 1)", "The transaction has too low priority", "pending"],
    [1016, "Immediately Dropped", "The transaction couldn't enter the pool because of the limit", "busy"],
  ])("%i %s (%s) is %s", (code, message, data, kind) => {
    expect(poolAnswer({ code, message, data })).toEqual({ kind });
  });

  it("that nobody knows is told as it is, and not at any length", () => {
    expect(poolAnswer(custom(255))).toEqual({ kind: "unknown", text: "Custom error: 255" });
    expect(poolAnswer({ code: -32603, message: "x".repeat(1000) })).toEqual({ kind: "unknown", text: "x".repeat(200) });
    expect(poolAnswer({ code: 1010, message: "Custom error: toString" })).toMatchObject({ kind: "unknown" });
  });
});
