import { expect, test } from "vitest";
import { PlainResponse } from "./plain-response.ts";

test("it is a Response of its own kind, and the global ones are untouched", async () => {
  expect(PlainResponse).not.toBe(globalThis.Response);
  expect([globalThis.Request.name, globalThis.Response.name]).toEqual(["Request", "Response"]);
  expect(globalThis.Response.prototype).not.toBeInstanceOf(globalThis.Response);
  const response = new PlainResponse("héllo", { status: 418, headers: { "content-type": "text/plain", "x-a": "1" } });
  expect(response).toBeInstanceOf(globalThis.Response);
  expect([response.status, response.headers.get("X-A")]).toEqual([418, "1"]);
  expect(await response.text()).toBe("héllo");
});
