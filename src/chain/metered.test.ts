import { describe, expect, it } from "vitest";
import { createManualClock } from "../core/index.ts";
import { openTelemetry } from "../telemetry/index.ts";
import { ChainRefusedError, ChainUnreachableError } from "./errors.ts";
import { meteredChain } from "./metered.ts";
import type { Chain } from "./port.ts";

/** A chain whose every answer is told. */
function chainThat(head: () => Promise<{ block: number; hash: string; timestampMs: number }>): Chain {
  const never = async () => {
    throw new Error("not asked here");
  };
  return {
    network: "told",
    head,
    info: never,
    metagraph: never,
    hyperparameters: never,
    subnets: never,
    uid: never,
    balance: never,
    epochState: never,
    weights: never,
    pendingCommits: never,
    describe: never,
    submit: async () => {
      throw new ChainRefusedError({ refusal: "SettingWeightsTooFast" });
    },
    close: async () => undefined,
  };
}

describe("a chain whose calls are counted", () => {
  it("answers as before, and tells outcomes, writes, and the age of the newest block", async () => {
    const clock = createManualClock();
    const { metrics, render } = await openTelemetry({ version: "0", process: false });
    let block = 7;
    const chain = meteredChain(
      chainThat(async () => {
        if (block === 0) throw new ChainUnreachableError({ endpoint: "ws://x", problem: "gone" });
        return { block, hash: "0x", timestampMs: 0 };
      }),
      { metrics, clock },
    );
    expect((await chain.head()).block).toBe(7);
    clock.advance(30_000);
    await chain.head();
    block = 0;
    await expect(chain.head()).rejects.toThrow(ChainUnreachableError);
    const signer = {
      address: "5F",
      publicKey: new Uint8Array(32),
      scheme: "sr25519" as const,
      sign: () => new Uint8Array(),
    };
    const call = { type: "set_weights" as const, netuid: 1, mechanism: 0, uids: [], weights: [], versionKey: 0 };
    await expect(chain.submit(call, signer)).rejects.toThrow(ChainRefusedError);
    const { text } = await render();
    const lines = text.split("\n").filter((line) => /^conversion_subnet_chain_(calls|writes|block)/.test(line));
    expect(lines.sort()).toEqual([
      "conversion_subnet_chain_block 7",
      "conversion_subnet_chain_block_age_seconds 30",
      'conversion_subnet_chain_calls_total{call="head",outcome="ok"} 2',
      'conversion_subnet_chain_calls_total{call="head",outcome="unreachable"} 1',
      'conversion_subnet_chain_writes_total{call="set_weights",outcome="refused"} 1',
    ]);
  });
});
