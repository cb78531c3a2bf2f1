import { expect, it } from "vitest";
import { NoExternalIpError, NoModelError, NotRegisteredError } from "./errors.ts";

it("NoModelError says how to get a model, and how to go without one knowingly", () => {
  const error = new NoModelError();
  expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
    "NO_MODEL
    This miner has no model, and random weights are never served.

    Hint: Train one (npx conversion-subnet train train.csv --out model) and pass --model, or serve the base rate knowingly with --baseline."
  `);
});

it("NoExternalIpError names the address and the flag that gives another", () => {
  const error = new NoExternalIpError({ ip: "0.0.0.0" });
  expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
    "NO_EXTERNAL_IP
    This miner has no address to announce.

    Address: 0.0.0.0

    Hint: Pass the IPv4 address at which validators reach this machine: --axon.external_ip"
  `);
  expect(error.ip).toBe("0.0.0.0");
});

it("NotRegisteredError names the hotkey and the command that registers it", () => {
  const error = new NotRegisteredError({ hotkey: "5Grwva…", netuid: 3, network: "local" });
  expect(`${error.code}\n${error.message}`).toMatchInlineSnapshot(`
    "NOT_REGISTERED
    The hotkey is not registered on this subnet.

    Hotkey:  5Grwva…
    Netuid:  3
    Network: local

    Hint: Register it: npx conversion-subnet subnets register --netuid 3 --subtensor.network local --wallet.name NAME --wallet.hotkey HOTKEY"
  `);
  expect([error.hotkey, error.netuid]).toEqual(["5Grwva…", 3]);
});
