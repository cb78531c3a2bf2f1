import { createHash } from "node:crypto";
import { type Answer, answerToWire, type Question, toVector } from "../schema.ts";

/** What this miner has answered to whom, as far as feedback must be told from an invention. */
export interface AnswerMemory {
  remember(validator: string, question: Question, answer: Answer): void;
  /** Whether this very question was answered so to this validator, of late. */
  knows(validator: string, question: Question, answer: Answer): boolean;
  /** Whether anything is remembered of this validator. */
  hasAnswered(validator: string): boolean;
  readonly size: number;
}

interface Remembered {
  /** By blinded id. */
  readonly digests: Map<string, string>;
  /** Ids in a ring, so that the oldest is found at once. */
  readonly ids: string[];
  next: number;
}

/** Questions and answers are not kept, but what tells them from others: 32 bytes. */
function digestOf({ features, landmark, horizonSeconds }: Question, answer: Answer): string {
  const vector = Array.from(toVector(features), (value) => (Number.isNaN(value) ? null : value));
  const text = JSON.stringify([landmark, horizonSeconds, vector, answerToWire(answer)]);
  return createHash("sha256").update(text).digest("base64");
}

/**
 * Remembers answers by validator and blinded id; bounded for each validator apart, so that one who asks much pushes out nobody
 * else's. Nothing of it outlives the process: feedback about what was answered before a restart is refused.
 *
 * @param perValidator answers of one validator (about 300 bytes each); the oldest go first.
 * @param validators at once; whoever asked longest ago goes first.
 * @example
 * const memory = createAnswerMemory();
 * memory.remember(validator, question, answer);
 * memory.knows(validator, question, answer); // true
 */
export function createAnswerMemory({
  perValidator = 20_000,
  validators = 64,
}: {
  perValidator?: number;
  validators?: number;
} = {}): AnswerMemory {
  const known = new Map<string, Remembered>();
  return {
    remember(validator, question, answer) {
      const own = known.get(validator) ?? { digests: new Map<string, string>(), ids: [], next: 0 };
      // To the end of the line: a Map keeps the order of coming.
      known.delete(validator);
      known.set(validator, own);
      for (const oldest of known.keys()) if (known.size > validators) known.delete(oldest);
      const { digests, ids } = own;
      const { sessionId } = question;
      if (!digests.has(sessionId)) {
        const oldest = ids[own.next];
        if (oldest !== undefined) digests.delete(oldest);
        ids[own.next] = sessionId;
        own.next = (own.next + 1) % perValidator;
      }
      digests.set(sessionId, digestOf(question, answer));
    },
    knows(validator, question, answer) {
      const digest = known.get(validator)?.digests.get(question.sessionId);
      return digest !== undefined && digest === digestOf(question, answer);
    },
    hasAnswered: (validator) => known.has(validator),
    get size() {
      return [...known.values()].reduce((sum, { digests }) => sum + digests.size, 0);
    },
  };
}
