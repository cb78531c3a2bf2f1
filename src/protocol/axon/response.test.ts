import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../core/index.ts";
import { type AnsweredRequest, axon, btauth, REFUSALS, type Reply } from "../index.ts";
import { isForeign } from "../wire-memory.ts";

const v = JSON.parse(readFileSync(new URL("../../../test/vectors/axon-responses.json", import.meta.url), "utf8"));
const sent = JSON.parse(readFileSync(new URL("../../../test/vectors/axon.json", import.meta.url), "utf8"));
const responseOf = (name: string) => {
  const { status, headers, body } = v[name];
  return { status, headers: new Headers(headers), body: utf8(body) };
};
const request: AnsweredRequest = {
  headers: new Headers(sent.plain.headers),
  target: "/ConversionSynapse",
  body: utf8(sent.plain.body),
  seconds: 0.25,
  available: ["ConversionSynapse"],
};

describe("what a real v10 axon sends back", () => {
  test("is an answer when it is one", () => {
    expect(axon.response.read(responseOf("success"))).toMatchObject({
      ok: true,
      value: { prediction: { conversion_happened: 1, time_to_conversion_seconds: 60 }, confidence: 0.8 },
    });
  });

  test.each([
    ["blacklisted", "Forbidden. Key is blacklisted: not welcome."],
    ["unsigned", "Not Verified with error: Missing Signature"],
    ["failed", "Internal Server Error #"],
    ["unknownSynapse", "Synapse name 'Other' not found."],
    ["badField", "Internal Server Error #"],
    ["noHash", "Not Verified with error: Signature mismatch"],
    ["statusOfForward", "no tea"],
    ["notJson", "status 422"],
  ])("is a refusal in its own words: %s", (name, words) => {
    const reply = axon.response.read(responseOf(name));
    expect(reply).toEqual({ ok: false, reason: "refused", message: expect.stringContaining(words) });
  });

  test("shows which wire it speaks, even to somebody who asked in the other", () => {
    expect(isForeign(responseOf("btauth"), btauth)).toBe(true);
    for (const name of ["blacklisted", "unsigned", "failed", "unknownSynapse"]) {
      expect([isForeign(responseOf(name), axon), isForeign(responseOf(name), btauth)]).toEqual([false, true]);
    }
  });
});

describe("what we read of others", () => {
  const read = (status: number, body: string, headers: Record<string, string> = {}) =>
    axon.response.read({ status, headers: new Headers(headers), body: utf8(body) });
  test.each([
    [
      "a status in the headers that is none of success",
      read(200, "{}", { bt_header_axon_status_code: "408" }),
      "status 408",
    ],
    ["a status in the body that is none of success", read(200, '{"axon":{"status_code":403},"message":"no"}'), "no"],
    ["a status that is no number", read(200, "{}", { bt_header_axon_status_code: "x" }), "status NaN"],
    ["a message in the headers only", read(500, "<html>", { bt_header_axon_status_message: "broken" }), "broken"],
  ])("%s is a refusal", (_, reply, message) => {
    expect(reply).toEqual({ ok: false, reason: "refused", message });
  });
  test("an answer without a word of its status is one, and one that is no JSON is not", () => {
    expect(read(200, '{"prediction":null}')).toEqual({ ok: true, value: { prediction: null } });
    expect(read(200, "{")).toEqual({ ok: false, reason: "invalid", message: "the answer is not JSON" });
  });
});

describe("what we send back", () => {
  const value = { prediction: { conversion_happened: 1, time_to_conversion_seconds: 60 }, confidence: 0.8 };

  test("has the form of a real axon's answer: its headers in lower case, its fields in their order", () => {
    const { status, headers, body } = axon.response.write({ ok: true, value }, request);
    expect(status).toBe(200);
    const absent = /_(ip|port|signature)$|input_obj/;
    const names = (all: string[]) =>
      all.filter((name) => name === "name" || /^(timeout|bt_|header_size|total|computed)/.test(name));
    const theirs = names(v.success.headers.map(([name]: [string, string]) => name)).filter(
      (name) => !absent.test(name),
    );
    expect(names(Object.keys(headers))).toEqual(theirs);
    expect(headers).toMatchObject({
      bt_header_axon_status_code: "200",
      bt_header_axon_status_message: "Success",
      bt_header_axon_process_time: "0.25",
      bt_header_dendrite_nonce: sent.plain.headers.bt_header_dendrite_nonce,
    });
    const object = JSON.parse(body);
    expect(Object.keys(object).slice(0, 7)).toEqual(Object.keys(JSON.parse(v.success.body)).slice(0, 7));
    expect(object.axon).toMatchObject({ status_code: 200, status_message: "Success", process_time: 0.25 });
    expect(object).toMatchObject(value);
    expect(object.features).toEqual(JSON.parse(sent.plain.body).features);
    expect(body).toContain(`"nonce":${sent.plain.headers.bt_header_dendrite_nonce},`);
  });

  test("takes the question's fields from a body, and nothing of the base class", () => {
    const body = utf8(
      '{"name":"Evil","axon":{"hotkey":"x"},"dendrite":{"hotkey":"x"},"timeout":"x","features":{"a":1},"__proto__":{"b":1}}',
    );
    const written = axon.response.write({ ok: true, value }, { ...request, body });
    const object = JSON.parse(written.body);
    expect(object).toMatchObject({ name: "ConversionSynapse", timeout: 12, features: { a: 1 } });
    expect([object.axon.hotkey, object.dendrite.hotkey]).toEqual([sent.receiver, sent.sender]);
    expect(JSON.parse(axon.response.write({ ok: true, value }, { ...request, body: utf8("[") }).body)).toMatchObject(
      value,
    );
  });

  const refusal = (
    code: string,
    message = "why",
    status: number = REFUSALS[code as keyof typeof REFUSALS] ?? 401,
  ): Reply => ({
    ok: false,
    status,
    code,
    message,
  });
  test.each([
    ["BAD_SIGNATURE", 401, "Not Verified with error: why"],
    ["FORBIDDEN", 403, "Forbidden. Key is blacklisted: why."],
    ["NOT_FOUND", 404, "Synapse name 'ConversionSynapse' not found. Available synapses ['ConversionSynapse']"],
    ["ANSWER_TIMEOUT", 408, "Response timeout after: 0.25s"],
    ["BODY_TIMEOUT", 408, "why"],
    ["BODY_TOO_LARGE", 413, "why"],
    ["BAD_REQUEST", 422, "why"],
    ["OVERLOADED", 503, "why"],
  ])("says %s with %i: %s", (code, status, message) => {
    const written = axon.response.write(refusal(code), request);
    expect([written.status, JSON.parse(written.body)]).toEqual([status, { message }]);
    expect(written.headers).toMatchObject({
      bt_header_axon_status_code: String(status),
      bt_header_axon_status_message: message,
    });
    expect(isForeign({ status, headers: new Headers(written.headers), body: utf8(written.body) }, axon)).toBe(false);
  });

  test("says an internal error as an id", () => {
    const { status, body } = axon.response.write(refusal("INTERNAL_ERROR", "internal error 7f"), request);
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error #7f"}']);
  });

  test("of hostile paths and headers is one that every HTTP client can read", () => {
    const hostile = new Headers({
      timeout: "1e999",
      bt_header_dendrite_nonce: "1".repeat(4_000),
      bt_header_dendrite_hotkey: "ü",
      bt_header_axon_hotkey: "a b",
    });
    for (const target of ["/%0d%0aX: y", `/${"é".repeat(500)}`, "/a\u2028b", "", "//", "/x?y=z"]) {
      const { headers } = axon.response.write(refusal("NOT_FOUND"), { ...request, headers: hostile, target });
      for (const text of Object.values(headers)) expect(text).toMatch(/^[\x20-\x7e]{0,300}$/);
      expect(headers).toMatchObject({ timeout: "12.0" });
      expect(Object.keys(headers).filter((name) => /dendrite|axon_hotkey/.test(name))).toEqual([]);
    }
  });
});
