import { describe, expect, it } from "vitest";
import { isSubtensorNetwork, resolveNetwork } from "./networks.ts";

describe("where the chain is", () => {
  it.each([
    ["an endpoint goes before a network", { endpoints: ["ws://a:1"], network: "finney" }, "a:1", "ws://a:1"],
    ["a network by its name", { network: "local" }, "local", "ws://127.0.0.1:9944"],
    ["a URL may stand for a network", { network: "wss://b:2" }, "b:2", "wss://b:2"],
    ["nothing said is finney", {}, "finney", "wss://entrypoint-finney.opentensor.ai:443"],
    ["blank says nothing", { network: "" }, "finney", "wss://entrypoint-finney.opentensor.ai:443"],
  ])("%s", (_, choice, network, endpoint) => {
    const resolved = resolveNetwork(choice);
    expect([resolved.network, resolved.endpoints[0]]).toEqual([network, endpoint]);
  });

  it("takes several endpoints, and knows the chain of a known one", () => {
    const { network, endpoints, genesisHash } = resolveNetwork({
      network: "wss://entrypoint-finney.opentensor.ai:443, ws://127.0.0.1:9944",
    });
    expect([network, endpoints.length, genesisHash]).toEqual(["finney", 2, resolveNetwork({}).genesisHash]);
    expect(resolveNetwork({ network: "local" }).genesisHash).toBeUndefined();
    expect(resolveNetwork({ network: "archive" }).genesisHash).toBe(genesisHash);
  });

  it.each(["finnney", "http://127.0.0.1:9944", "constructor", "ws://a,b"])("refuses %j", (network) => {
    expect(() => resolveNetwork({ network })).toThrow("is no network");
  });

  it("knows its names", () => {
    expect(["finney", "test", "archive", "local", "toString"].map(isSubtensorNetwork)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
