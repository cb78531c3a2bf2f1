import { z } from "zod";
import { fromHex, toHex, UserError, utf8 } from "../core/index.ts";
import { checkExplanation, EXPLANATION_FORMAT, type Explanation, explain, type ScoringMode } from "../scoring/index.ts";
import type { ReadRoute } from "../sources/index.ts";
import { decodeAddress, type Signer, verifySignature } from "../wallet/index.ts";
import type { HistoryStore } from "./history/port.ts";

/** An explanation with the validator's word for it. JSON as it is. */
export interface SignedExplanation {
  readonly explanation: Explanation;
  /** The validator's hotkey. */
  readonly validator: string;
  readonly scheme: "sr25519" | "ed25519";
  /** 64 bytes in hex, over {@link explanationMessage}. */
  readonly signature: string;
}

/** What a third party learns of a signed explanation. */
export interface ExplanationVerdict {
  /** The hotkey signed exactly this. */
  readonly signed: boolean;
  /** Its number comes out of its own contents; null = that cannot be said. */
  readonly holds: boolean | null;
  readonly reason: string;
  readonly validator: string;
  readonly explanation: Explanation;
}

/** JSON with keys in order, no blanks: the same text whoever writes it. Numbers that JSON lacks become texts. */
function canonical(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(",")}}`;
}

/**
 * The bytes that are signed: the form's name, a line break, and the explanation as JSON with sorted keys and no blanks. The name keeps
 * the signature from meaning anything elsewhere.
 *
 * @example
 * new TextDecoder().decode(explanationMessage({ b: 1, a: 2 })); // 'conversion-subnet/explanation/1\n{"a":2,"b":1}'
 */
export function explanationMessage(explanation: unknown): Uint8Array {
  return utf8(`${EXPLANATION_FORMAT}\n${canonical(explanation)}`);
}

/**
 * Signs an explanation with the validator's hotkey, so that somebody who does not know the validator's history can rely on it.
 *
 * @example
 * (await signExplanation(explain(record, "5F…"), signer)).validator === signer.address; // true
 */
export async function signExplanation(explanation: Explanation, signer: Signer): Promise<SignedExplanation> {
  const signature = await signer.sign(explanationMessage(explanation));
  return { explanation, validator: signer.address, scheme: signer.scheme, signature: toHex(signature) };
}

/** A question's number and an address. */
const PATH = /^\/v1\/explanations\/(\d{1,15})\/([1-9A-HJ-NP-Za-km-z]{1,64})$/;

/**
 * `GET /v1/explanations/QUESTION/HOTKEY` at the door for events, for keys with the scope `history:read`. What has no truth yet is not
 * told: another could answer with it.
 *
 * @example
 * const route = explanationRoute({ history, signer }); // for `reads` of createEventsDoor
 * await route.read(["12", "5F…"]); // { missing: "the history holds no question 12" }
 */
export function explanationRoute({
  history,
  signer,
}: {
  readonly history: Pick<HistoryStore, "question">;
  readonly signer: Signer;
}): ReadRoute {
  return {
    path: PATH,
    scope: "history:read",
    async read([question = "", hotkey = ""]) {
      const record = await history.question(Number(question));
      if (record === undefined) return { missing: `the history holds no question ${question}` };
      if (!record.asked.includes(hotkey)) return { missing: `question ${question} was not sent to this hotkey` };
      if (record.settled === null) return { missing: `question ${question} is not settled yet` };
      return { found: await signExplanation(explain(record, hotkey), signer) };
    },
  };
}

const number = z.number();
const count = z.int().min(0);
const seconds = number.nullable();
const numbers = z.record(z.string(), number);
const score = z.object({
  ...{ total: number, prediction: number, best: number, components: numbers },
  ...{ invalid: z.string().nullable(), latencySeconds: seconds },
});
const answer = z.object({
  conversionHappened: z.union([z.literal(0), z.literal(1)]),
  ...{ timeToConversionSeconds: number, confidence: seconds, timeIfConvertedSeconds: seconds },
});
const reply = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), answer, latencySeconds: number.min(0) }),
  z.object({ ok: z.literal(false), reason: z.string(), latencySeconds: seconds }),
]);
/** As deep as {@link Explanation}; what it does not know is kept out of what is handed on, though it was signed. */
const explanationDoor = z.object({
  format: z.literal(EXPLANATION_FORMAT),
  ...{ question: count, hotkey: z.string(), stratum: z.string(), askedAtSeconds: number },
  mode: z.object({ name: z.string(), version: count, constants: numbers, formula: z.array(z.string()) }),
  frozen: z.object({
    classWeights: z.object({ 0: number, 1: number }),
    ...{ baseRate: number, medianTimeSeconds: number },
  }),
  reply,
  truth: z
    .object({
      converted: z.union([z.literal(0), z.literal(1)]),
      ...{ timeSeconds: seconds, from: z.string(), atSeconds: number },
    })
    .nullable(),
  ...{ stored: score.nullable(), recomputed: score.nullable(), agrees: z.boolean().nullable() },
  differences: z.array(z.object({ part: z.string(), stored: number, recomputed: number })),
  others: z.object({ replies: count, valid: count, identical: count.max(10_000) }),
  notes: z.array(z.string()),
});
const signedDoor = z.object({
  explanation: z.unknown(),
  validator: z.string(),
  scheme: z.union([z.literal("sr25519"), z.literal("ed25519")]),
  signature: z.string().regex(/^(0x)?[0-9a-fA-F]{128}$/),
});

function refuse(error: z.ZodError, what: string): never {
  const issue = error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new UserError(
    `This is no signed explanation: ${field === "" ? what : `${what}.${field}`}: ${issue?.message ?? "?"}`,
  );
}

/**
 * Checks a signed explanation as a third party: that the hotkey signed exactly this, and that its number comes out of its own contents.
 *
 * @param value JSON from anywhere.
 * @param own scoring modes of your own.
 * @throws {UserError} naming the field, for what is no signed explanation.
 * @example
 * verifyExplanation(JSON.parse(text)).signed; // true
 */
export function verifyExplanation(
  value: unknown,
  { own = [] }: { own?: readonly ScoringMode[] } = {},
): ExplanationVerdict {
  const envelope = signedDoor.safeParse(value);
  if (!envelope.success) refuse(envelope.error, "envelope");
  const { validator, scheme, signature } = envelope.data;
  const inside = explanationDoor.safeParse(envelope.data.explanation);
  if (!inside.success) refuse(inside.error, "explanation");
  const explanation: Explanation = inside.data;
  const signed = verifySignature({
    ...{ scheme, publicKey: decodeAddress(validator), signature: fromHex("signature", signature) },
    message: explanationMessage(envelope.data.explanation),
  });
  const { holds, reason } = checkExplanation(explanation, { own });
  return { signed, holds, reason, validator, explanation };
}
