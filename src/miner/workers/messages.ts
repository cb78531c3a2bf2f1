import type { Metagraph } from "../../chain/index.ts";
import type { LogFields, LogLevel } from "../../core/index.ts";
import type { Feedback, RequestReport } from "../../protocol/index.ts";
import type { Answer, Question } from "../../schema.ts";
import type { MinerStatus } from "../miner.ts";

/** A nonce, and who is said to have made it. */
export type AskedNonce = readonly [hotkey: string, nonce: bigint];
/** New, known, or why it cannot be said. */
export type NonceVerdict = boolean | { readonly status: 401 | 503; readonly problem: string };
/** An answer that went out. */
export type GivenAnswer = readonly [validator: string, question: Question, answer: Answer];
/** Metrics of one process, as its telemetry writes them down. */
export type Snapshot = readonly object[];

/** What a process that answers must know first. */
export interface Beginning {
  readonly hotkey: string;
  readonly network: string;
  readonly takesFeedback: boolean;
  /** Whether anybody looks at what was asked and answered. */
  readonly wantsAnswers: boolean;
}

/** What a process that answers asks of the one that leads. */
export interface AskedOfHead {
  /** Asked first, for what is sent before somebody listens is lost. */
  readonly begin: { readonly input: null; readonly output: Beginning };
  readonly metagraph: { readonly input: null; readonly output: Metagraph };
  /** Many at once: each in the order of the list. */
  readonly nonces: { readonly input: readonly AskedNonce[]; readonly output: readonly NonceVerdict[] };
  readonly hasAnswered: { readonly input: string; readonly output: boolean };
  /** Whether it is new; or why it is not taken. */
  readonly feedback: {
    readonly input: { readonly validator: string; readonly feedback: Feedback };
    readonly output: { readonly isNew: boolean } | { readonly refused: string };
  };
  readonly answers: { readonly input: readonly GivenAnswer[]; readonly output: undefined };
  readonly reports: { readonly input: readonly RequestReport[]; readonly output: undefined };
  readonly log: {
    readonly input: { readonly level: LogLevel; readonly sentence: string; readonly fields: LogFields };
    readonly output: undefined;
  };
  readonly status: { readonly input: MinerStatus; readonly output: undefined };
  /** Its last words: nothing is counted after them. */
  readonly left: {
    readonly input: { readonly status: MinerStatus; readonly snapshot: Snapshot };
    readonly output: undefined;
  };
  /** It serves there; or it cannot, and why. */
  readonly ready: {
    readonly input: { readonly port: number } | { readonly problem: string; readonly hint?: string | undefined };
    readonly output: undefined;
  };
}

/** What the process that leads asks of one that answers. */
export interface AskedOfHand {
  readonly metrics: { readonly input: null; readonly output: Snapshot };
  /** Ends in order: answers what it has, and says its last figures. */
  readonly stop: { readonly input: { readonly lingerMs: number }; readonly output: undefined };
}
