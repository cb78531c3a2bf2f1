import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createManualClock, utf8 } from "../core/index.ts";
import { createMemoryNonceStore, verifyRequest } from "./index.ts";

interface Signed {
  readonly case: string;
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly sender: string;
  readonly bound: boolean;
  readonly headers: Record<string, string>;
}
const v = JSON.parse(readFileSync(new URL("../../test/vectors/btauth-v11.json", import.meta.url), "utf8"));
const nowMs = Number(BigInt(v.nonce) / 1_000_000n) + 5;
const contextOf = (changes: object = {}) => ({
  self: v.receiver,
  nonceStore: createMemoryNonceStore({}, { clock: createManualClock(nowMs - 1_000) }),
  clock: createManualClock(nowMs),
  ...changes,
});

describe.each<Signed>(v.requests)("what SDK 11 signed: $case", ({ method, target, body, sender, bound, headers }) => {
  const request = { method, target, body: utf8(body), headers };
  test("verifies from a plain object of headers, and once only", async () => {
    const context = contextOf({ requireReceiver: bound });
    expect(await verifyRequest(request, context)).toMatchObject({ hotkey: sender, nonce: BigInt(v.nonce) });
    await expect(verifyRequest(request, context)).rejects.toMatchObject({ code: "REPLAYED_REQUEST" });
  });

  test.each([
    ["method", { method: "PATCH" }],
    ["target", { target: `${target}x` }],
    ["body", { body: utf8(`${body} `) }],
  ])("does not verify with another %s", async (_, change) => {
    await expect(verifyRequest({ ...request, ...change }, contextOf({ requireReceiver: bound }))).rejects.toMatchObject(
      { code: "BAD_SIGNATURE" },
    );
  });

  test(bound ? "does not verify at another receiver's" : "is refused where a receiver is required", async () => {
    const context = bound ? contextOf({ self: sender }) : contextOf();
    await expect(verifyRequest(request, context)).rejects.toMatchObject({ code: "WRONG_RECEIVER" });
  });
});
