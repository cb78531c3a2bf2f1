import { describe, expect, it } from "vitest";
import { ChainRefusedError, ChainUnreachableError } from "./errors.ts";
import { CHAIN_REFUSALS, type ChainRefusal, isChainRefusal, POOL_REFUSALS } from "./refusals.ts";

const refusals = Object.keys(CHAIN_REFUSALS) as ChainRefusal[];

describe("the words of the chain", () => {
  it("ChainRefusedError, with the pallet's own name and the values", () => {
    const error = new ChainRefusedError({ refusal: "SettingWeightsTooFast", values: { "Blocks left": 7 } });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "CHAIN_REFUSED
      Weights were set too short a time ago.

      Refusal:     SettingWeightsTooFast
      Blocks left: 7

      Hint: Wait for the blocks left."
    `);
    expect([error.refusal, error.values, error.name]).toEqual([
      "SettingWeightsTooFast",
      { "Blocks left": 7 },
      "ChainRefusedError",
    ]);
    expect(new ChainRefusedError({ refusal: "AmountTooLow" }).values).toEqual({});
  });

  it("ChainUnreachableError of a web server where a node was named", () => {
    const problem = "no answer; last: Unexpected server response: 200";
    const { message } = new ChainUnreachableError({ endpoint: "ws://127.0.0.1:9944", problem });
    expect(message).toMatch("A web server answers there, and no Subtensor node");
  });

  it("ChainUnreachableError", () => {
    const cause = new Error("ECONNREFUSED");
    const error = new ChainUnreachableError({ endpoint: "http://127.0.0.1:9944", problem: "ECONNREFUSED", cause });
    expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
      "CHAIN_UNREACHABLE
      The chain cannot be reached.

      Endpoint: http://127.0.0.1:9944
      Problem:  ECONNREFUSED

      Hint: For --subtensor.network local start one first: npx conversion-subnet localnet"
    `);
    expect([error.endpoint, error.cause, error.name]).toEqual([
      "http://127.0.0.1:9944",
      cause,
      "ChainUnreachableError",
    ]);
  });

  it.each(refusals)("%s says what it means and what to do, each in a sentence of its own", (refusal) => {
    const { shortMessage, hint, message } = new ChainRefusedError({ refusal });
    expect(shortMessage).toMatch(/^[A-Z][^.]*\.$/);
    expect(hint).toMatch(/^[A-Z].{8,}/);
    expect(message).toContain(`Refusal: ${refusal}`);
  });

  it("a refusal that a newer runtime brought keeps its name, and the runtime's own words", () => {
    const error = new ChainRefusedError({ refusal: "MoonIsFull", meaning: "The moon is full." });
    expect([error.refusal, error.shortMessage]).toEqual(["MoonIsFull", "The moon is full."]);
    expect(new ChainRefusedError({ refusal: "MoonIsFull" }).hint).toMatch("Subtensor's source");
  });

  it("every number of the transaction pool stands for refusals that we know", () => {
    expect(Object.keys(POOL_REFUSALS)).toHaveLength(28);
    for (const names of Object.values(POOL_REFUSALS)) expect(names.every(isChainRefusal)).toBe(true);
  });

  it("are told apart: no two refusals read the same", () => {
    expect(new Set(refusals.map((refusal) => CHAIN_REFUSALS[refusal][0])).size).toBe(refusals.length);
  });

  it("of a stranger are known or not, names of every object included", () => {
    expect(refusals.every(isChainRefusal)).toBe(true);
    for (const name of ["", "Nonsense", "toString", "constructor", "__proto__"])
      expect(isChainRefusal(name)).toBe(false);
  });
});
