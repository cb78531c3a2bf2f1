import { expect, it } from "vitest";
import { ChainRefusedError } from "../chain/index.ts";
import { registerCommand, withRegisterHint } from "./network.ts";

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
