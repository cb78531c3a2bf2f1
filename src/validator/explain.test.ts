import { describe, expect, it } from "vitest";
import { explain, properV1, type ScoredRecord, seedV1 } from "../scoring/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { signExplanation, verifyExplanation } from "./explain.ts";

function record(mode = seedV1()): ScoredRecord {
  const frozen = { classWeights: { 0: 0.625, 1: 0.375 }, baseRate: 0.4, medianTimeSeconds: 100 };
  const answer = {
    conversionHappened: 1,
    timeToConversionSeconds: 62,
    confidence: 1,
    timeIfConvertedSeconds: null,
  } as const;
  const replies = new Map([
    ["ann", { ok: true, answer, latencySeconds: 0.1 + 0.2 }] as const,
    ["bob", { ok: true, answer, latencySeconds: 2 }] as const,
  ]);
  const truth = { converted: 1, timeSeconds: 62.25 } as const;
  const scores = mode.score({ frozen, replies: [...replies.values()] }, truth);
  return {
    open: { number: 3, stratum: "shop, 4 messages", askedAtSeconds: 40 },
    ...{ frozen, replies, asked: ["ann", "bob"] },
    mode: { name: mode.name, version: mode.version, constants: mode.constants },
    settled: {
      truth,
      reason: "converted",
      atSeconds: 70,
      scores: new Map(scores.map((s, i) => [i === 0 ? "ann" : "bob", s])),
    },
  };
}
const signer = keypairFromUri("//explaining").signer;
const over = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a signed explanation", () => {
  it.each([seedV1(), properV1()])("of $name is checked by somebody who has nothing but its JSON", async (mode) => {
    const signed = await signExplanation(explain(record(mode), "ann"), signer);
    expect(verifyExplanation(over(signed))).toMatchObject({ signed: true, holds: true, validator: signer.address });
    expect(verifyExplanation(over(signed)).explanation).toEqual(signed.explanation);
  });

  it("does not depend on the order of its keys", async () => {
    const signed = await signExplanation(explain(record(), "ann"), signer);
    const explanation = Object.fromEntries(Object.entries(signed.explanation).reverse());
    expect(verifyExplanation({ ...signed, explanation }).signed).toBe(true);
  });

  it("is not signed any more when anything in it is changed, added or taken away", async () => {
    const signed = await signExplanation(explain(record(), "ann"), signer);
    const { explanation } = signed;
    const changed = [
      { ...explanation, hotkey: "bob" },
      { ...explanation, question: 4 },
      { ...explanation, stored: explanation.stored && { ...explanation.stored, total: 1 } },
      { ...explanation, added: 1 },
    ];
    for (const other of changed) expect(verifyExplanation({ ...signed, explanation: other }).signed).toBe(false);
    const stranger = keypairFromUri("//somebody else").signer.address;
    expect(verifyExplanation({ ...signed, validator: stranger }).signed).toBe(false);
  });

  it("may be signed and wrong: the number is made again too", async () => {
    const { explanation } = await signExplanation(explain(record(), "ann"), signer);
    const lie = { ...explanation, stored: explanation.stored && { ...explanation.stored, total: 0.1 } };
    expect(verifyExplanation(over(await signExplanation(lie, signer)))).toMatchObject({
      ...{ signed: true, holds: false, reason: "differs in total" },
    });
  });

  it("is refused by name when it is none", async () => {
    const signed = await signExplanation(explain(record(), "ann"), signer);
    expect(() => verifyExplanation(null)).toThrow("This is no signed explanation");
    expect(() => verifyExplanation({ ...signed, signature: "00" })).toThrow("envelope.signature");
    const explanation = { ...signed.explanation, reply: { ok: true } };
    expect(() => verifyExplanation({ ...signed, explanation })).toThrow("explanation.reply");
    expect(() => verifyExplanation({ ...signed, validator: "5G" })).toThrow("2 characters");
  });
});
