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

/** A keyfile under a password: this version reads plain keyfiles only. */
export class KeyfileEncryptedError extends SubnetError {
  override readonly name = "KeyfileEncryptedError";
  readonly path: string;
  readonly encryption: string;
  constructor({ path, encryption }: { path: string; encryption: string }) {
    super("The keyfile is encrypted; this version reads plain keyfiles only.", {
      code: "KEYFILE_ENCRYPTED",
      details: { Path: path, Encryption: encryption },
      hint: "Use a hotkey made without a password, as unattended miners and validators do.",
    });
    this.path = path;
    this.encryption = encryption;
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
