import { SubnetError } from "../core/index.ts";

/** A folder of a ledger's state that cannot be taken up. Nothing in it is changed. */
export class LedgerStateError extends SubnetError {
  override readonly name = "LedgerStateError";
  readonly path: string;
  constructor({ path, problem, cause }: { path: string; problem: string; cause?: unknown }) {
    super("The ledger's state cannot be taken up.", {
      code: "LEDGER_STATE",
      cause,
      details: { File: path, Problem: problem },
      hint: "Nothing in the folder was changed: put the file right, or begin a new chain in another folder.",
    });
    this.path = path;
  }
}
