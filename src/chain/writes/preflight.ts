import type { CallDescription, ChainCall } from "../calls.ts";
import { ChainRefusedError } from "../errors.ts";
import type { CallOptions, Chain } from "../port.ts";
import { CHAIN_REFUSALS, type ChainRefusal } from "../refusals.ts";
import { accountProblems, axonProblems } from "./account-checks.ts";
import { weightProblems } from "./weight-checks.ts";

/** Something that would make the chain refuse a call now. */
export interface Problem {
  readonly refusal: ChainRefusal;
  readonly values: Readonly<Record<string, string | number>>;
  /** First block in which it could work by waiting; null = waiting does not help, or nobody knows. */
  readonly possibleAtBlock: number | null;
  /** What to do, when it differs from the table's. */
  readonly hint?: string;
}
/** A call looked at before it is signed. */
export interface Preflight {
  readonly call: CallDescription;
  /** In the chain's order; empty = nothing is known that speaks against it. */
  readonly problems: readonly Problem[];
}

/** What a check needs. */
export interface CheckContext {
  readonly chain: Chain;
  /** SS58 of who will sign. */
  readonly address: string;
  readonly options: CallOptions;
}

/**
 * What would fail, and when it could work, without sending anything: the chain's own checks, made on what it shows now. Others
 * may come first, so a call without problems may be refused all the same.
 *
 * @param address SS58 of who will sign.
 * @example
 * (await preflight(chain, { type: "serve_axon", netuid: 1, axon }, { address })).problems; // []
 */
export async function preflight(
  chain: Chain,
  call: ChainCall,
  { address, ...options }: CallOptions & { address: string },
): Promise<Preflight> {
  const context: CheckContext = { chain, address, options };
  const [description, problems] = await Promise.all([chain.describe(call, options), problemsOf(call, context)]);
  return { call: description, problems };
}

function problemsOf(call: ChainCall, context: CheckContext): Promise<readonly Problem[]> {
  if (call.type === "register" || call.type === "add_stake") return accountProblems(call, context);
  if (call.type === "serve_axon") return axonProblems(call, context);
  return weightProblems(call, context);
}

/**
 * Does nothing where nothing is known that speaks against a call, and else throws what the chain would say.
 *
 * @throws {ChainRefusedError} for the first problem.
 * @example
 * assertNoProblem(await preflight(chain, call, { address })); // undefined: nothing speaks against it
 */
export function assertNoProblem({ problems }: Pick<Preflight, "problems">): void {
  const [first] = problems;
  if (first === undefined) return;
  const { refusal, values, possibleAtBlock, hint } = first;
  const when = possibleAtBlock === null ? {} : { "Possible at block": possibleAtBlock };
  throw new ChainRefusedError({ refusal, values: { ...values, ...when }, hint: hint ?? CHAIN_REFUSALS[refusal][1] });
}
