import { type ChainCall, ChainRefusedError, ChainUnreachableError } from "../chain/index.ts";
import { SubnetError } from "../core/index.ts";
import { type PoolAnswer, poolAnswer } from "./codec/pool.ts";
import type { RpcRefusedError } from "./rpc/index.ts";

/** The pool would take the call if it were signed anew; never seen outside. */
export class SignAgainError extends SubnetError {
  override readonly name = "SignAgainError";
  /** Whether the runtime's metadata has to be read again before. */
  readonly runtimeChanged: boolean;
  readonly refused: ChainRefusedError;
  constructor(kind: "outdated" | "bad-proof" | "nonce-passed" | "nonce-ahead", refused: ChainRefusedError) {
    super("The call has to be signed again.", { code: "CHAIN_REFUSED", cause: refused });
    this.runtimeChanged = kind === "bad-proof";
    this.refused = refused;
  }
}

/** What we say of pool answers that have no name of Subtensor's. */
const WORDS = {
  outdated: [
    "Outdated",
    "The transaction was too old for the node that got it.",
    "Try again; if it stays, use another endpoint.",
  ],
  "bad-proof": [
    "BadProof",
    "The node could not verify the signature: its runtime or its chain is another one than was signed for.",
    "Try again; if it stays, update the software.",
  ],
  "nonce-passed": [
    "Stale",
    "The key's number was used already by another transaction.",
    "Send from one program at a time.",
  ],
  "nonce-ahead": [
    "Future",
    "The key's number is ahead of the chain.",
    "Wait until its other transactions are in a block.",
  ],
  pending: [
    "AlreadyPending",
    "Another transaction of this key waits for its block already.",
    "Wait for it: one at a time per key. Do not use the key in two programs.",
  ],
} as const;

/** Codes that the transaction pool answers with; others are the node's own trouble. */
export const isPoolAnswer = ({ rpcCode }: RpcRefusedError) => rpcCode >= 1000 && rpcCode < 1100;

/** The pool's answer in its own terms. */
export function poolAnswerOf({ rpcCode: code, problem: message, data }: RpcRefusedError, call: ChainCall): PoolAnswer {
  return poolAnswer({ code, message, data }, call.type);
}

/** A pool's answer as the error that says it. */
export function poolError(answer: PoolAnswer, endpoint: string): Error {
  switch (answer.kind) {
    case "refused": {
      const others = answer.candidates.filter((one) => one !== answer.refusal);
      const values = others.length === 0 ? undefined : { "Or perhaps": others.join(", ") };
      return new ChainRefusedError({ refusal: answer.refusal, ...(values ? { values } : {}) });
    }
    case "unfunded":
      return new ChainRefusedError({ refusal: "BalanceTooLow" });
    case "busy":
      return new ChainUnreachableError({
        endpoint,
        problem: "the node's pool is full, or has banned the transaction for now",
      });
    case "unknown":
      return new ChainRefusedError({ refusal: answer.text });
    default: {
      const [refusal, meaning, hint] = WORDS[answer.kind];
      const refused = new ChainRefusedError({ refusal, meaning, hint });
      return answer.kind === "pending" ? refused : new SignAgainError(answer.kind, refused);
    }
  }
}
