import { SubnetError } from "../../core/index.ts";

/** Bytes that came from a chain are not what its metadata says they are: cut short, too long, or garbage. */
export class ChainDecodeError extends SubnetError {
  override readonly name = "ChainDecodeError";
  /** Whose bytes: "metadata", "SubnetInfoRuntimeApi.get_metagraph", "SubtensorModule.Uids". */
  readonly what: string;
  constructor({ what, problem, cause }: { what: string; problem: string; cause?: unknown }) {
    super("The chain's bytes cannot be read.", {
      code: "CHAIN_DECODE",
      cause,
      details: { What: what, Problem: problem },
      hint: "If the runtime was upgraded, its metadata must be read again; else the endpoint answers wrongly: try another.",
    });
    this.what = what;
  }
}

/** What the runtime at hand does not have: an older or newer one, or another chain's. */
export class RuntimeLacksError extends SubnetError {
  override readonly name = "RuntimeLacksError";
  readonly kind: "pallet" | "call" | "storage" | "runtime API" | "constant" | "signature scheme";
  /** `Pallet.item`. */
  readonly item: string;
  constructor({ kind, item, hint }: { kind: RuntimeLacksError["kind"]; item: string; hint?: string }) {
    super("The chain's runtime does not have what was asked of it.", {
      code: "RUNTIME_LACKS",
      details: { Kind: kind, Name: item },
      hint: hint ?? "Check that the endpoint is a Subtensor; if it is, update this software.",
    });
    this.kind = kind;
    this.item = item;
  }
}

/** The runtime wants something signed with every extrinsic that this version does not know how to give. */
export class UnknownExtensionError extends SubnetError {
  override readonly name = "UnknownExtensionError";
  /** Identifier of the transaction extension. */
  readonly extension: string;
  constructor({ extension, part }: { extension: string; part: "extrinsic" | "signed payload" }) {
    super("The runtime wants more in a signed extrinsic than this version can give.", {
      code: "UNKNOWN_EXTENSION",
      details: { Extension: extension, Part: part },
      hint: "Update this software: the chain has been upgraded past it.",
    });
    this.extension = extension;
  }
}
