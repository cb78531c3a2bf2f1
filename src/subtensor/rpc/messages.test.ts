import fc from "fast-check";
import { expect, it } from "vitest";
import { parseMessage } from "./messages.ts";

it.each([
  ['{"jsonrpc":"2.0","id":1,"result":null}', { kind: "answer", id: 1, result: null }],
  [
    '{"jsonrpc":"2.0","id":2,"error":{"code":1010,"message":"no","data":"x"}}',
    { kind: "refusal", id: 2, error: { code: 1010, message: "no", data: "x" } },
  ],
  ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}', { kind: "other" }],
  [
    '{"jsonrpc":"2.0","method":"m","params":{"subscription":"s","result":{"a":1}}}',
    { kind: "item", subscription: "s", result: { a: 1 } },
  ],
  [
    '{"jsonrpc":"2.0","method":"m","params":{"subscription":7,"result":1}}',
    { kind: "item", subscription: "7", result: 1 },
  ],
  ['{"jsonrpc":"2.0","method":"m","params":[]}', { kind: "other" }],
  ['{"id":"1","result":1}', null],
  ['{"id":1,"error":"no"}', null],
  ["null", null],
  ["[1]", null],
  ["{", null],
])("reads %s", (text, message) => {
  expect(parseMessage(text)).toEqual(message);
});

it("throws at nothing that a node may say", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseMessage(text)));
  const part = fc.oneof(fc.jsonValue(), fc.constantFrom(1, null, { code: 1, message: "" }));
  const message = fc.dictionary(fc.constantFrom("id", "result", "error", "method", "params"), part);
  fc.assert(fc.property(message, (value) => void parseMessage(JSON.stringify(value))));
});
