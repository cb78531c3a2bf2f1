import { SubnetError } from "../core/index.ts";
import { CHAIN_REFUSALS, isChainRefusal } from "./refusals.ts";

/** The chain said no; `refusal` is the pallet's own name for it. */
export class ChainRefusedError extends SubnetError {
  override readonly name = "ChainRefusedError";
  /** One of {@link CHAIN_REFUSALS}, or a name that a newer runtime brought. */
  readonly refusal: string;
  readonly values: Readonly<Record<string, string | number>>;
  /**
   * @param meaning in place of the table's sentence, e.g. the runtime's own documentation of a name that we do not know.
   * @param hint in place of the table's, from somebody who knows more.
   */
  constructor({
    refusal,
    values = {},
    meaning,
    hint,
  }: {
    refusal: string;
    values?: Readonly<Record<string, string | number>>;
    meaning?: string | undefined;
    hint?: string | undefined;
  }) {
    const known = isChainRefusal(refusal) ? CHAIN_REFUSALS[refusal] : null;
    super(meaning ?? known?.[0] ?? "The chain refused, for a reason that this version does not know.", {
      code: "CHAIN_REFUSED",
      details: { Refusal: refusal, ...values },
      hint: hint ?? known?.[1] ?? "Look the name up in Subtensor's source, and update the software.",
    });
    this.refusal = refusal;
    this.values = values;
  }
}

/** A ledger has an http:// address; whatever else, a name too, is Subtensor. */
function hintFor(endpoint: string, problem: string): string {
  if (/^https?:/.test(endpoint)) return "For --subtensor.network local start one first: npx conversion-subnet localnet";
  if (/Unexpected server response/.test(problem))
    return "A web server answers there, and no Subtensor node; a ledger of `localnet` has an http:// address.";
  return "Check the address and that the node is up; several addresses with commas between are tried in turn.";
}

/** The chain could not be reached, or answered what no chain answers. */
export class ChainUnreachableError extends SubnetError {
  override readonly name = "ChainUnreachableError";
  readonly endpoint: string;
  constructor({ endpoint, problem, cause }: { endpoint: string; problem: string; cause?: unknown }) {
    super("The chain cannot be reached.", {
      code: "CHAIN_UNREACHABLE",
      cause,
      details: { Endpoint: endpoint, Problem: problem },
      hint: hintFor(endpoint, problem),
    });
    this.endpoint = endpoint;
  }
}
