import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../../../test/support/runtimes.ts";
import { smallMetadata } from "../../../test/support/small-metadata.ts";
import { createCodec, refusalOf } from "./index.ts";
import { openRuntime } from "./metadata.ts";
import type { Writer } from "./primitives.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const phase = (index: number) => ({ type: "ApplyExtrinsic", value: index });
const dispatch_info = { weight: { ref_time: 1n, proof_size: 2n }, class: "Normal", pays_fee: "No" };
const event = (pallet: string, type: string, value?: unknown) => ({ type: pallet, value: { type, value } });
const failed = (dispatch_error: unknown) => event("System", "ExtrinsicFailed", { dispatch_error, dispatch_info });
const paid = event("TransactionPayment", "TransactionFeePaid", { who: ALICE, actual_fee: 1234n, tip: 0n });

describe.each(RUNTIMES)("the events of a block by $name", ({ metadata }) => {
  const codec = createCodec(metadata);
  const runtime = openRuntime(metadata);

  function eventsOf(...records: readonly (readonly [phase: unknown, event: unknown])[]) {
    const item = runtime.pallet("System").storage?.items.find(({ name }) => name === "Events");
    const writer: Writer = [];
    const rows = records.map(([at, what]) => ({ phase: at, event: what, topics: [] }));
    runtime.scale(item?.type.tag === "plain" ? item.type.value : -1).write(writer, rows, "events");
    return codec.decodeEvents(Uint8Array.from(writer));
  }

  it("say of each extrinsic how it fared, and what it cost", () => {
    const events = eventsOf(
      ["Initialization", event("SubtensorModule", "WeightsSet", [1, 2])],
      [phase(1), event("SubtensorModule", "AxonServed", [1, ALICE])],
      [phase(1), paid],
      [phase(1), event("System", "ExtrinsicSuccess", { dispatch_info })],
      [phase(2), failed({ type: "Module", value: { index: 7, error: "0x15000000" } })],
      [phase(3), failed({ type: "Token", value: "FundsUnavailable" })],
      [phase(4), failed("BadOrigin")],
    );
    expect(events[0]).toEqual({ extrinsic: null, pallet: "SubtensorModule", name: "WeightsSet", value: [1, 2] });
    expect(codec.outcome(events, 1)).toEqual({
      failure: null,
      feeRao: 1234n,
      events: [
        { extrinsic: 1, pallet: "SubtensorModule", name: "AxonServed", value: [1, ALICE] },
        expect.objectContaining({ name: "TransactionFeePaid" }),
        expect.objectContaining({ name: "ExtrinsicSuccess" }),
      ],
    });
    expect(codec.outcome(events, 2)?.failure).toMatchObject({ pallet: "SubtensorModule", name: expect.any(String) });
    expect(codec.outcome(events, 3)?.failure).toEqual({ pallet: null, name: "Token.FundsUnavailable", docs: "" });
    expect(codec.outcome(events, 4)?.failure).toEqual({ pallet: null, name: "BadOrigin", docs: "" });
    expect(codec.outcome(events, 5)).toBeNull();
    expect(codec.outcome(codec.decodeEvents(null), 0)).toBeNull();
  });
});

describe("a module error", () => {
  const codec = createCodec(smallMetadata());

  it("has the pallet's name for it and its documentation", () => {
    expect(codec.moduleError({ index: 7, error: "0x0f000000" })).toEqual({
      pallet: "SubtensorModule",
      name: "NeuronNoValidatorPermit",
      docs: "What NeuronNoValidatorPermit means.",
    });
  });

  it("that the metadata does not know is still told", () => {
    expect(codec.moduleError({ index: 7, error: Uint8Array.of(250, 0, 0, 0) }).name).toBe("Error250");
    expect(codec.moduleError({ index: 99, error: new Uint8Array() })).toEqual({
      pallet: "Pallet99",
      name: "ErrorUnknown",
      docs: "",
    });
  });

  it("is a refusal: in our words where we know it, else in the runtime's", () => {
    const known = refusalOf(codec.moduleError({ index: 7, error: "0x0f000000" }));
    expect([known.refusal, known.shortMessage]).toEqual([
      "NeuronNoValidatorPermit",
      "The hotkey has no validator permit.",
    ]);
    const unknown = refusalOf(codec.moduleError({ index: 7, error: "0xc8000000" }));
    expect([unknown.refusal, unknown.shortMessage]).toEqual(["NewSinceThisVersion", "What NewSinceThisVersion means."]);
    expect(refusalOf({ pallet: null, name: "BadOrigin", docs: "" }).refusal).toBe("BadOrigin");
  });
});
