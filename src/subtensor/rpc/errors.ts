import { SubnetError } from "../../core/index.ts";

/** The node understood the request and answered with an error. */
export class RpcRefusedError extends SubnetError {
  override readonly name = "RpcRefusedError";
  readonly method: string;
  /** JSON-RPC's number: 1010 invalid transaction, 1014 priority too low, -32601 no such method. */
  readonly rpcCode: number;
  /** The node's own sentence. */
  readonly problem: string;
  /** What it added, as a text. */
  readonly data: string | undefined;
  constructor({
    method,
    rpcCode,
    message,
    data,
  }: { method: string; rpcCode: number; message: string; data?: unknown }) {
    const text =
      data === undefined || data === null ? undefined : typeof data === "string" ? data : JSON.stringify(data);
    const [problem, added] = [message.slice(0, 500), text?.slice(0, 500)];
    super("The node refused a request.", {
      code: "RPC_REFUSED",
      details: { Method: method, Code: rpcCode, Problem: problem, Data: added },
      hint: "Look the number up in the node's documentation; a method that is missing needs another endpoint.",
    });
    this.method = method;
    this.rpcCode = rpcCode;
    this.problem = problem;
    this.data = added;
  }
}

/** A write was on its way when the connection, or the time, ended: nobody can say whether the node has it. */
export class FateUnknownError extends SubnetError {
  override readonly name = "FateUnknownError";
  readonly endpoint: string;
  readonly method: string;
  constructor({ endpoint, method, problem }: { endpoint: string; method: string; problem: string }) {
    super("It is not known whether the node received a transaction.", {
      code: "FATE_UNKNOWN",
      details: { Endpoint: endpoint, Method: method, Problem: problem },
      hint: "Look at the chain before sending it again.",
    });
    this.endpoint = endpoint;
    this.method = method;
  }
}

/** An endpoint serves another chain than the one that was asked for. */
export class WrongChainError extends SubnetError {
  override readonly name = "WrongChainError";
  readonly endpoint: string;
  readonly expected: string;
  readonly found: string;
  constructor({ endpoint, expected, found }: { endpoint: string; expected: string; found: string }) {
    super("The endpoint serves another chain.", {
      code: "WRONG_CHAIN",
      details: { Endpoint: endpoint, "Genesis expected": expected, "Genesis found": found },
      hint: "Check --subtensor.network and --subtensor.chain_endpoint: they must name the same chain.",
    });
    this.endpoint = endpoint;
    this.expected = expected;
    this.found = found;
  }
}

/** The watchdog gave up: no connection worked, or no new block was seen, for too long. */
export class ChainDeadError extends SubnetError {
  override readonly name = "ChainDeadError";
  constructor({ endpoints, problem, cause }: { endpoints: readonly string[]; problem: string; cause?: unknown }) {
    super("The chain has been silent for too long.", {
      code: "CHAIN_DEAD",
      cause,
      details: { Endpoints: endpoints.join(", "), Problem: problem },
      hint: "Start again, from a supervisor that restarts what exits; name more endpoints if one is not enough.",
    });
  }
}
