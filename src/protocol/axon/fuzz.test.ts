import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemClock, utf8 } from "../../core/index.ts";
import { keypairFromUri } from "../../wallet/index.ts";
import { axon, createAxonWire, createMemoryNonceStore, createMinerApp } from "../index.ts";
import { bodyHash } from "./body-hash.ts";

const signer = keypairFromUri("//Alice").signer;
const self = keypairFromUri("//Bob").address;
const answer = {
  conversionHappened: 1,
  timeToConversionSeconds: 60,
  confidence: 0.7,
  timeIfConvertedSeconds: 60,
} as const;
const app = createMinerApp({ self }, { answer: async () => answer, authorize: async () => ({ allowed: true }) });
const target = "/ConversionSynapse";
const sign = (body: Uint8Array) =>
  axon.request.write({ method: "POST", target, body }, { signer, receiver: self, clock: systemClock });
const post = (headers: Headers | Record<string, string>, body: Uint8Array) =>
  app.request(target, { method: "POST", headers, body: new Uint8Array(body) });

describe("an axon of ours, whatever it is sent", () => {
  test("hostile headers are 401 or 422, never 5xx", async () => {
    const valid = await sign(utf8('{"features":{"session_id":"q"}}'));
    const sides = [
      "dendrite_hotkey",
      "dendrite_nonce",
      "dendrite_uuid",
      "dendrite_signature",
      "dendrite_version",
      "axon_hotkey",
    ];
    const name = fc.constantFrom(
      ...sides.map((side) => `bt_header_${side}`),
      "computed_body_hash",
      "timeout",
      "name",
      "bt_header_input_obj_features",
    );
    const value = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
      fc.constantFrom("1", self, signer.address, "0x", `0x${"ab".repeat(64)}`, "9".repeat(20), "None", "a.b", "694"),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value), fc.boolean(), async (changes, whole) => {
        const headers = new Headers(whole ? valid.headers : { bt_header_dendrite_uuid: "u" });
        for (const [key, text] of Object.entries(changes)) headers.set(key, text);
        const response = await post(headers, utf8("{"));
        expect([401, 422]).toContain(response.status);
        expect(response.headers.get("bt_header_axon_status_code")).toBe(String(response.status));
        expect(JSON.parse(await response.text())).toEqual({ message: expect.any(String) });
      }),
      { numRuns: 200 },
    );
  });

  test("hostile bodies under a good signature are an answer, 401 or 422, never 5xx", async () => {
    const json = fc.json().map((text) => utf8(text));
    const near = fc
      .record({
        features: fc.dictionary(fc.string(), fc.jsonValue()),
        landmark: fc.jsonValue(),
        axon: fc.jsonValue(),
        dendrite: fc.jsonValue(),
      })
      .map((value) => utf8(JSON.stringify({ ...value, features: { session_id: "q", ...value.features } })));
    const bytes = fc.oneof(
      fc.uint8Array(),
      json,
      near,
      fc.constant(utf8("[".repeat(60_000))),
      fc.constant(utf8('{"a":'.repeat(10_000))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (hostile, hashed) => {
        const wire = hashed ? createAxonWire({ hashFields: ["features"] }) : axon;
        const { headers } = await wire.request.write(
          { method: "POST", target, body: utf8('{"features":{"session_id":"q"}}') },
          { signer, receiver: self, clock: systemClock },
        );
        const response = await post({ ...headers }, hostile);
        expect([200, 401, 422]).toContain(response.status);
        await response.text();
      }),
      { numRuns: 150 },
    );
  });

  test("whatever is signed verifies, and nothing else that is said in its place does", async () => {
    const fields = fc.record({
      features: fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 3 })),
      other: fc.jsonValue(),
    });
    const wire = createAxonWire({ hashFields: ["features"] });
    const nonceStore = createMemoryNonceStore();
    const context = { self, nonceStore, clock: systemClock, requireReceiver: true };
    await fc.assert(
      fc.asyncProperty(fields, async (value) => {
        const parts = {
          method: "POST",
          target,
          body: utf8(JSON.stringify({ ...value, features: { ...value.features, x: 1 } })),
        };
        const { headers, body } = await wire.request.write(parts, { signer, receiver: self, clock: systemClock });
        const read = async (sent: Uint8Array) =>
          wire.request.claim(new Headers(headers), context).prove({ ...parts, body: sent });
        const changed = new TextDecoder().decode(body).replace('"x":1', '"x":2');
        await expect(read(utf8(changed))).rejects.toMatchObject({ code: "BODY_HASH_MISMATCH" });
        expect((await read(body)).hotkey).toBe(signer.address);
      }),
      { numRuns: 60 },
    );
  });

  test("hashing a hostile body of the largest size takes no time that grows with its nesting or its escapes", () => {
    for (const body of [
      "[".repeat(65_000),
      `{"features":"${"\\u0000".repeat(10_000)}"}`,
      `{"features":${"9".repeat(65_000)}}`,
      `{"features":"${"\\".repeat(60_000)}`,
    ]) {
      expect(typeof (bodyHash(body, ["features"]) ?? "none")).toBe("string");
    }
  });
});
