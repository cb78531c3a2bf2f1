import { expect, it } from "vitest";
import { ChainDecodeError, RuntimeLacksError, UnknownExtensionError } from "./errors.ts";

it("bytes that cannot be read say whose they are, and where", () => {
  const error = new ChainDecodeError({ what: "SubtensorModule.Uids", problem: "2 bytes too many at byte 2 of 4" });
  expect([error.code, error.what]).toEqual(["CHAIN_DECODE", "SubtensorModule.Uids"]);
  expect(error.message).toMatchInlineSnapshot(`
    "The chain's bytes cannot be read.

    What:    SubtensorModule.Uids
    Problem: 2 bytes too many at byte 2 of 4

    Hint: If the runtime was upgraded, its metadata must be read again; else the endpoint answers wrongly: try another."
  `);
});

it("what a runtime lacks is named", () => {
  const error = new RuntimeLacksError({ kind: "storage", item: "SubtensorModule.Tempo" });
  expect([error.code, error.kind, error.item]).toEqual(["RUNTIME_LACKS", "storage", "SubtensorModule.Tempo"]);
  expect(error.message).toMatchInlineSnapshot(`
    "The chain's runtime does not have what was asked of it.

    Kind: storage
    Name: SubtensorModule.Tempo

    Hint: Check that the endpoint is a Subtensor; if it is, update this software."
  `);
});

it("what a runtime wants is named", () => {
  const error = new UnknownExtensionError({ extension: "CheckMore", part: "signed payload" });
  expect([error.code, error.extension]).toEqual(["UNKNOWN_EXTENSION", "CheckMore"]);
  expect(error.message).toMatchInlineSnapshot(`
    "The runtime wants more in a signed extrinsic than this version can give.

    Extension: CheckMore
    Part:      signed payload

    Hint: Update this software: the chain has been upgraded past it."
  `);
});
