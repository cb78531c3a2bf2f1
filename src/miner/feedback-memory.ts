import { createHash } from "node:crypto";
import { type Answer, FEATURES, type Question, toVector } from "../schema.ts";

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

const INPUTS = FEATURES.length;
/** The 40 numbers, the landmark's kind and number, the horizon, and the answer's four; NaN = not known or not given. */
const numbers = new Float64Array(INPUTS + 7);
const bytes = new Uint8Array(numbers.buffer);

/** Questions and answers are not kept, but what tells them from others: 32 bytes. */
function digestOf({ features, landmark, horizonSeconds }: Question, answer: Answer): string {
  toVector(features, numbers);
  const [kind, at] =
    landmark === null ? [0, 0] : "messages" in landmark ? [1, landmark.messages] : [2, landmark.seconds];
  const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = answer;
  const rest = [kind, at, horizonSeconds, conversionHappened, timeToConversionSeconds];
  numbers.set([...rest, confidence ?? Number.NaN, timeIfConvertedSeconds ?? Number.NaN], INPUTS);
  // JSON knows no -0: what was sent as one comes back as 0.
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number.isNaN(numbers[i]) ? Number.NaN : numbers[i] + 0;
  return createHash("sha256").update(bytes).digest("base64");
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
