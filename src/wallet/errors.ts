import { SubnetError } from "../core/index.ts";

/** A text that is not an SS58 address of format 42. */
export class InvalidAddressError extends SubnetError {
  override readonly name = "InvalidAddressError";
  readonly address: string;
  constructor({ address, problem }: { address: string; problem: string }) {
    super(`The address ${problem}.`, {
      code: "INVALID_ADDRESS",
      details: { Address: address.slice(0, 64) },
      hint: "An address has 48 characters and starts with 5 (SS58, format 42).",
    });
    this.address = address;
  }
}

/** A phrase that is not a BIP-39 mnemonic. The phrase itself is never repeated. */
export class InvalidMnemonicError extends SubnetError {
  override readonly name = "InvalidMnemonicError";
  readonly words: number;
  constructor({ words, problem }: { words: number; problem: string }) {
    super(`The mnemonic ${problem}.`, {
      code: "INVALID_MNEMONIC",
      details: { Words: words },
      hint: "A mnemonic has 12, 15, 18, 21 or 24 words of the English BIP-39 list; the last one is a checksum.",
    });
    this.words = words;
  }
}

/** A secret URI that cannot be read. The URI itself is never repeated. */
export class InvalidKeyUriError extends SubnetError {
  override readonly name = "InvalidKeyUriError";
  constructor({ problem }: { problem: string }) {
    super(`The key URI ${problem}.`, {
      code: "INVALID_KEY_URI",
      hint: "Write //Alice, or a mnemonic or 0x and 64 hex digits, followed by //hard, /soft and ///password as needed.",
    });
  }
}

/** A wallet or hotkey name that cannot be a file name. */
export class InvalidWalletNameError extends SubnetError {
  override readonly name = "InvalidWalletNameError";
  readonly argument: string;
  constructor({ argument, value }: { argument: string; value: string }) {
    super(`The ${argument} cannot be used as a name.`, {
      code: "INVALID_WALLET_NAME",
      details: { Name: JSON.stringify(value.slice(0, 80)) },
      hint: "A name has no / or \\, is not . or .., and does not end in pub.txt.",
    });
    this.argument = argument;
  }
}

/** A keyfile that is not there. */
export class KeyfileMissingError extends SubnetError {
  override readonly name = "KeyfileMissingError";
  readonly path: string;
  constructor({ path, hint, cause }: { path: string; hint: string; cause?: unknown }) {
    super("There is no such keyfile.", { code: "KEYFILE_MISSING", details: { Path: path }, hint, cause });
    this.path = path;
  }
}

/** A keyfile that is there but cannot be used. */
export class KeyfileInvalidError extends SubnetError {
  override readonly name = "KeyfileInvalidError";
  readonly path: string;
  constructor({ path, problem, hint, cause }: { path: string; problem: string; hint?: string; cause?: unknown }) {
    super(`The keyfile ${problem}.`, {
      code: "KEYFILE_INVALID",
      details: { Path: path },
      hint: hint ?? "Restore the file from a backup, or make it again from its mnemonic.",
      cause,
    });
    this.path = path;
  }
}

/** A keyfile under a password, where none was given. */
export class KeyfileEncryptedError extends SubnetError {
  override readonly name = "KeyfileEncryptedError";
  readonly path: string;
  /** Null for a file that was to be written. */
  readonly encryption: string | null;
  constructor({ path, encryption, hint }: { path: string; encryption: string | null; hint?: string }) {
    super(
      encryption === null
        ? "A keyfile was to be encrypted, and no password was given; nothing was written."
        : "The keyfile is encrypted, and no password was given.",
      {
        code: "KEYFILE_ENCRYPTED",
        details: { Path: path, Encryption: encryption ?? undefined },
        hint: hint ?? "Give its password, or use a hotkey made without one, as unattended miners and validators do.",
      },
    );
    this.path = path;
    this.encryption = encryption;
  }
}

/** A password that does not open the file. The password itself is never repeated. */
export class WrongPasswordError extends SubnetError {
  override readonly name = "WrongPasswordError";
  /** Undefined for an export that came as text. */
  readonly path: string | undefined;
  readonly encryption: string;
  constructor({ path, encryption }: { path?: string | undefined; encryption: string }) {
    super("The password does not open the file.", {
      code: "WRONG_PASSWORD",
      details: { Path: path, Encryption: encryption },
      hint: "Capitals, the layout of the keyboard and blanks at its ends count. Where it is lost, only the mnemonic helps: make the key again from it.",
    });
    this.path = path;
    this.encryption = encryption;
  }
}

/** A new password that anybody would guess. The password itself is never repeated. */
export class WeakPasswordError extends SubnetError {
  override readonly name = "WeakPasswordError";
  constructor({ problem }: { problem: string }) {
    super(`The new password ${problem}; nothing was written.`, {
      code: "WEAK_PASSWORD",
      hint: "Take several words, or some twelve characters out of a password manager. Whoever copies the file can guess for years.",
    });
  }
}

/** A key that could not be derived from a password, whatever the password. */
export class KeyDerivationError extends SubnetError {
  override readonly name = "KeyDerivationError";
  readonly memoryKiB: number;
  constructor({ memoryKiB, cause }: { memoryKiB: number; cause?: unknown }) {
    super("The key behind the password could not be derived.", {
      code: "KEY_DERIVATION_FAILED",
      details: { Memory: `${memoryKiB / 1024} MiB`, Reason: cause instanceof Error ? cause.message : undefined },
      hint: "An encrypted keyfile needs that much free memory to be opened or written: free some, or do it on another machine.",
      cause,
    });
    this.memoryKiB = memoryKiB;
  }
}

/** A polkadot.js export that cannot be read. */
export class InvalidPolkadotJsonError extends SubnetError {
  override readonly name = "InvalidPolkadotJsonError";
  constructor({ problem }: { problem: string }) {
    super(`The polkadot.js export ${problem}.`, {
      code: "INVALID_POLKADOT_JSON",
      hint: "Export the account again as JSON, or make the key from its mnemonic.",
    });
  }
}

/** A keyfile whose secret belongs to another address than the one written in it. */
export class KeyfileMismatchError extends SubnetError {
  override readonly name = "KeyfileMismatchError";
  readonly path: string;
  constructor({ path, expected, derived }: { path: string; expected: string; derived: string }) {
    super("The secret in the keyfile does not belong to the address in it.", {
      code: "KEYFILE_MISMATCH",
      details: { Path: path, "In the file": expected, Derived: derived },
      hint: "Restore the file from a backup, or make it again from its mnemonic.",
    });
    this.path = path;
  }
}

/** A wallet file that would be overwritten. */
export class WalletExistsError extends SubnetError {
  override readonly name = "WalletExistsError";
  readonly path: string;
  constructor({ path }: { path: string }) {
    super("The wallet file exists already; nothing was written.", {
      code: "WALLET_EXISTS",
      details: { Path: path },
      hint: "Choose another name. Overwriting destroys the key that is there, for ever if it has no backup.",
    });
    this.path = path;
  }
}
