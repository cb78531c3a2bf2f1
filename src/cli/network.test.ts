import { describe, expect, it } from "vitest";
import { ChainRefusedError } from "../chain/index.ts";
import { createLedger, ledgerChain } from "../localnet/index.ts";
import { connectChain, networkOf, registerCommand, withChain, withRegisterHint } from "./network.ts";

const flags = { netuid: 3, "subtensor.network": "local", "wallet.name": "me", "wallet.hotkey": "hot" };
const refuse = (refusal: ChainRefusedError["refusal"]) => () =>
  Promise.reject(new ChainRefusedError({ refusal, values: { Netuid: 3 } }));

it("a hotkey that the chain does not know is told the very command that registers it", async () => {
  await expect(withRegisterHint(flags, refuse("HotKeyNotRegisteredInSubNet"))).rejects.toMatchObject({
    code: "CHAIN_REFUSED",
    refusal: "HotKeyNotRegisteredInSubNet",
    values: { Netuid: 3 },
    hint: `Register it: ${registerCommand(flags)}`,
  });
  expect(registerCommand(flags)).toBe(
    "npx conversion-subnet subnets register --netuid 3 --subtensor.network local --wallet.name me --wallet.hotkey hot",
  );
});

it("other refusals, and what succeeds, stay as they are", async () => {
  await expect(withRegisterHint(flags, refuse("SubnetNotExists"))).rejects.toMatchObject({
    hint: expect.stringMatching("Check --netuid"),
  });
  expect(await withRegisterHint(flags, async () => 7)).toBe(7);
});

it("an explicit endpoint counts before an explicit network, before the environment, before local", () => {
  const env = { BT_NETWORK: "test", BT_SUBTENSOR_NETWORK: "archive", BT_SUBTENSOR_CHAIN_ENDPOINT: "ws://env:1" };
  const both = { "subtensor.chain_endpoint": "ws://flag:1", "subtensor.network": "finney" };
  expect(networkOf(both, env)).toBe("ws://flag:1");
  expect(networkOf({ "subtensor.network": "finney" }, env)).toBe("finney");
  expect(networkOf({}, env)).toBe("ws://env:1");
  expect(networkOf({}, { ...env, BT_SUBTENSOR_CHAIN_ENDPOINT: " " })).toBe("archive");
  expect([networkOf({}, { BT_NETWORK: "test" }), networkOf({}, {})]).toEqual(["test", "local"]);
});

it.each([
  ["local", "local"],
  ["http://127.0.0.1:9944/", "local"],
  ["finney", "finney"],
  ["archive", "archive"],
  ["wss://entrypoint-finney.opentensor.ai:443", "finney"],
  ["ws://127.0.0.1:1, ws://127.0.0.1:2", "127.0.0.1:1"],
])("%s is a chain, called %s in logs; nothing is sent before the first question", async (network, name) => {
  const chain = connectChain({ "subtensor.network": network });
  expect(chain.network).toBe(name);
  await chain.close();
});

describe("work on a chain", () => {
  const never = new AbortController().signal;
  let die: (error: unknown) => void = () => undefined;
  let closed = 0;
  const connect: typeof connectChain = (_, { onDead = () => undefined } = {}) => {
    die = onDead;
    const chain = ledgerChain(createLedger({ seed: 1 }));
    const close = async () => {
      closed += 1;
    };
    return { ...chain, close };
  };

  it("is told to end when the connection is given up, and fails with why even if it ends well", async () => {
    const work = withChain(
      {},
      never,
      (_, signal) => new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("stopped well"))),
      { connect },
    );
    die(new Error("no block for an hour"));
    await expect(work).rejects.toThrow("no block for an hour");
    expect(closed).toBe(1);
  });

  it("ends well when its caller stops it, and hangs up", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    expect(await withChain({}, controller.signal, async (_, signal) => signal.aborted, { connect })).toBe(true);
    expect(closed).toBe(2);
  });
});

it.each(["moon", "https://finney", "ws://", "http://127.0.0.1:9944/path", "ws://a,http://b"])(
  "%s is no network",
  (network) => {
    expect(() => connectChain({ "subtensor.network": network })).toThrow(`"${network}" is no network`);
  },
);
